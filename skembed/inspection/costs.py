"""What a fitted pipeline costs, recorded by a search beside its score."""

import math
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils._param_validation import StrOptions, validate_params

from skembed.inspection.final_step import final_step

__all__ = ["COSTS", "with_costs"]

#: What is recorded beside the score.
COSTS = ("training_time", "n_parameters", "n_trainable_parameters", "megabytes")

Scorer = Callable[..., float]


@validate_params(
    {"scoring": [StrOptions({*get_scorer_names()}), callable]}, prefer_skip_nested_validation=True
)
def with_costs(scoring: str | Scorer) -> Callable[..., dict[str, float]]:
    """Let a search record what each fitted pipeline costs, beside its score.

    Pass it as ``scoring``, with ``refit="score"``. What is recorded stands in
    ``cv_results_``, as ``mean_test_n_parameters`` and so on; :func:`search_table` shows it.
    It is measured in the process that fitted the pipeline, so any ``n_jobs`` will do.

    Parameters
    ----------
    scoring : str or callable
        The score: a name that scikit-learn knows, such as ``"accuracy"``, or a function
        ``scorer(estimator, X, y)`` that returns a number.

    Returns
    -------
    callable
        A scorer that returns a dict of

        - ``score``: the score;
        - ``training_time``: seconds that the network trained. scikit-learn's ``fit_time``
          also holds what the steps before it took;
        - ``n_parameters``, ``n_trainable_parameters``: numbers in the network, all of
          them, and those that the end of the training was tuning;
        - ``megabytes``: the size of the whole pipeline as a pickle, in millions of bytes.
          It is what a file takes and, within a little, what the loaded arrays take. The
          memory that training takes is more. NaN for what cannot be pickled.

        The three about the network are 0 where the last step of the pipeline is none.

    Raises
    ------
    InvalidParameterError
        If `scoring` is neither a name that scikit-learn knows nor a function.

    See Also
    --------
    search_table : Shows what was recorded.
    SearchDisplay : Draws the score against one of the costs.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed import KerasTextClassifier, KerasTokenizerTransformer
    >>> from skembed.datasets import load_feedback
    >>> from skembed.inspection import with_costs
    >>> texts, sentiment = load_feedback(return_X_y=True)
    >>> network = KerasTextClassifier(architecture="average", epochs=1, random_state=0)
    >>> search = GridSearchCV(
    ...     make_pipeline(KerasTokenizerTransformer(num_words=500), network),
    ...     {"kerastextclassifier__embedding_dim": [10, 20]},
    ...     scoring=with_costs("accuracy"), refit="score", cv=2,
    ... ).fit(texts, sentiment)
    >>> search.cv_results_["mean_test_n_parameters"]
    array([ 5193., 10353.])
    """
    return partial(_score_and_costs, scoring if callable(scoring) else get_scorer(scoring))


def _score_and_costs(
    scorer: Scorer, estimator: Any, X: Any, y: Any = None, **params: Any
) -> dict[str, float]:
    classifier = final_step(estimator)
    network = getattr(classifier, "_network", None)  # model_ would take it from later fits
    return {
        "score": scorer(estimator, X, y, **params),
        "training_time": getattr(classifier, "training_time_", 0.0),
        "n_parameters": _numbers_in(network.model.weights if network else []),
        "n_trainable_parameters": _numbers_in(network.model.trainable_weights if network else []),
        "megabytes": _pickled_bytes(estimator) / 1e6,
    }


def _numbers_in(weights: list[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _pickled_bytes(estimator: Any) -> float:
    """Return the length of a pickle; it is not kept, for it may hold large vectors."""
    count = _ByteCount()
    try:
        pickle.dump(estimator, count, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError):
        return math.nan  # a search in one process need not pickle, and goes on
    return count.n_bytes


class _ByteCount:
    """A file that only counts what is written to it."""

    n_bytes = 0

    def write(self, data: Any) -> int:
        n = memoryview(data).nbytes
        self.n_bytes += n
        return n
