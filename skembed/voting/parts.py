"""Fit the parts of a vote and get their scores."""

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, has_fit_parameter

from skembed.errors import TargetError

__all__ = [
    "check_weights_are_taken",
    "fit_part",
    "log_odds",
    "log_scores",
    "reported",
    "score_fold",
]

Scores = npt.NDArray[np.float64]

#: Smaller probabilities are raised to this one, so that no single document decides the weights.
_MIN_PROBABILITY = 1e-7


def reported(context: Any, fit: Callable[..., Any], part: Any, *data: Any) -> Any:
    """Fit a part by one of the functions below, and report that to the callbacks of the vote.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        The task; its callbacks may be in another process.
    fit : callable
        `fit_part` or `score_fold`.
    part, *data
        What it is called with.

    Returns
    -------
    object
        What it returns.
    """
    context.call_on_fit_task_begin(estimator=part)
    result = fit(part, *data)
    context.call_on_fit_task_end(estimator=part)
    return result


def fit_part(part: Any, X: Any, codes: npt.NDArray[np.int64], sample_weight: Any) -> Any:
    """Fit a clone of a part.

    Parameters
    ----------
    part : classifier
        The part; not changed.
    X : list, array or sparse matrix with n_documents rows
        The documents.
    codes : ndarray of int of shape (n_documents,) or (n_documents, n_labels)
        Class indices, or a multilabel indicator matrix.
    sample_weight : ndarray of shape (n_documents,) or None
        Weights of the documents.

    Returns
    -------
    classifier, or list of classifier
        The fitted clone; for multilabel targets, one per label. A label that all documents have,
        or none, is represented by its probability, 1.0 or 0.0.
    """
    if codes.ndim == 1:
        return _fit(clone(part), X, codes, sample_weight)
    return [
        _fit(clone(part), X, label, sample_weight) if len(np.unique(label)) > 1 else float(label[0])
        for label in codes.T
    ]


def _fit(part: Any, X: Any, y: npt.NDArray[np.int64], sample_weight: Any) -> Any:
    if sample_weight is None:
        return part.fit(X, y)
    with config_context(enable_metadata_routing=True):  # reaches every estimator in a pipeline
        for estimator in [part, *part.get_params(deep=True).values()]:
            if isinstance(estimator, BaseEstimator):
                _request_weights(estimator)
        return part.fit(X, y, sample_weight=sample_weight)


def _request_weights(estimator: Any) -> None:
    for request in ("set_fit_request", "set_score_request"):  # a search within a part scores
        if hasattr(estimator, request):
            method = getattr(estimator, request)
            if "sample_weight" in signature(method).parameters:
                method(sample_weight=True)


def check_weights_are_taken(parts: dict[str, Any]) -> None:
    """Check that weights of documents reach the classifier of each part.

    Parameters
    ----------
    parts : dict of str to classifier
        The parts by name: classifiers, pipelines that end with one, or what wraps one.

    Raises
    ------
    TargetError
        If a part does not accept weights.
    """
    for name, part in parts.items():
        if not _takes_weights(part):
            raise TargetError(
                f"sample_weight and class_weight cannot be used: the fit of {name!r}, {part!r}, "
                "accepts no sample_weight. Leave both out, or drop the part."
            )


def _takes_weights(part: Any) -> bool:
    if isinstance(part, Pipeline):
        return _takes_weights(part[-1])
    within = [part, *part.get_params(deep=True).values()]
    return any(has_fit_parameter(estimator, "sample_weight") for estimator in within)


def score_fold(
    part: Any,
    X: Any,
    codes: npt.NDArray[np.int64],
    sample_weight: Any,
    training: npt.NDArray[np.int64],
    evaluation: npt.NDArray[np.int64],
    n_classes: int,
) -> Scores:
    """Fit a clone of a part on the training documents and score the evaluation documents."""
    weights = None if sample_weight is None else sample_weight[training]
    fitted = fit_part(part, _safe_indexing(X, training), codes[training], weights)
    return log_scores(fitted, _safe_indexing(X, evaluation), n_classes)


def log_scores(fitted: Any, X: Any, n_classes: int) -> Scores:
    """Return the log-probabilities of a part; its log-odds for multilabel targets.

    Parameters
    ----------
    fitted : classifier or list of classifier
        From `fit_part`.
    X : list, array or sparse matrix with n_documents rows
        The documents.
    n_classes : int
        The number of classes or labels. Those that the part was not fitted on get the smallest
        probability.

    Returns
    -------
    ndarray of shape (n_documents, n_classes)
        The scores.
    """
    if isinstance(fitted, list):
        columns = [_label_probabilities(label, X) for label in fitted]
        return log_odds(np.column_stack(columns))
    scores = np.full((_num_samples(X), n_classes), np.log(_MIN_PROBABILITY))
    probabilities = np.asarray(fitted.predict_proba(X), np.float64)
    scores[:, fitted.classes_] = np.log(np.maximum(probabilities, _MIN_PROBABILITY))
    return scores


def log_odds(probabilities: Any) -> Scores:
    """Return the log-odds of probabilities, which are finite even for 0 and 1.

    Parameters
    ----------
    probabilities : float or ndarray of float
        The probabilities.
    """
    clipped = np.clip(probabilities, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def _label_probabilities(fitted: Any, X: Any) -> Scores:
    if isinstance(fitted, float):
        return np.full(_num_samples(X), fitted)
    return np.asarray(fitted.predict_proba(X)[:, 1], np.float64)
