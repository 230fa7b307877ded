"""The words that a page shows, and what documents tell of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from skembed.errors import NotSequencesError
from skembed.sequences import TokenSequences
from skembed.targets import check_target
from skembed.vectors.projector_page.class_leaning import ClassLeaning, class_leaning
from skembed.vocabulary import Vocabulary

__all__ = ["ChosenWords", "choose_words"]

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ChosenWords:
    """Words to show, the most frequent first.

    Attributes
    ----------
    rows : ndarray of shape (n_shown,), dtype int64
        Their rows in the source of the vectors.
    counts : ndarray of shape (n_shown,), dtype int64, or None
        How often each occurs in the documents.
    leaning : ClassLeaning or None
        The class that each leans to.
    """

    rows: Int64
    counts: Int64 | None = None
    leaning: ClassLeaning | None = None


def choose_words(
    source: Any, words: list[str], documents: Any, y: Any, max_words: int
) -> ChosenWords:
    """Choose the words that occur most in documents or, without documents, the first ones.

    Parameters
    ----------
    source : fitted estimator, Pipeline or word vectors
        Source of the words. The steps of a pipeline before the last one tokenize the documents.
    words : list of str
        All words.
    documents : array-like of documents, TokenSequences or None
        Documents to count in.
    y : array-like or None
        Their labels.
    max_words : int
        Largest number of words to choose.

    Raises
    ------
    NotSequencesError
        If the documents are not tokenized.
    TargetError
        If `y` are not labels of the documents.
    """
    if documents is None:
        return ChosenWords(np.arange(min(max_words, len(words))))
    if len(getattr(source, "steps", ())) > 1:
        documents = source[:-1].transform(documents)
    table = _count_words(documents, words)
    target = None if y is None else check_target(y, table.shape[0])
    counts = np.asarray(table.sum(axis=0), np.int64).ravel()
    rows = np.argsort(-counts, kind="stable")[:max_words]
    leaning = None if target is None else class_leaning(table, target)[rows]
    return ChosenWords(rows, counts[rows], leaning)


def _count_words(documents: Any, words: list[str]) -> csr_matrix:
    """Count words in each document.

    Parameters
    ----------
    documents : TokenSequences
        The documents, with their vocabulary.
    words : list of str
        The words to count.

    Returns
    -------
    csr_matrix of shape (n_documents, n_words), dtype int64
        The counts.

    Raises
    ------
    NotSequencesError
        If `documents` are anything else, or have no vocabulary.
    """
    if not isinstance(documents, TokenSequences) or not isinstance(
        documents.vocabulary, Vocabulary
    ):
        raise NotSequencesError(
            "Expected documents as TokenSequences with their vocabulary, got "
            f"{type(documents).__name__}: pass the fitted pipeline with documents as it predicts "
            "them, or tokenize the documents first, as with KerasTokenizerTransformer."
        )
    shape = (len(documents), documents.n_ids)
    ones = np.ones(len(documents.ids), np.int64)
    counts = csr_matrix((ones, documents.ids, documents.offsets), shape=shape)
    ids = np.array([documents.vocabulary.get(word, -1) for word in words])
    known = np.flatnonzero(ids >= 0)
    chosen = csr_matrix(
        (np.ones(len(known), np.int64), (ids[known], known)), shape=(documents.n_ids, len(words))
    )
    return counts @ chosen
