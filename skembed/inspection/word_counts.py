"""Count the words of documents, by class."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from skembed.sequences import TokenSequences
from skembed.targets import check_target

__all__ = ["WordCounts"]

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class WordCounts:
    """Tokens and documents of each id, by class.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The classes of the documents, or the labels of multilabel targets; one empty name if
        there are no targets.
    tokens, documents : ndarray of shape (n_classes, n_ids), dtype int64
        Number of tokens with each id, and of documents with such tokens. A document with several
        labels counts for each of them. The counts of padding are 0.
    """

    classes: npt.NDArray[Any]
    tokens: Int64
    documents: Int64

    @classmethod
    def of(cls, sequences: TokenSequences, y: Any = None) -> "WordCounts":
        """Count the ids of documents.

        Parameters
        ----------
        sequences : TokenSequences
            The documents.
        y : array-like of shape (n_documents,) or (n_documents, n_labels), default=None
            Their class labels, or a multilabel indicator matrix.

        Raises
        ------
        TargetError
            If `y` holds no class labels, has another length, or has only one class.
        """
        n = len(sequences)
        ones = np.ones(len(sequences.ids), np.int64)
        rows = ones, sequences.ids.copy(), sequences.offsets.copy()  # sorted in place
        counts = csr_array(rows, shape=(n, sequences.n_ids))
        counts.sum_duplicates()
        classes, members = class_members(y, n)
        tokens = np.asarray((counts.T @ members).T)
        counts.data[:] = 1
        documents = np.asarray((counts.T @ members).T)
        tokens[:, 0] = documents[:, 0] = 0
        return cls(classes, tokens, documents)


def class_members(y: Any, n_documents: int) -> tuple[npt.NDArray[Any], Int64]:
    """Return the classes, and an array of 0 and 1 of shape (n_documents, n_classes).

    Without `y`, all documents are of one class whose name is empty.
    """
    if y is None:
        return np.array([""]), np.ones((n_documents, 1), np.int64)
    target = check_target(y, n_documents)
    if target.multilabel:
        return target.classes, target.codes
    return target.classes, np.eye(len(target.classes), dtype=np.int64)[target.codes]
