"""The words of documents that come all at once or batch by batch, counted and ranked."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from skembed.errors import EmptyVocabularyError
from skembed.tokenization.splitting import SplitDocuments
from skembed.vocabulary import Vocabulary

__all__ = ["CountedWords"]

Int64 = npt.NDArray[np.int64]


class CountedWords:
    """Distinct words, how often each occurred, and the vocabulary that follows from it.

    To count a batch costs what the batch costs. The words are ranked when the vocabulary is
    asked for, not after each batch: that costs what all of them cost.

    Parameters
    ----------
    min_count : int
        Words that occur less often are left out of the vocabulary, but go on being counted.
    num_words : int or None
        The vocabulary's ids are below this number.
    oov_token : str or None
        The name of the unknown word.
    """

    def __init__(self, min_count: int, num_words: int | None, oov_token: str | None) -> None:
        self.min_count = min_count
        self.num_words = num_words
        self.oov_token = oov_token
        self.n_documents = 0
        self._settled = False
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
        """Add distinct words that others have counted.

        Parameters
        ----------
        words : iterable of str
            The words in the order of their first appearance.
        counts, document_counts : ndarray of int of shape (n_words,)
            How often each occurred, and in how many documents.
        n_documents : int
            The number of documents.
        """
        known = self._places
        # The number of words so far is taken before a new one is put in.
        places = np.fromiter((known.setdefault(word, len(known)) for word in words), np.int64)
        more = np.zeros(len(known) - len(self._counts), np.int64)
        self._counts = np.concatenate([self._counts, more])
        self._counts[places] += counts
        self._document_counts = np.concatenate([self._document_counts, more])
        self._document_counts[places] += document_counts
        self.n_documents += n_documents
        self._settled = False
        for name in ("_ranks", "all_words", "vocabulary"):
            vars(self).pop(name, None)  # of the words so far
        return self

    def settle(self) -> Self:
        """Forget the words that are too rare for the vocabulary, and keep the others ranked.

        If more documents are added nevertheless, words count from here on.
        """
        words, ranks = self.all_words, self._ranks
        self._places = {word: place for place, word in enumerate(words)}
        self._counts, self._document_counts = self._counts[ranks], self._document_counts[ranks]
        self._ranks = np.arange(len(ranks))
        self._settled = True
        return self

    @cached_property
    def _ranks(self) -> Int64:
        """The places of the words of the vocabulary, the most frequent first."""
        by_count = np.argsort(-self._counts, kind="stable")
        ranks = by_count[: np.count_nonzero(self._counts >= self.min_count)]
        if not len(ranks):
            raise EmptyVocabularyError(
                f"No word occurs {self.min_count} times or more in {self.n_documents} "
                f"documents with {self._counts.sum()} tokens: check the cleaning before this "
                "step, filters and min_count."
            )
        return ranks

    @cached_property
    def all_words(self) -> Vocabulary:
        """The words that occur often enough, also those beyond `num_words`."""
        words = [*self._places]
        return Vocabulary([words[place] for place in self._ranks.tolist()], self.oov_token)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words that sequences can hold."""
        return self.all_words.head(self.num_words) if self.num_words else self.all_words

    @property
    def counts(self) -> Int64:
        """How often each of `all_words` occurred."""
        return self._counts[self._ranks]

    @property
    def document_counts(self) -> Int64:
        """In how many documents each of `all_words` occurs."""
        return self._document_counts[self._ranks]

    def __getstate__(self) -> dict[str, Any]:
        # A Vocabulary pickles, and hashes in joblib, many times faster than a dict. The one in
        # use goes along: what is pickled with the tokenizer shares it.
        state = {k: v for k, v in vars(self).items() if k not in ("_ranks", "all_words")}
        return state | {"_places": self.all_words if self._settled else Vocabulary(self._places)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        words = state["_places"].words
        vars(self).update(state, _places=dict(zip(words, range(len(words)))))


def _document_counts(documents: SplitDocuments) -> Int64:
    """In how many documents each word occurs."""
    if not documents.words:
        return np.zeros(0, np.int64)
    offsets = np.concatenate([[0], np.cumsum(documents.lengths)])
    shape = (len(documents.lengths), len(documents.words))
    tokens = np.ones(len(documents.codes), np.int8)
    by_word = sparse.csr_array((tokens, documents.codes, offsets), shape=shape).tocsc()
    # Of each word the documents now stand in order, one that holds it twice twice.
    starts, rows = by_word.indptr[:-1], by_word.indices
    is_new = np.concatenate([[True], rows[1:] != rows[:-1]])
    is_new[starts] = True
    return np.add.reduceat(is_new, starts, dtype=np.int64)
