"""Validation and encoding of class labels."""

import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionDtype
from scipy.sparse import issparse
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from skembed.errors import OneHotLabelsWarning, TargetError

__all__ = ["ScoreMixin", "Target", "check_classes", "check_target", "warn_if_one_hot"]

Int64 = npt.NDArray[np.int64]

#: In fewer documents, exactly one label each may be chance.
_MIN_ONE_HOT_DOCUMENTS = 6
_BINARIZE = (
    "convert lists of labels with sklearn.preprocessing.MultiLabelBinarizer: pass "
    "binarizer.fit_transform(y) or, to keep the names as classes_, "
    "pandas.DataFrame(binarizer.fit_transform(y), columns=binarizer.classes_)"
)


@dataclass(frozen=True)
class Target:
    """Encoded class labels of the documents.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The class labels; for multilabel targets, the column names of a label table or, without
        names, the column indices.
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

    def in_order_of(self, classes: npt.NDArray[Any]) -> "Target":
        """Return multilabel targets with the columns of `classes`, if they can be found.

        Columns are found by name. If either side has no names, they are taken as they come.
        """
        if not self.multilabel or len(classes) != len(self.classes):
            return self
        place_of = {name: place for place, name in enumerate(self.classes.tolist())}
        if place_of.keys() == {*classes.tolist()}:
            return Target(classes, self.codes[:, [place_of[name] for name in classes.tolist()]])
        indices = np.arange(len(classes))
        if np.array_equal(self.classes, indices) or np.array_equal(classes, indices):
            return Target(classes, self.codes)
        return self


class ScoreMixin:
    """Base class, before scikit-learn's, of classifiers whose `score` reads labels as `fit`."""

    classes_: npt.NDArray[Any]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy of the predictions.

        Parameters
        ----------
        X : array-like of shape (n_documents, ...)
            The documents, as for `predict`.
        y : array-like of shape (n_documents,) or (n_documents, n_labels)
            The labels, in any form that `fit` takes. Columns of a label table are found by name.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of the documents.

        Returns
        -------
        float
            The fraction of documents of which the class, or all labels, are predicted correctly.

        Raises
        ------
        TargetError
            If `y` holds anything but labels.
        """
        target = _encode_indicators(y)
        labels = _as_labels(y) if target is None else target.in_order_of(self.classes_).codes
        accuracy: float = super().score(X, labels, sample_weight)  # type: ignore[misc]
        return accuracy


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
    if classes is None:
        if before is None:
            raise TargetError("The first call of partial_fit needs classes, all class labels.")
        return before
    try:
        given = _as_labels(classes)
    except TargetError as error:
        raise TargetError(f"classes={classes!r:.60} must be class labels: {error}") from error
    distinct, first = np.unique(given, return_index=True)
    if before is None:
        return given[np.sort(first)]
    if not np.array_equal(distinct, np.unique(before)):
        raise TargetError(
            f"classes={distinct.tolist()} differs from the classes of the first call, "
            f"{before.tolist()}: pass the same classes, or None."
        )
    return before


def check_target(y: Any, n_documents: int, known: npt.NDArray[Any] | None = None) -> Target:
    """Check and encode the labels.

    Parameters
    ----------
    y : array-like of shape (n_documents,), or of 0 and 1 of shape (n_documents, n_labels)
        Class labels, all of one type; or a multilabel indicator matrix, which may be sparse, or a
        data frame whose column names are the labels.
    n_documents : int
        Expected number of documents.
    known : ndarray of shape (n_classes,), default=None
        The classes, if already known. Columns of a label table are put in their order.

    Raises
    ------
    TargetError
        If `y` is missing, is neither a column of class labels nor an indicator matrix,
        has the wrong length, has only one class, or has a class that is not in `known`.
    """
    if y is None:
        raise TargetError("This classifier requires y to be passed, but the target y is None.")
    if np.ma.is_masked(y):
        y = y.tolist()  # with None for what is masked
    target = _encode_indicators(y)
    if target is None:
        known = None if known is None else np.unique(known)
        target = _encode_labels(y, known)
    elif known is not None:
        target = target.in_order_of(known)
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


def warn_if_one_hot(target: Target) -> None:
    """Warn if classes seem to be one-hot encoded, since each column would be a label of its own.

    Parameters
    ----------
    target : Target
        The labels of the training documents.
    """
    if not target.multilabel or len(target.codes) < _MIN_ONE_HOT_DOCUMENTS:
        return
    if (target.codes.sum(axis=1) == 1).all():
        warnings.warn(
            f"Each of {len(target.codes)} documents has exactly one of {len(target.classes)} "
            "labels, which are learned independently. If these are classes, of which each "
            "document has one, pass them as one column, y.argmax(axis=1), or y.idxmax(axis=1) of "
            "a data frame: accuracy is usually much higher.",
            OneHotLabelsWarning,
            stacklevel=4,
        )


def _encode_indicators(y: Any) -> Target | None:
    try:
        table = np.asarray(y.toarray() if issparse(y) else y)  # type: ignore[attr-defined]
    except ValueError as error:
        raise TargetError(
            f"Expected one label per document, or a multilabel indicator matrix; {_BINARIZE}. "
            f"({error})"
        ) from error
    if table.ndim != 2 or table.shape[1] < 2:
        return None
    has_missing = bool(pd.isna(table).any())
    if has_missing or table.dtype.kind not in "biufO" or not np.isin(table, (0, 1)).all():
        is_text = table.dtype.kind not in "biuf" and not has_missing
        raise TargetError(
            "Expected one label per document, or a multilabel indicator matrix of 0 and 1; got an "
            f"array of shape {table.shape} with {'missing' if has_missing else 'other'} values"
            f"{f'; {_BINARIZE}' if is_text else ''}."
        )
    return Target(_column_names(y, table.shape[1]), table.astype(np.int64))


def _column_names(y: Any, n_columns: int) -> npt.NDArray[Any]:
    """Return the column names of a label table, or the column indices if it has none."""
    names = [*getattr(y, "columns", range(n_columns))]
    if {*map(type, names)} == {bool} or not (
        all(isinstance(name, str) for name in names)
        or all(isinstance(name, int | np.integer) for name in names)
    ):
        raise TargetError(
            f"The columns of a label table need names that are all text or all integers, got "
            f"{names!r:.100}: rename them first, as in y.columns = y.columns.map(str)."
        )
    repeated = pd.Index(names).duplicated()
    if repeated.any():
        raise TargetError(
            f"The columns of a label table need different names, but {names[repeated.argmax()]!r} "
            "is repeated."
        )
    return np.asarray(names)


def _encode_labels(y: Any, known: npt.NDArray[Any] | None) -> Target:
    labels = _as_labels(y)
    try:
        with np.errstate(invalid="ignore"):  # of floats beyond all integers
            check_classification_targets(labels)
    except (TypeError, ValueError, OverflowError) as error:
        raise TargetError(str(error)) from error
    try:
        classes, codes = np.unique(labels, return_inverse=True)
        if known is not None and np.isin(classes, known).all():
            return Target(known, np.searchsorted(known, labels))
    except TypeError as error:
        raise TargetError(f"The labels cannot be compared with each other: {error}.") from error
    return Target(classes, codes)


def _as_labels(y: Any) -> npt.NDArray[Any]:
    """Return a column of labels as an array of text, numbers or booleans.

    Raises
    ------
    TargetError
        If a label is missing, infinite or a collection, or if their types are mixed.
    """
    dtype = getattr(y, "dtype", None)
    to_unicode = isinstance(y, list | tuple) or getattr(dtype, "kind", None) == "T"
    # NumPy would turn numbers beside text into text, and nullable integers into floats;
    # scikit-learn does not know StringDType.
    if to_unicode or isinstance(dtype, ExtensionDtype):
        y = np.asarray(y, object)
    try:
        labels: npt.NDArray[Any] = column_or_1d(y, warn=True)
    except (TypeError, ValueError) as error:
        raise TargetError(str(error)) from error
    _check_no_missing_labels(labels)
    if labels.dtype != object:
        return labels
    types = {*map(type, labels)}
    if all(issubclass(kind, str) for kind in types):
        return _to_unicode(labels) if to_unicode else labels
    if any(issubclass(kind, Collection | np.ndarray) for kind in types - {str, bytes}):
        raise TargetError(f"Expected one label per document, got {labels[0]!r:.60}; {_BINARIZE}.")
    plain = np.asarray(labels.tolist())
    if plain.dtype.kind in "OSU":
        names = ", ".join(sorted(kind.__name__ for kind in types))
        raise TargetError(
            f"Labels must be all text, all numbers or all booleans, got {names}: convert them, as "
            "in [str(label) for label in y], [label.name for label in y] for an Enum, or "
            "[label.decode() for label in y] for bytes."
        )
    _check_no_missing_labels(plain)
    return plain


def _to_unicode(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return text as an array of fixed width, which NumPy also makes of a list in a scorer."""
    text = np.asarray([*map(str.__str__, labels)])
    differs = np.asarray([*map(str, labels)]) != text
    if differs.any():
        label = labels[differs.argmax()]
        raise TargetError(
            f"Labels of the type {type(label).__name__} are ambiguous: the text of {label!r} is "
            f"{str.__str__(label)!r}, but scikit-learn's scorers read {str(label)!r}. Convert "
            "them, as in [label.value for label in y]."
        )
    return text


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
