"""The predictions of a pipeline for the test documents, beside their labels."""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed._validation import check_texts_or_tokens
from skembed.errors import TargetError
from skembed.targets import check_target

__all__ = ["Predictions"]

Floats = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Predictions:
    """What a pipeline predicts for the test documents.

    Attributes
    ----------
    texts : list of str, or of lists of str
        The documents.
    classes : ndarray of shape (n_classes,)
        The labels.
    truth, predicted : ndarray of int of shape (n_documents,) or (n_documents, n_classes)
        The places of the classes; indicators if documents may have several labels.
    probabilities : ndarray of shape (n_documents, n_classes), or None
        The probabilities, if the classifier has them.
    seconds : float
        How long ``predict`` took.
    """

    texts: list[Any]
    classes: npt.NDArray[Any]
    truth: Int64
    predicted: Int64
    probabilities: Floats | None
    seconds: float

    @classmethod
    def of(cls, estimator: Any, X: Any, y: Any) -> "Predictions":
        """Check documents and labels, and predict.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        TargetError
            If `y` does not hold a label of the pipeline for each document, or the pipeline is no
            classifier, or has several outputs with classes of their own.
        """
        texts, classes = check_texts_or_tokens(X), _classes(estimator)
        truth = check_target(y, len(texts), classes).codes
        start = time.perf_counter()
        labels = estimator.predict(texts)
        seconds = time.perf_counter() - start
        predicted = check_target(labels, len(texts), classes).codes
        probabilities = None
        if hasattr(estimator, "predict_proba"):
            probabilities = np.asarray(estimator.predict_proba(texts), np.float64)
        return cls(texts, classes, truth, predicted, probabilities, seconds)

    @property
    def multilabel(self) -> bool:
        """Whether a document may have several labels, or none."""
        return self.truth.ndim == 2

    @cached_property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Whether the class, or all labels, of each document are right."""
        same = self.truth == self.predicted
        return np.asarray(same.all(axis=1) if self.multilabel else same)

    @cached_property
    def true_members(self) -> Int64:
        """Indicators of the true classes, of shape (n_documents, n_classes)."""
        return self._members(self.truth)

    @cached_property
    def predicted_members(self) -> Int64:
        """Indicators of the predicted classes, of shape (n_documents, n_classes)."""
        return self._members(self.predicted)

    def _members(self, codes: Int64) -> Int64:
        return codes if self.multilabel else np.eye(len(self.classes), dtype=np.int64)[codes]

    def name(self, codes: Any) -> str:
        """Return the name of a class; of several labels, their names; "none" without labels."""
        if not self.multilabel:
            return str(self.classes[codes])
        return ", ".join(map(str, self.classes[np.asarray(codes, bool)])) or "none"


def _classes(estimator: Any) -> npt.NDArray[Any]:
    if not hasattr(estimator, "classes_"):
        raise TargetError(
            f"Expected a classifier, got {type(estimator).__name__} without classes_."
        )
    if isinstance(estimator.classes_, list):
        raise TargetError(
            "Expected a classifier of classes, or of labels with one column each; got "
            f"{type(estimator).__name__} with {len(estimator.classes_)} outputs that have classes "
            "of their own: use OneVsRestClassifier for several labels, or a pipeline per output."
        )
    return np.asarray(estimator.classes_)
