"""A vector for each id of the vocabulary."""

import copy
from typing import Any, ClassVar, Literal, Self, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions

from skembed._embedding_step import EmbeddingStep, vocabulary_of
from skembed._fit_task import fit_task
from skembed._validation import check_sequences
from skembed.errors import NoVectorsFoundError
from skembed.vectors import find_vectors
from skembed.vocabulary import Vocabulary

__all__ = ["PretrainedEmbeddingMatrix"]


class PretrainedEmbeddingMatrix(EmbeddingStep):
    """Give each id of the fitted vocabulary its pre-trained vector.

    An ordinary step between tokenizer and classifier: ``fit`` looks up the words of
    the sequences that it sees, ``transform`` hands the sequences on with the matrix
    attached. So inside cross-validation the matrix is made for each fold's own
    vocabulary, and ``"passthrough"`` in this step's place means: learn the embedding.

    Parameters
    ----------
    vectors : str, path-like, gensim KeyedVectors, or mapping of str to array
        Where the vectors are: a file in GloVe text or word2vec text (also in gzip,
        bzip2 or xz), of which only the wanted rows are parsed, or vectors in memory,
        which clones of this estimator share.
    oov : {"zeros", "normal", "mean"}, default="zeros"
        The vector of a word without one, and of the unknown word: zeros; drawn from
        a normal distribution with the mean and variance, in each dimension, of the
        vectors found; or their mean.
    lookup : {"exact", "fallback"}, default="exact"
        ``"fallback"`` tries a missing word in lower case, capitalised and in upper
        case, in this order.
    normalize : bool, default=False
        Scale vectors to length 1.
    random_state : int, RandomState instance or None, default=None
        Draws the vectors of ``oov="normal"``.

    Attributes
    ----------
    matrix_ : ndarray of shape (n_ids, dim), dtype float32
        The vector of each id; row 0, padding, is zero. Read-only.
    vector_size_ : int
        Numbers in a vector.
    coverage_ : Coverage
        How many words and tokens have vectors, and which have not. Prints as a
        sentence.
    vocabulary_ : Vocabulary
        The words that the rows stand for.

    See Also
    --------
    KerasTextClassifier : Uses the matrix, frozen or tuned.

    References
    ----------
    Pennington, Socher and Manning, "GloVe: Global Vectors for Word Representation",
    EMNLP 2014. Mikolov et al., "Distributed Representations of Words and Phrases and
    their Compositionality", NIPS 2013.

    Examples
    --------
    >>> from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix
    >>> sequences = KerasTokenizerTransformer().fit_transform(["good work", "poor work"])
    >>> step = PretrainedEmbeddingMatrix({"good": [1.0, 0.5], "poor": [-1.0, 0.0]})
    >>> step.fit_transform(sequences)
    <TokenSequences of 2 documents, 4 tokens, 5 ids, ragged, 2-d vectors>
    >>> step.matrix_
    array([[ 0. ,  0. ],
           [ 0. ,  0. ],
           [ 0. ,  0. ],
           [ 1. ,  0.5],
           [-1. ,  0. ]], dtype=float32)
    >>> print(step.coverage_)
    2 of 3 words have vectors (66.7%), 50.0% of all tokens; most frequent without: work
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "vectors": "no_validation",  # find_vectors knows the sources, and tells them
        "oov": [StrOptions({"zeros", "normal", "mean"})],
        "lookup": [StrOptions({"exact", "fallback"})],
        "normalize": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        vectors: Any,
        *,
        oov: Literal["zeros", "normal", "mean"] = "zeros",
        lookup: Literal["exact", "fallback"] = "exact",
        normalize: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.vectors = vectors
        self.oov = oov
        self.lookup = lookup
        self.normalize = normalize
        self.random_state = random_state

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Look up the vectors of the vocabulary.

        Parameters
        ----------
        X : TokenSequences
            Documents as ids, with the vocabulary that made them.
        y : None
            Ignored.

        Returns
        -------
        PretrainedEmbeddingMatrix
            This instance.

        Raises
        ------
        NotSequencesError
            If the ids come without a vocabulary.
        VectorFileNotFoundError, VectorFileError
            If the file is missing, empty, malformed or of an unknown format.
        NoVectorsFoundError
            If not one word has a vector.
        """
        self._validate_params()
        sequences = check_sequences(X)
        vocabulary = vocabulary_of(sequences)
        values, has_vector = self._look_up(vocabulary)
        if not has_vector.any():
            raise NoVectorsFoundError(
                f"Not one of {len(vocabulary)} words ({', '.join(vocabulary.words[:5])}, …) has a "
                "vector in the source: is it for another language, or in another case (see "
                "lookup='fallback')?"
            )
        self._fill_missing(values, has_vector, check_random_state(self.random_state))
        if self.normalize:
            norms = np.linalg.norm(values, axis=1, keepdims=True)
            np.divide(values, norms, out=values, where=norms > 0)
        self._learn(sequences, values, has_vector)
        return self

    def _look_up(
        self, vocabulary: Vocabulary
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        def spellings(word: str) -> list[str]:
            if self.lookup == "exact":
                return [word]
            return [word, word.lower(), word.capitalize(), word.upper()]

        wanted = dict.fromkeys(s for word in vocabulary for s in spellings(word))
        rows, vectors = find_vectors(self.vectors, wanted)
        places = [
            next((rows[s] for s in spellings(word) if s in rows), -1) for word in vocabulary.words
        ]
        found = np.asarray(places, np.int64)
        ids = vocabulary.first_id + np.flatnonzero(found >= 0)
        values = np.zeros((vocabulary.n_ids, vectors.shape[1]), np.float32)
        values[ids] = vectors[found[found >= 0]]
        has_vector = np.zeros(vocabulary.n_ids, np.bool_)
        has_vector[ids] = True
        return values, has_vector

    def _fill_missing(
        self,
        values: npt.NDArray[np.float32],
        has_vector: npt.NDArray[np.bool_],
        random_state: np.random.RandomState,
    ) -> None:
        missing = 1 + np.flatnonzero(~has_vector[1:])
        if self.oov == "mean":
            values[missing] = values[has_vector].mean(axis=0)
        elif self.oov == "normal":
            mean, deviation = values[has_vector].mean(axis=0), values[has_vector].std(axis=0)
            values[missing] = random_state.normal(mean, deviation, (len(missing), len(mean)))

    def __sklearn_clone__(self) -> Self:
        # Vectors in memory may be gigabytes, and are only read: clones share them.
        bare = copy.copy(self)
        bare.vectors = None
        twin = cast(Self, BaseEstimator.__sklearn_clone__(bare))
        twin.vectors = self.vectors
        return twin
