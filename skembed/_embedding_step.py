"""Base class of the steps that assign word vectors to a vocabulary."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from skembed._sequence_transformer import SequenceTransformer, position_names
from skembed._validation import check_sequences, check_vocabulary
from skembed.embedding_matrix import EmbeddingMatrix
from skembed.errors import NotSequencesError
from skembed.sequences import TokenSequences
from skembed.vectors import Coverage, keyed_vectors
from skembed.vocabulary import Vocabulary

__all__ = ["EmbeddingStep", "vocabulary_of"]


class EmbeddingStep(SequenceTransformer):
    """Base class of steps that build an embedding matrix and attach it to sequences."""

    def _learn(
        self,
        sequences: TokenSequences,
        values: npt.NDArray[np.float32],
        has_vector: npt.NDArray[np.bool_],
    ) -> None:
        """Set the fitted attributes.

        Parameters
        ----------
        sequences : TokenSequences
            The training documents.
        values : ndarray of shape (n_ids, dim), dtype float32
            The vector of each id; set to read-only in place.
        has_vector : ndarray of shape (n_ids,), dtype bool
            Mask of the ids that have a vector of their own.
        """
        values.flags.writeable = False
        self._embedding = EmbeddingMatrix(values)
        self.vocabulary_ = vocabulary_of(sequences)
        self.vector_size_ = values.shape[1]
        self._width = sequences.width
        token_counts = np.bincount(sequences.ids, minlength=sequences.n_ids)
        self.coverage_ = Coverage.of(self.vocabulary_, has_vector, token_counts)

    def transform(self, X: Any) -> TokenSequences:
        """Attach the matrix to sequences.

        Parameters
        ----------
        X : TokenSequences
            Tokenized documents, with the vocabulary seen in ``fit``.

        Returns
        -------
        TokenSequences
            The same sequences, with ``embedding`` set.

        Raises
        ------
        VocabularyMismatchError
            If the sequences were made with a different vocabulary.
        """
        check_is_fitted(self)
        sequences = check_sequences(X)
        vocabulary_of(sequences)  # raises if there is none
        check_vocabulary(sequences, self.vocabulary_)
        return sequences.with_embedding(self._embedding)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the columns, which are those that came in.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The names. None means ``"text"`` for ragged sequences, and ``text0``, ``text1`` and so
            on for those of one length.

        Returns
        -------
        ndarray of str
            The names.
        """
        width = getattr(self, "_width", None)
        if input_features is None and width is not None:
            input_features = position_names("text", width)
        return super().get_feature_names_out(input_features)

    @property
    def matrix_(self) -> npt.NDArray[np.float32]:
        """The vector of each id."""
        check_is_fitted(self)
        return self._embedding.values

    @property
    def keyed_vectors_(self) -> Any:
        """The words with a vector, as a gensim ``KeyedVectors``; created on each access."""
        check_is_fitted(self)
        return keyed_vectors(self.vocabulary_, self.matrix_, self.coverage_.missing)

    def _summary(self) -> str:
        coverage = self.coverage_
        words = f"{coverage.n_found:,} of {coverage.n_words:,} words"
        tokens = np.floor(coverage.token_fraction * 1000) / 10  # 100 % only if none is missing
        return f"{words}, {tokens:g}% of the tokens; {self.vector_size_:,}-d, {self._source()}"

    def _source(self) -> str:
        """Return where the vectors come from."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # an array has no vocabulary
        return tags


def vocabulary_of(sequences: TokenSequences) -> Vocabulary:
    """Return the vocabulary of sequences.

    Raises
    ------
    NotSequencesError
        If the sequences have no vocabulary.
    """
    if not isinstance(sequences.vocabulary, Vocabulary):
        raise NotSequencesError(
            "Word vectors need a vocabulary, but these ids come without a vocabulary "
            "(from HashingTokenizerTransformer, lists or an array): use KerasTokenizerTransformer."
        )
    return sequences.vocabulary
