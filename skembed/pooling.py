"""Pool word vectors into one vector per document."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from sklearn.utils._param_validation import StrOptions
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from skembed._embedding_step import vocabulary_of
from skembed._fit_task import CallbackSupport, fit_task
from skembed._training_only import TrainingOnly
from skembed._validation import check_sequences, check_vocabulary
from skembed.errors import NotSequencesError, VocabularyMismatchError
from skembed.sequences import TokenSequences

__all__ = ["EmbeddingVectorizer", "find_nonzero_vectors"]

_DOCUMENTS_PER_BLOCK = 1000  # summed by a thread at a time
_TOKENS_PER_PIECE = 1024  # reduced by max pooling at a time

Float32 = npt.NDArray[np.float32]


class EmbeddingVectorizer(
    TrainingOnly,
    CallbackSupport,
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Pool the word vectors of each document into one vector.

    Use this transformer after ``PretrainedEmbeddingMatrix`` or
    ``TrainedEmbeddingMatrix`` and before any estimator that takes numeric features.
    Padding and tokens without a vector (all zeros) are ignored. A document without
    any other token becomes a vector of zeros.

    Parameters
    ----------
    pooling : {"mean", "max", "sum", "tfidf"}, default="mean"
        How the vectors of a document's tokens are combined: their mean, the maximum
        in each dimension, their sum, or a mean in which each token is weighted by the
        inverse document frequency of its word.

    Attributes
    ----------
    vector_size_ : int
        Dimension of the word vectors.
    vocabulary_ : Vocabulary
        The words of the sequences seen in ``fit``.
    idf_ : ndarray of shape (n_ids,), dtype float64
        The smoothed inverse document frequency of each id, as defined by
        :class:`~sklearn.feature_extraction.text.TfidfTransformer`:
        ``log((1 + n_documents) / (1 + n_documents_with_the_word)) + 1``. Only available
        with ``pooling="tfidf"``.

    See Also
    --------
    PretrainedEmbeddingMatrix : Attaches vectors learned from other texts.
    TrainedEmbeddingMatrix : Learns vectors from the training documents.

    References
    ----------
    Wieting et al., "Towards Universal Paraphrastic Sentence Embeddings", ICLR 2016.
    Shen et al., "Baseline Needs More Love: On Simple Word-Embedding-Based Models and
    Associated Pooling Mechanisms", ACL 2018.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed import (
    ...     EmbeddingVectorizer, KerasTokenizerTransformer, PretrainedEmbeddingMatrix)
    >>> vectors = {"good": [1.0, 0.5], "poor": [-1.0, 0.0]}
    >>> documents = make_pipeline(
    ...     KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(vectors), EmbeddingVectorizer())
    >>> documents.fit_transform(["good work", "good or poor", "hm"])
    array([[1.  , 0.5 ],
           [0.  , 0.25],
           [0.  , 0.  ]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "pooling": [StrOptions({"mean", "max", "sum", "tfidf"})],
    }

    def __init__(self, pooling: Literal["mean", "max", "sum", "tfidf"] = "mean") -> None:
        self.pooling = pooling

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the vocabulary, the vector size and, for ``pooling="tfidf"``, the idf weights.

        Parameters
        ----------
        X : TokenSequences
            The documents as ids, ragged or padded, with a vector for each id.
        y : None
            Ignored.

        Returns
        -------
        EmbeddingVectorizer
            This instance.

        Raises
        ------
        NotSequencesError
            If the sequences have no word vectors.
        """
        self._validate_params()
        sequences = check_sequences(X)
        values = _get_vectors(sequences)
        self.vocabulary_ = vocabulary_of(sequences)
        self.vector_size_ = values.shape[1]
        if self.pooling == "tfidf":
            self.idf_ = _compute_idf(sequences, len(values))
        return self

    def transform(self, X: Any) -> Any:
        """Pool the word vectors of each document.

        Parameters
        ----------
        X : TokenSequences
            The documents as ids, ragged or padded, with a vector for each id.

        Returns
        -------
        ndarray of shape (n_documents, vector_size), dtype float32
            One vector per document; a data frame if ``set_output`` requested one, with the row
            labels of the table that the documents come from.

        Raises
        ------
        NotSequencesError
            If the sequences have no word vectors.
        VocabularyMismatchError
            If the vocabulary or the vector size differs from the one seen in ``fit``.
        """
        check_is_fitted(self, "idf_" if self.pooling == "tfidf" else "vector_size_")
        sequences = check_sequences(X)
        vectors = self._pool(sequences)
        if _get_output_config("transform", self)["dense"] == "pandas":
            # scikit-learn names the columns, but takes row labels from pandas objects only.
            return pd.DataFrame(vectors, index=sequences.index, copy=False)
        return vectors

    def _pool(self, sequences: TokenSequences) -> Float32:
        values = _get_vectors(sequences)
        self._check_same_vectors(sequences, values)
        has_vector = find_nonzero_vectors(sequences.ids, values)
        if self.pooling == "max":
            return _pool_maxima(sequences, values, has_vector)
        weights = has_vector * (self.idf_ if self.pooling == "tfidf" else 1)
        sums, totals = _sum_weighted_vectors(sequences, values, weights.astype(np.float32))
        if self.pooling != "sum":
            np.divide(sums, totals, out=sums, where=totals > 0)
        return sums

    def _check_same_vectors(self, sequences: TokenSequences, values: Float32) -> None:
        vocabulary_of(sequences)  # raises if there is none
        check_vocabulary(sequences, self.vocabulary_)
        if values.shape[1] != self.vector_size_:
            raise VocabularyMismatchError(
                f"The word vectors have {values.shape[1]} dimensions, but those seen in fit had "
                f"{self.vector_size_}: use the embedding step that this step was fitted with."
            )

    @property
    def _n_features_out(self) -> int:
        size: int = self.vector_size_
        return size

    def _summary(self) -> str:
        weighted = "tf-idf-weighted mean" if self.pooling == "tfidf" else self.pooling
        n_words = len(self.vocabulary_)
        return f"{weighted} of {self.vector_size_:,}-d vectors, {n_words:,} words"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False  # arrays carry no word vectors
        return tags


