"""Count and rank the words of documents, in one or several batches."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from skembed._pickles import Lasting, restores_state
from skembed.errors import EmptyVocabularyError
from skembed.tokenization.splitting import SplitDocuments
from skembed.vocabulary import Vocabulary

__all__ = ["CountedWords"]

Int64 = npt.NDArray[np.int64]


class CountedWords(Lasting):
    """Counts of distinct words, and the vocabulary derived from them.

    The time to add a batch is proportional to the size of that batch. Ranking takes time
    proportional to all words, so it is deferred until the vocabulary is accessed.

    Parameters
    ----------
    min_count : int
        Words that occur less often are excluded from the vocabulary, but still counted.
    num_words : int or None
        All ids of the vocabulary are below this number.
    oov_token : str or None
        The token that represents unknown words.
    """

    def __init__(self, min_count: int, num_words: int | None, oov_token: str | None) -> None:
        self.min_count = min_count
        self.num_words = num_words
        self.oov_token = oov_token
        self.n_documents = 0
        self._is_pruned = False
        self._places: dict[str, int] = {}  # in the order of first appearance
        self._counts = np.zeros(0, np.int64)
        self._document_counts = np.zeros(0, np.int64)

    def add(self, documents: SplitDocuments) -> Self:
        """Count the words of more documents."""
        counts = np.bincount(documents.codes, minlength=len(documents.words))
        return self.add_counts(
            documents.words, counts, _document_counts(documents), len(documents.lengths)
        )

    def add_counts(
        self, words: Iterable[str], counts: Int64, document_counts: Int64, n_documents: int
    ) -> Self:
        """Add words that have already been counted.

        Parameters
        ----------
        words : iterable of str
            Distinct words in the order of their first appearance.
        counts, document_counts : ndarray of int of shape (n_words,)
            The occurrences of each word, and the number of documents that contain it.
        n_documents : int
            The number of documents.
        """
        known = self._places
        # Python evaluates len(known) before setdefault inserts a new word.
        indices = np.fromiter((known.setdefault(word, len(known)) for word in words), np.int64)
        more = np.zeros(len(known) - len(self._counts), np.int64)
        self._counts = np.concatenate([self._counts, more])
        self._counts[indices] += counts
        self._document_counts = np.concatenate([self._document_counts, more])
        self._document_counts[indices] += document_counts
        self.n_documents += n_documents
        self._is_pruned = False
        for name in ("_ranks", "all_words", "vocabulary"):
            vars(self).pop(name, None)  # invalidate the cached properties
        return self

    def prune(self) -> Self:
        """Discard words that are too rare for the vocabulary, and store the others by rank.

        If more documents are added later, the discarded words are counted from zero.
        """
        words, ranks = self.all_words, self._ranks
        self._places = {word: i for i, word in enumerate(words)}
        self._counts, self._document_counts = self._counts[ranks], self._document_counts[ranks]
        self._ranks = np.arange(len(ranks))
        self._is_pruned = True
        return self

    @cached_property
    def _ranks(self) -> Int64:
        """The indices of the words that occur often enough, the most frequent first."""
        by_count = np.argsort(-self._counts, kind="stable")
        ranks = by_count[: np.count_nonzero(self._counts >= self.min_count)]
        if not len(ranks):
            raise EmptyVocabularyError(
                f"No word occurs {self.min_count} times or more in {self.n_documents} "
                f"documents with {self._counts.sum()} tokens: check the cleaning before this "
                "step, and the parameters filters and min_count."
            )
        return ranks

    @cached_property
    def all_words(self) -> Vocabulary:
        """The words that occur often enough, including those beyond `num_words`."""
        words = [*self._places]
        return Vocabulary([words[i] for i in self._ranks.tolist()], self.oov_token)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that can occur in sequences, limited by `num_words`."""
        return self.all_words.head(self.num_words) if self.num_words else self.all_words

    @property
    def n_words(self) -> int:
        """The size of the vocabulary; 0 if no word occurs often enough."""
        n_often = int(np.count_nonzero(self._counts >= self.min_count))
        first_id = 1 if self.oov_token is None else 2
        return n_often if self.num_words is None else min(n_often, self.num_words - first_id)

    @property
    def counts(self) -> Int64:
        """The number of occurrences of each of `all_words`."""
        return self._counts[self._ranks]

    @property
    def document_counts(self) -> Int64:
        """The number of documents that contain each of `all_words`."""
        return self._document_counts[self._ranks]

    def __getstate__(self) -> dict[str, Any]:
        # Pickling, and hashing in joblib, is many times faster for a Vocabulary than for a dict.
        # The current vocabulary stays in the state, so objects pickled with this one share it.
        state = {k: v for k, v in vars(self).items() if k not in ("_ranks", "all_words")}
        return state | {"_places": self.all_words if self._is_pruned else Vocabulary(self._places)}

    @restores_state
    def __setstate__(self, state: dict[str, Any]) -> None:
        words = state["_places"].words
        vars(self).update(state, _places=dict(zip(words, range(len(words)))))


def _document_counts(documents: SplitDocuments) -> Int64:
    """Return the number of documents that contain each word."""
    if not documents.words:
        return np.zeros(0, np.int64)
    offsets = np.concatenate([[0], np.cumsum(documents.lengths)])
    shape = (len(documents.lengths), len(documents.words))
    tokens = np.ones(len(documents.codes), np.int8)
    by_word = sparse.csr_array((tokens, documents.codes, offsets), shape=shape).tocsc()
    # The documents of each word are now sorted, with duplicates if a word is repeated.
    starts, rows = by_word.indptr[:-1], by_word.indices
    is_new = np.concatenate([[True], rows[1:] != rows[:-1]])
    is_new[starts] = True
    return np.add.reduceat(is_new, starts, dtype=np.int64)
