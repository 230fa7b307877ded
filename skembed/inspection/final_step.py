"""Access to the steps of a pipeline, and to the documents as a step gets them."""

from collections.abc import Callable
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skembed._embedding_step import EmbeddingStep
from skembed._validation import check_sequences
from skembed.errors import NotRecordedError
from skembed.sequences import TokenSequences

__all__ = ["embedding_step", "final_step", "path_to", "sequences_at"]


def final_step(estimator: Any) -> Any:
    """Return the final step of a (nested) pipeline, or the estimator itself.

    Parameters
    ----------
    estimator : estimator or Pipeline
        An estimator, which may be a pipeline.

    Returns
    -------
    estimator
        The final step, which is not a pipeline.
    """
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return estimator


def path_to(estimator: Any, wanted: Callable[[Any], bool]) -> list[Any]:
    """Return the first step that is wanted, after the steps that its documents pass through.

    Pipelines within pipelines, the parts of a vote and the best estimator of a search are
    searched too. The list is empty if there is no such step.
    """
    if wanted(estimator):
        return [estimator]
    before: list[Any] = []
    if isinstance(estimator, Pipeline):
        for _, part in estimator.steps:
            if found := path_to(part, wanted):
                return before + found
            if part not in (None, "passthrough"):
                before.append(part)
        return []
    best = getattr(estimator, "best_estimator_", None)
    parts = [*getattr(estimator, "estimators_", []), *([] if best is None else [best])]
    return next(filter(None, (path_to(part, wanted) for part in parts)), [])


def embedding_step(estimator: Any) -> list[Any]:
    """Return the path to the step that has word vectors and their coverage.

    Raises
    ------
    NotFittedError
        If that step is not fitted.
    NotRecordedError
        If there is no such step.
    """
    path = path_to(estimator, lambda step: isinstance(step, EmbeddingStep))
    if not path:
        raise NotRecordedError(
            "Expected a fitted PretrainedEmbeddingMatrix or TrainedEmbeddingMatrix, or a pipeline "
            f"with one of them; got {type(estimator).__name__} without such a step."
        )
    check_is_fitted(path[-1])
    return path


def sequences_at(path: list[Any], X: Any) -> TokenSequences:
    """Return documents as the last step of a path gets them.

    Raises
    ------
    NotFittedError
        If a step is not fitted.
    NotSequencesError
        If the last step gets anything but token sequences.
    """
    for step in path[:-1]:
        X = step.transform(X)
    return check_sequences(X)
