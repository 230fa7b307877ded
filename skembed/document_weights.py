"""Validation of sample and class weights."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

from skembed.errors import TargetError
from skembed.targets import Target

__all__ = ["MAGNITUDES", "check_classes_left", "check_weights"]

#: The range of parameters and weights, except 0. With numbers beyond it, liblinear may never end.
MAGNITUDES = 1e-30, 1e30


def check_weights(
    sample_weight: Any,
    class_weight: Any,
    target: Target,
    dtype: type[np.floating[Any]] = np.float32,
) -> npt.NDArray[Any] | None:
    """Combine sample and class weights into one weight per document; None if neither is given.

    Parameters
    ----------
    sample_weight : array-like of shape (n_documents,) or None
        Weights of the documents; not modified.
    class_weight : dict, "balanced" or None
        Class weights.
    target : Target
        The encoded labels.
    dtype : type, default=numpy.float32
        The type of the weights.

    Raises
    ------
    TargetError
        If the number of weights differs from the number of documents, a weight is negative
        or not a finite number, all weights are zero, or a class in `class_weight` does not
        exist.
    """
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(len(target.codes), dtype)
    for name, values in (
        ("sample_weight", sample_weight),
        (
            "class_weight",
            None if class_weight is None else _expand_class_weight(class_weight, target),
        ),
    ):
        try:
            with np.errstate(over="ignore"):  # infinity is refused
                weights *= _check_sample_weight(
                    values, target.codes, dtype=dtype, ensure_non_negative=True
                )
        except (TypeError, ValueError, OverflowError) as error:
            raise TargetError(
                f"{name} must contain one finite, non-negative number for each document or class: "
                f"{error}"
            ) from error
    if not np.isfinite(weights).all():  # a single number, or a product
        raise TargetError(
            f"The weights of the documents must be finite numbers of {weights.dtype}, but the "
            f"largest is {weights.max()}: use smaller weights in sample_weight and class_weight."
        )
    smallest, largest = MAGNITUDES
    if ((weights > largest) | ((weights > 0) & (weights < smallest))).any():
        raise TargetError(
            f"Weights of documents must be 0, or from {smallest} to {largest}; got from "
            f"{weights.min()} to {weights.max()}. Scale them."
        )
    return weights


def check_classes_left(target: Target, weights: npt.NDArray[Any] | None) -> None:
    """Check that at least two classes have weights above zero.

    Raises
    ------
    TargetError
        If fewer than two classes remain.
    """
    if weights is None or target.multilabel:
        return
    left = target.classes[np.unique(target.codes[weights > 0])].tolist()
    if len(left) < 2:
        raise TargetError(
            f"A classifier needs at least two classes with weights above zero, got {len(left)}: "
            f"{left}."
        )


def _expand_class_weight(class_weight: Any, target: Target) -> npt.NDArray[np.float64]:
    if target.multilabel and class_weight != "balanced":
        raise TargetError(
            f"For multilabel targets, class_weight must be None or 'balanced', got "
            f"{class_weight!r}. To weight single documents, use sample_weight."
        )
    try:
        if target.multilabel:
            weights = compute_sample_weight(class_weight, target.codes)
        else:
            labels = target.classes[target.codes]
            by_class = compute_class_weight(class_weight, classes=target.classes, y=labels)
            weights = by_class[target.codes]
    except (TypeError, ValueError, OverflowError) as error:
        raise TargetError(
            f"class_weight={class_weight!r} does not fit the labels: {error}"
        ) from error
    return np.asarray(weights, np.float64)
