"""Validation and encoding of class labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from skembed.errors import TargetError

__all__ = ["Target", "check_classes", "check_target"]

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """Encoded class labels of the documents.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The class labels; for multilabel targets, the column indices.
    codes : ndarray of int of shape (n_documents,) or (n_documents, n_classes)
        Index of each document's class; for multilabel targets, an indicator matrix.
    """

    classes: npt.NDArray[Any]
    codes: Int64

    def __getitem__(self, places: Int64) -> "Target":
        return Target(self.classes, self.codes[places])

    @property
    def multilabel(self) -> bool:
        """Whether a document may have several labels, or none."""
        return self.codes.ndim == 2


def check_classes(classes: Any, before: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    """Check the `classes` argument of ``partial_fit``.

    Parameters
    ----------
    classes : array-like of shape (n_classes,) or None
        All class labels of all calls; required in the first call.
    before : ndarray of shape (n_classes,) or None
        The classes of earlier calls.

    Raises
    ------
    TargetError
        If there are no classes, or if they differ from those of earlier calls.
    """
    given = before if classes is None else np.unique(classes)
    if given is None:
        raise TargetError("The first call of partial_fit needs classes, all class labels.")
    if before is not None and not np.array_equal(given, before):
        raise TargetError(
            f"classes={given.tolist()} differs from the classes of the first call, "
            f"{before.tolist()}: pass the same classes, or None."
        )
    return given


def check_target(y: Any, n_documents: int, known: npt.NDArray[Any] | None = None) -> Target:
    """Check and encode the labels.

    Parameters
    ----------
    y : array-like of shape (n_documents,), or of 0 and 1 of shape (n_documents, n_labels)
        Class labels of any type, or a multilabel indicator matrix, which may be sparse.
    n_documents : int
        Expected number of documents.
    known : ndarray of shape (n_classes,), default=None
        The classes, if already known.

    Raises
    ------
    TargetError
        If `y` is missing, is neither a column of class labels nor an indicator matrix,
        has the wrong length, has only one class, or has a class that is not in `known`.
    """
    if y is None:
        raise TargetError("This classifier requires y to be passed, but the target y is None.")
    target = _encode_indicators(y) or _encode_labels(y, known)
    if len(target.codes) != n_documents:
        raise TargetError(
            f"X and y have inconsistent numbers of samples: {n_documents} documents and "
            f"{len(target.codes)} labels."
        )
    if known is not None and not np.array_equal(target.classes, known):
        raise TargetError(
            f"Expected labels of the classes {np.asarray(known).tolist()}, got labels of "
            f"{target.classes.tolist()}."
        )
    if len(target.classes) < 2:
        raise TargetError(
            f"A classifier needs at least two classes; all {n_documents} labels are one class, "
            f"{target.classes.tolist()[0]!r}. Were the documents sorted by class and cut?"
        )
    return target


def _encode_indicators(y: Any) -> Target | None:
    try:
        codes = np.asarray(y.toarray() if issparse(y) else y)  # type: ignore[attr-defined]
    except ValueError as error:
        raise TargetError(
            "Expected one label per document, or a multilabel indicator matrix; convert lists of "
            f"labels with sklearn.preprocessing.MultiLabelBinarizer: {error}"
        ) from error
    if codes.ndim != 2 or codes.shape[1] < 2:
        return None
    if not np.isin(codes, (0, 1)).all():
        raise TargetError(
            "Expected one label per document, or a multilabel indicator matrix of 0 and 1; got an "
            f"array of shape {codes.shape} with other values."
        )
    return Target(np.arange(codes.shape[1]), codes.astype(np.int64))


def _encode_labels(y: Any, known: npt.NDArray[Any] | None) -> Target:
    try:
        if isinstance(y, list | tuple):  # np.asarray would turn NaN into text
            _check_no_missing_labels(np.asarray(y, object).ravel())
        labels = column_or_1d(y, warn=True)
        _check_no_missing_labels(labels)
        check_classification_targets(labels)
    except (TypeError, ValueError) as error:
        raise TargetError(str(error)) from error
    try:
        classes, codes = np.unique(labels, return_inverse=True)
        if known is not None and np.isin(classes, known).all():
            return Target(known, np.searchsorted(known, labels))
    except TypeError as error:
        raise TargetError(f"The labels cannot be compared with each other: {error}.") from error
    return Target(classes, codes)


def _check_no_missing_labels(labels: npt.NDArray[Any]) -> None:
    missing = pd.isna(labels)
    if missing.any():
        place = int(missing.argmax())
        raise TargetError(
            f"Label {place} is missing ({labels[place]}): drop documents without a label, as in "
            "frame.dropna()."
        )
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        raise TargetError("Labels must be finite, but they contain infinity.")
