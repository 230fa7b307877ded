"""The score of a class, whose parts are explained."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import InvalidParameterError

__all__ = ["class_contrasts", "class_scores", "places_of_classes"]

Floats = npt.NDArray[np.float64]

_MIN_PROBABILITY = 1e-7


def class_contrasts(n_classes: int, multilabel: bool) -> Floats:
    """Return what the logarithms are multiplied with, so that their sums are the scores.

    Parameters
    ----------
    n_classes : int
        The number of classes or labels.
    multilabel : bool
        Whether the logarithms are log-odds of independent labels, not log-probabilities.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        One row per score. The score of a label is its log-odds; that of one of two classes the
        log-odds against the other; that of one of several classes its log-probability, minus
        the mean of the log-probabilities of all classes.
    """
    if multilabel:
        return np.eye(n_classes)
    if n_classes == 2:
        return np.array([[1.0, -1.0], [-1.0, 1.0]])
    return np.eye(n_classes) - 1 / n_classes


def class_scores(probabilities: Any, multilabel: bool) -> Floats:
    """Return the scores of classes from their probabilities, of shape (n_documents, n_classes)."""
    p = np.clip(np.asarray(probabilities, np.float64), _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    logs = np.log(p) - np.log1p(-p) if multilabel else np.log(p)
    return np.asarray(logs @ class_contrasts(p.shape[1], multilabel).T)


def places_of_classes(classes: Any, known: Any, multilabel: bool) -> npt.NDArray[np.int64] | None:
    """Return the places of the classes to explain; None for the most probable of each document.

    Parameters
    ----------
    classes : None, "all", label, or list of labels
        As for `explain`.
    known : ndarray of shape (n_classes,)
        The labels of the model.
    multilabel : bool
        Whether a document may have several labels.

    Raises
    ------
    InvalidParameterError
        If a label is unknown.
    """
    labels = [*np.asarray(known).tolist()]
    if classes is None:
        return np.array([1]) if len(labels) == 2 and not multilabel else None
    if isinstance(classes, str) and classes == "all" and "all" not in labels:
        return np.arange(len(labels))
    wanted = [classes] if np.isscalar(classes) else [*np.asarray(classes).tolist()]
    unknown = [label for label in wanted if label not in labels]
    if unknown or not wanted:
        raise InvalidParameterError(
            f"The 'classes' parameter of explain must be None, 'all', or labels among {labels}; "
            f"got {classes!r}."
        )
    return np.array([labels.index(label) for label in wanted])