def _get_vectors(sequences: TokenSequences) -> Float32:
    if sequences.embedding is None:
        raise NotSequencesError(
            "Expected sequences with word vectors, but these have none: put "
            "PretrainedEmbeddingMatrix or TrainedEmbeddingMatrix before this step."
        )
    values = sequences.embedding.values
    if len(values) < sequences.n_ids:  # SciPy would read past the end
        raise NotSequencesError(
            f"Expected a vector for each of {sequences.n_ids} ids, but got {len(values)} vectors: "
            "attach the embedding matrix that belongs to the vocabulary of these ids."
        )
    return values


def _compute_idf(sequences: TokenSequences, n_ids: int) -> npt.NDArray[np.float64]:
    n_documents_with = np.zeros(n_ids, np.int64)
    for row in np.split(sequences.ids, sequences.offsets[1:-1]):
        n_documents_with[row] += 1  # counted once, even if the id is repeated
    idf: npt.NDArray[np.float64] = np.log((1 + len(sequences)) / (1 + n_documents_with)) + 1
    return idf


def find_nonzero_vectors(ids: npt.NDArray[np.int32], values: Float32) -> npt.NDArray[np.bool_]:
    """Tell which ids have a nonzero vector; ids that do not occur may be left False."""
    occurring = np.unique(ids) if len(ids) < len(values) else slice(None)
    has_vector = np.zeros(len(values), np.bool_)
    has_vector[occurring] = values[occurring].any(axis=1)
    return has_vector


def _sum_weighted_vectors(
    sequences: TokenSequences, values: Float32, weights: Float32
) -> tuple[Float32, Float32]:
    """Return the weighted sum of each document's vectors, and the sum of its weights.

    Each document is a row of a sparse matrix with the weight of each token in the column
    of its id; repeated ids are allowed. The sums are the product of this matrix with the
    vectors, so no token's vector is copied. SciPy releases the GIL while multiplying.
    """
    ids, offsets, n_documents = sequences.ids, sequences.offsets, len(sequences)
    sums = np.empty((n_documents, values.shape[1]), np.float32)
    totals = np.empty((n_documents, 1), np.float32)

    def sum_block(start: int) -> None:
        block = slice(start, start + _DOCUMENTS_PER_BLOCK)
        bounds = offsets[start : start + _DOCUMENTS_PER_BLOCK + 1]
        tokens = ids[bounds[0] : bounds[-1]]
        shape = len(bounds) - 1, len(values)
        documents = csr_array((weights.take(tokens), tokens, bounds - bounds[0]), shape=shape)
        sums[block] = documents @ values
        totals[block] = documents.sum(axis=1).reshape(-1, 1)

    # As many threads as scikit-learn's own loops use: fewer if processes share the cores.
    with ThreadPoolExecutor(_openmp_effective_n_threads()) as threads:
        [*threads.map(sum_block, range(0, n_documents, _DOCUMENTS_PER_BLOCK))]
    return sums, totals


def _pool_maxima(
    sequences: TokenSequences, values: Float32, has_vector: npt.NDArray[np.bool_]
) -> Float32:
    counted = np.flatnonzero(has_vector[sequences.ids])
    ids, offsets = sequences.ids[counted], np.searchsorted(counted, sequences.offsets)
    starts, ends = offsets[:-1].tolist(), offsets[1:].tolist()
    maxima = np.full((len(sequences), values.shape[1]), -np.inf, np.float32)
    # Small enough for the CPU cache.
    space = np.empty((_TOKENS_PER_PIECE, values.shape[1]), values.dtype)
    for maximum, start, end in zip(maxima, starts, ends):
        for first in range(start, end, _TOKENS_PER_PIECE):
            piece = ids[first : min(first + _TOKENS_PER_PIECE, end)]
            vectors = space[: len(piece)]
            np.take(values, piece, axis=0, out=vectors, mode="clip")  # "raise" would copy twice
            np.maximum(maximum, _max_over_rows(vectors), out=maximum)
    maxima[offsets[:-1] == offsets[1:]] = 0
    return maxima


def _max_over_rows(vectors: Float32) -> Float32:
    # Comparing one half with the other is faster than comparing row by row, because each half is
    # contiguous. The input is overwritten.
    while len(vectors) > 32:
        half = len(vectors) // 2
        np.maximum(vectors[:half], vectors[-half:], out=vectors[:half])
        vectors = vectors[:-half]
    largest: Float32 = vectors.max(axis=0)
    return largest
