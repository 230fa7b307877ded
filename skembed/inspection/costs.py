"""A scorer that records the costs of fitted pipelines in a search."""

import math
import pickle
from collections.abc import Callable
from typing import Any

from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils._param_validation import StrOptions, validate_params

from skembed._pickles import Lasting
from skembed.inspection.final_step import final_step

__all__ = ["COSTS", "count_parameters", "make_cost_scorer", "pickled_bytes"]

#: The recorded costs.
COSTS = ("training_time", "n_parameters", "n_trainable_parameters", "megabytes")

Scorer = Callable[..., float]


@validate_params(
    {"scoring": [StrOptions({*get_scorer_names()}), callable]}, prefer_skip_nested_validation=True
)
def make_cost_scorer(scoring: str | Scorer) -> Callable[..., dict[str, float]]:
    """Make a scorer that records the costs of each fitted pipeline along with its score.

    Pass the scorer to a search as ``scoring``, with ``refit="score"``. The costs are stored
    in ``cv_results_``, as ``mean_test_n_parameters`` and so on, and :func:`search_table`
    shows them. They are measured in the process that fitted the pipeline, so any ``n_jobs``
    works.

    Parameters
    ----------
    scoring : str or callable
        The score: the name of a scikit-learn scorer, such as ``"accuracy"``, or a function
        ``scorer(estimator, X, y)`` that returns a number.

    Returns
    -------
    callable
        A scorer that returns a dict with

        - ``score``: the score;
        - ``training_time``: training time of the network in seconds. In contrast,
          scikit-learn's ``fit_time`` includes the preceding steps;
        - ``n_parameters``, ``n_trainable_parameters``: number of parameters of the network,
          in total and trainable at the end of training;
        - ``megabytes``: size of the pickled pipeline in millions of bytes. This is its size
          on disk and, approximately, the memory that its arrays take when loaded. Training
          needs more memory. NaN if the pipeline cannot be pickled.

        If the final step is not a network, its training time and parameter counts are 0.

    Raises
    ------
    InvalidParameterError
        If `scoring` is neither the name of a scikit-learn scorer nor a callable.

    See Also
    --------
    search_table : Tabulate the recorded costs.
    SearchDisplay : Plot the score against one of the costs.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed import KerasTextClassifier, KerasTokenizerTransformer
    >>> from skembed.datasets import load_feedback
    >>> from skembed.inspection import make_cost_scorer
    >>> texts, sentiment = load_feedback(return_X_y=True)
    >>> network = KerasTextClassifier(architecture="average", epochs=1, random_state=0)
    >>> search = GridSearchCV(
    ...     make_pipeline(KerasTokenizerTransformer(num_words=500), network),
    ...     {"kerastextclassifier__embedding_dim": [10, 20]},
    ...     scoring=make_cost_scorer("accuracy"), refit="score", cv=2,
    ... ).fit(texts, sentiment)
    >>> search.cv_results_["mean_test_n_parameters"]
    array([ 5193., 10353.])
    """
    return CostScorer(scoring if callable(scoring) else get_scorer(scoring))


class CostScorer(Lasting):
    """The scorer that `make_cost_scorer` makes."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def __call__(self, estimator: Any, X: Any, y: Any = None, **params: Any) -> dict[str, float]:
        n_parameters, n_trainable = count_parameters(estimator)
        return {
            "score": self.scorer(estimator, X, y, **params),
            "training_time": getattr(final_step(estimator), "training_time_", 0.0),
            "n_parameters": n_parameters,
            "n_trainable_parameters": n_trainable,
            "megabytes": pickled_bytes(estimator) / 1e6,
        }

    def __repr__(self) -> str:
        return f"make_cost_scorer({self.scorer!r})"


def count_parameters(estimator: Any) -> tuple[int, int]:
    """Return the numbers of all and of trainable parameters of a network; zeros without one."""
    network = getattr(final_step(estimator), "_network", None)
    model = network.model if network else None  # model_ would prevent its later reuse
    if model is None:
        return 0, 0
    return _count_values(model.weights), _count_values(model.trainable_weights)


def _count_values(weights: list[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def pickled_bytes(estimator: Any) -> float:
    """Return the size of a pickle in bytes, without holding the pickle in memory.

    NaN if the estimator cannot be pickled.
    """
    counter = _ByteCounter()
    try:
        pickle.dump(estimator, counter, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError):
        return math.nan  # a search in one process does not need to pickle
    return counter.n_bytes


class _ByteCounter:
    """File-like object that counts the bytes written to it."""

    n_bytes = 0

    def write(self, data: Any) -> int:
        n = memoryview(data).nbytes
        self.n_bytes += n
        return n
