"""What the report says of the training documents."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed._validation import check_texts_or_tokens
from skembed.inspection.report.predicted import Predictions
from skembed.targets import check_target

__all__ = ["Training"]


@dataclass(frozen=True)
class Training:
    """The documents that the pipeline learned from.

    Attributes
    ----------
    n_documents : int
        How many there are.
    counts : ndarray of int of shape (n_classes,)
        How many of each class.
    n_repeated : int
        How many test documents are among them, which makes the scores too good.
    """

    n_documents: int
    counts: npt.NDArray[np.int64]
    n_repeated: int

    @classmethod
    def of(cls, X: Any, y: Any, predictions: Predictions) -> "Training":
        """Check documents and labels, and count.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        TargetError
            If `y` does not hold a label of the pipeline for each document.
        """
        texts = check_texts_or_tokens(X)
        codes = check_target(y, len(texts), predictions.classes).codes
        known = {_key(text) for text in texts}
        return cls(
            len(texts),
            codes.sum(axis=0)
            if codes.ndim == 2
            else np.bincount(codes, minlength=len(predictions.classes)),
            sum(_key(text) in known for text in predictions.texts),
        )

    @property
    def sentence(self) -> str:
        """What they were, and how many test documents are among them."""
        repeated = (
            "None of the test documents is among them."
            if not self.n_repeated
            else f"{self.n_repeated:,} of the test documents are among them, word for word: the "
            "scores are too good."
        )
        return f"The pipeline learned from {self.n_documents:,} documents. {repeated}"


def _key(document: Any) -> Any:
    return document if isinstance(document, str) else tuple(document)
