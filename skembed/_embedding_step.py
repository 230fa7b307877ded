"""What the steps share that give each id of the vocabulary a vector."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from skembed._sequence_transformer import SequenceTransformer
from skembed._validation import check_sequences, check_vocabulary
from skembed.errors import NotSequencesError
from skembed.sequences import EmbeddingMatrix, TokenSequences
from skembed.vectors import Coverage, keyed_vectors
from skembed.vocabulary import Vocabulary

__all__ = ["EmbeddingStep", "vocabulary_of"]


class EmbeddingStep(SequenceTransformer):
    """Base of the steps that learn a matrix in ``fit`` and attach it to sequences."""

    def _learn(
        self,
        sequences: TokenSequences,
        values: npt.NDArray[np.float32],
        has_vector: npt.NDArray[np.bool_],
    ) -> None:
        """Set what ``fit`` learned.

        Parameters
        ----------
        sequences : TokenSequences
            The training documents.
        values : ndarray of shape (n_ids, dim), dtype float32
            The vector of each id; made read-only.
        has_vector : ndarray of shape (n_ids,), dtype bool
            Which of them the source has.
        """
        values.flags.writeable = False
        self._embedding = EmbeddingMatrix(values)
        self.vocabulary_ = vocabulary_of(sequences)
        self.vector_size_ = values.shape[1]
        token_counts = np.bincount(sequences.ids, minlength=sequences.n_ids)
        self.coverage_ = Coverage.of(self.vocabulary_, has_vector, token_counts)

    def transform(self, X: Any) -> TokenSequences:
        """Attach the matrix to sequences.

        Parameters
        ----------
        X : TokenSequences
            Documents as ids, with the vocabulary seen in ``fit``.

        Returns
        -------
        TokenSequences
            The same ids, with ``embedding`` set.

        Raises
        ------
        VocabularyMismatchError
            If the ids were made with another vocabulary.
        """
        check_is_fitted(self)
        sequences = check_sequences(X)
        vocabulary_of(sequences)  # there must be one
        check_vocabulary(sequences, self.vocabulary_)
        return sequences.with_embedding(self._embedding)

    @property
    def matrix_(self) -> npt.NDArray[np.float32]:
        """The vector of each id."""
        check_is_fitted(self)
        return self._embedding.values

    @property
    def keyed_vectors_(self) -> Any:
        """The words with a vector, as a gensim ``KeyedVectors``; made anew each time."""
        check_is_fitted(self)
        return keyed_vectors(self.vocabulary_, self.matrix_, self.coverage_.missing)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # an array has no vocabulary
        return tags


def vocabulary_of(sequences: TokenSequences) -> Vocabulary:
    """Return the words that ids stand for.

    Raises
    ------
    NotSequencesError
        If they stand for no known words.
    """
    if not isinstance(sequences.vocabulary, Vocabulary):
        raise NotSequencesError(
            "Word vectors need ids that stand for words, and these come without a vocabulary "
            "(from HashingTokenizerTransformer, lists or an array): use KerasTokenizerTransformer."
        )
    return sequences.vocabulary
