"""Labels and weights on their way in."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, column_or_1d

from skembed.errors import TargetError

__all__ = ["check_target", "check_weights"]


def check_target(y: Any, n_documents: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Return the classes and, for each document, the place of its class.

    Parameters
    ----------
    y : array-like of shape (n_documents,)
        Labels of any kind.
    n_documents : int
        How many there should be.

    Raises
    ------
    TargetError
        If `y` is missing, no column of class labels, of another length, or all of
        one class.
    """
    if y is None:
        raise TargetError("This classifier requires y to be passed, but the target y is None.")
    try:
        labels = column_or_1d(y, warn=True)
        check_classification_targets(labels)
    except ValueError as error:
        raise TargetError(str(error)) from error
    if len(labels) != n_documents:
        raise TargetError(
            f"X and y have inconsistent numbers of samples: {n_documents} documents and "
            f"{len(labels)} labels."
        )
    try:
        classes, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise TargetError(f"The labels cannot be compared with each other: {error}.") from error
    if len(classes) < 2:
        raise TargetError(
            f"A classifier needs at least two classes; all {n_documents} labels are one class, "
            f"{classes[0]!r}. Were the documents sorted by class and cut?"
        )
    return classes, codes


def check_weights(
    sample_weight: Any, class_weight: Any, y: Any, documents: Any
) -> npt.NDArray[np.float32] | None:
    """Return the weight of each document; None if all weigh the same.

    Parameters
    ----------
    sample_weight : array-like of shape (n_documents,) or None
        Weights of documents; these are not changed.
    class_weight : dict, "balanced" or None
        Weights of classes.
    y : array-like of shape (n_documents,)
        Labels.
    documents : object with a length
        What the weights belong to.

    Raises
    ------
    TargetError
        If there are not as many weights as documents, one is no number, all are
        zero, or a class that is weighted does not exist.
    """
    if sample_weight is None and class_weight is None:
        return None
    try:
        weights = _check_sample_weight(
            sample_weight, documents, dtype=np.float32, ensure_non_negative=True, copy=True
        )
        if class_weight is not None:
            weights = weights * compute_sample_weight(class_weight, y).astype(np.float32)
    except ValueError as error:
        raise TargetError(str(error)) from error
    if not weights.any():
        raise TargetError("Every document has the weight zero: nothing is left to learn from.")
    checked: npt.NDArray[np.float32] = weights
    return checked
