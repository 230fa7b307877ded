"""Labels and weights on their way in."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
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
        _refuse_missing(labels)
        check_classification_targets(labels)
    except (TypeError, ValueError) as error:
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
            f"{classes.tolist()[0]!r}. Were the documents sorted by class and cut?"
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
    weights = np.ones(len(documents), np.float32)
    for name, values in (
        ("sample_weight", sample_weight),
        ("class_weight", None if class_weight is None else _by_class(class_weight, y)),
    ):
        try:
            weights *= _check_sample_weight(
                values, documents, dtype=np.float32, ensure_non_negative=True
            )
        except ValueError as error:
            raise TargetError(
                f"{name} must be finite numbers, none below zero, one for each document or class: "
                f"{error}"
            ) from error
    left = np.unique(np.asarray(y)[weights > 0]).tolist()
    if len(left) < 2:
        raise TargetError(
            f"A classifier needs at least two classes with weights above zero; here are "
            f"{len(left)}, {left}."
        )
    return weights


def _by_class(class_weight: Any, y: Any) -> Any:
    try:
        return compute_sample_weight(class_weight, y)
    except ValueError as error:
        raise TargetError(
            f"class_weight={class_weight!r} does not fit the labels: {error}"
        ) from error


def _refuse_missing(labels: npt.NDArray[Any]) -> None:
    missing = pd.isna(labels)
    if missing.any():
        place = int(missing.argmax())
        raise TargetError(
            f"Label {place} is missing ({labels[place]}): drop documents without a label, as in "
            "frame.dropna()."
        )
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        raise TargetError("Labels must be finite, and there is infinity among them.")
