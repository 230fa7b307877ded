"""A vector for each id of the vocabulary."""

import copy
import warnings
from collections.abc import Callable
from itertools import chain, repeat
from typing import Any, ClassVar, Literal, Self, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions

from skembed._embedding_step import EmbeddingStep, vocabulary_of
from skembed._fit_task import fit_task
from skembed._validation import check_sequences
from skembed.errors import CoverageWarning, EmptyVocabularyError, NoVectorsFoundError
from skembed.vectors import find_vectors, has_every_word, ngram_average, subword_vectors
from skembed.vocabulary import Vocabulary

__all__ = ["PretrainedEmbeddingMatrix"]

_SPELLINGS: dict[str, list[Callable[[str], str]]] = {
    "exact": [str],
    "fallback": [str, str.lower, str.capitalize, str.upper],
}
_HALF = 0.5  # of the tokens: if fewer have a vector, something is probably wrong


class PretrainedEmbeddingMatrix(EmbeddingStep):
    """Give each id of the fitted vocabulary its pre-trained vector.

    An ordinary step between tokenizer and classifier: ``fit`` looks up the words of
    the sequences that it sees, ``transform`` hands the sequences on with the matrix
    attached. So inside cross-validation the matrix is made for each fold's own
    vocabulary, and ``"passthrough"`` in this step's place means: learn the embedding.

    Parameters
    ----------
    vectors : path, KeyedVectors, mapping, DataFrame or object with ``encode``
        Where the vectors are.

        - A file, told by its content: GloVe text, word2vec text or binary, fastText's
          ``.vec`` or ``.bin``, also in gzip, bzip2, xz or zip; ``.npz`` with an array of
          words and one of vectors; ``.npy`` with the words, one a line, in a ``.txt``
          of the same name. Only rows that are wanted are parsed.
        - In memory, and shared by clones: a gensim ``KeyedVectors`` or a model with one;
          a mapping from word to array; a DataFrame indexed by word.
        - An object whose ``encode`` takes a list of str and returns an array of as many
          rows, as sentence-transformers and model2vec models do.
    oov : {"zeros", "normal", "mean", "subword"}, default="zeros"
        The vector of a word without one, and of the unknown word: zeros; drawn from
        a normal distribution with the mean and variance, in each dimension, of the
        vectors found; their mean; or made of the word's character n-grams, by the source
        if it is a fastText model with subwords, else from the words found that hold
        them (zeros for the unknown word, and where no n-gram is known).
    lookup : {"exact", "fallback"}, default="exact"
        ``"fallback"`` tries a missing word in lower case, capitalised and in upper
        case, in this order.
    normalize : bool, default=False
        Scale vectors to length 1.
    random_state : int, RandomState instance or None, default=None
        Draws the vectors of ``oov="normal"``.
    member : str, default=None
        The file wanted from a zip archive; None where it holds only one.
    decode_error : {"strict", "replace"}, default="strict"
        Whether words that are not UTF-8 are an error, or get replacement characters.
    cache : bool, default=True
        Keep where words stand in a file, the rows that were parsed and, of compressed
        files, a plain copy, in the folder ``skembed/vectors`` of scikit-learn's data
        home, for the next fold and the next process. See Notes.
    verbose : bool, default=True
        Draw a progress bar when reading a file takes more than two seconds (on a
        terminal, with rich installed).

    Attributes
    ----------
    matrix_ : ndarray of shape (n_ids, dim), dtype float32
        The vector of each id; row 0, padding, is zero. Read-only.
    vector_size_ : int
        Numbers in a vector.
    coverage_ : Coverage
        How many words and tokens have vectors of their own, and which words have not.
        Prints as a sentence.
    vocabulary_ : Vocabulary
        The words that the rows stand for.
    keyed_vectors_ : gensim.models.KeyedVectors
        The words with a vector of their own; made anew each time.

    Warns
    -----
    CoverageWarning
        If fewer than half of the tokens have a vector.
    VectorFileWarning
        If words are repeated in the source; the first row of a word counts.

    See Also
    --------
    TrainedEmbeddingMatrix : Learns vectors from the training documents.
    EmbeddingVectorizer : Makes one vector of a document's.
    KerasTextClassifier : Uses the matrix, frozen or tuned.

    Notes
    -----
    A file is read through once. A later fit, in this process or another, reads the places
    of all words from the cache and parses only rows that no fit has asked for before. A
    file whose size, time of change or sampled content differs is another file. The folder
    may be deleted at any time. fastText's ``.bin`` is kept in memory instead, the last one
    that was read; NumPy files need no cache.

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
        "oov": [StrOptions({"zeros", "normal", "mean", "subword"})],
        "lookup": [StrOptions({"exact", "fallback"})],
        "normalize": ["boolean"],
        "random_state": ["random_state"],
        "member": [str, None],
        "decode_error": [StrOptions({"strict", "replace"})],
        "cache": ["boolean"],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        vectors: Any,
        *,
        oov: Literal["zeros", "normal", "mean", "subword"] = "zeros",
        lookup: Literal["exact", "fallback"] = "exact",
        normalize: bool = False,
        random_state: int | np.random.RandomState | None = None,
        member: str | None = None,
        decode_error: Literal["strict", "replace"] = "strict",
        cache: bool = True,
        verbose: bool = True,
    ) -> None:
        self.vectors = vectors
        self.oov = oov
        self.lookup = lookup
        self.normalize = normalize
        self.random_state = random_state
        self.member = member
        self.decode_error = decode_error
        self.cache = cache
        self.verbose = verbose

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
        EmptyVocabularyError
            If the vocabulary is empty.
        NoVectorsFoundError
            If not one word has a vector.
        """
        self._validate_params()
        sequences = check_sequences(X)
        vocabulary = vocabulary_of(sequences)
        if not len(vocabulary):
            raise EmptyVocabularyError(
                "The vocabulary of these sequences is empty: check the cleaning and the tokenizer "
                "before this step."
            )
        values, has_vector = self._look_up(vocabulary)
        if not has_vector.any():
            raise NoVectorsFoundError(
                f"Not one of {len(vocabulary)} words ({', '.join(vocabulary.words[:5])}, …) has a "
                "vector in the source: is it for another language, or in another case (see "
                "lookup='fallback')?"
            )
        self._fill_missing(vocabulary, values, has_vector)
        if self.normalize:
            norms = np.linalg.norm(values, axis=1, keepdims=True)
            np.divide(values, norms, out=values, where=norms > 0)
        self._learn(sequences, values, has_vector)
        if self.coverage_.token_fraction < _HALF:
            warnings.warn(
                f"Few tokens have a vector: {self.coverage_}. Are the vectors for another "
                "language, or in another case (see lookup='fallback')?",
                CoverageWarning,
                stacklevel=3,  # fit, past the decorators
            )
        return self

    def _look_up(
        self, vocabulary: Vocabulary
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        spellings = _SPELLINGS[self.lookup]
        if has_every_word(self.vectors):
            spellings = _SPELLINGS["exact"]
        words = vocabulary.words
        rows, vectors = find_vectors(
            self.vectors,
            dict.fromkeys(chain.from_iterable(map(spell, words) for spell in spellings)),
            member=self.member,
            decode_error=self.decode_error,
            cache=self.cache,
            verbose=self.verbose,
        )
        found = np.full(len(words), -1)
        for spell in spellings:
            places = map(rows.get, map(spell, words), repeat(-1))
            found = np.where(found < 0, np.fromiter(places, np.int64, len(words)), found)
        ids = vocabulary.first_id + np.flatnonzero(found >= 0)
        values = np.zeros((vocabulary.n_ids, vectors.shape[1]), np.float32)
        values[ids] = vectors[found[found >= 0]]
        has_vector = np.zeros(vocabulary.n_ids, np.bool_)
        has_vector[ids] = True
        return values, has_vector

    def _fill_missing(
        self,
        vocabulary: Vocabulary,
        values: npt.NDArray[np.float32],
        has_vector: npt.NDArray[np.bool_],
    ) -> None:
        missing = 1 + np.flatnonzero(~has_vector[1:])
        if self.oov == "mean":
            values[missing] = values[has_vector].mean(axis=0)
        elif self.oov == "normal":
            random_state = check_random_state(self.random_state)
            mean, deviation = values[has_vector].mean(axis=0), values[has_vector].std(axis=0)
            values[missing] = random_state.normal(mean, deviation, (len(missing), len(mean)))
        elif self.oov == "subword":
            first = vocabulary.first_id
            missing = missing[missing >= first]
            words = [vocabulary.words[i - first] for i in missing.tolist()]
            found = np.flatnonzero(has_vector)
            if words:
                made = subword_vectors(self.vectors, words, member=self.member, cache=self.cache)
                if made is None:
                    like = [vocabulary.words[i - first] for i in found.tolist()]
                    made = ngram_average(like, values[found], words)
                values[missing] = made

    def __sklearn_clone__(self) -> Self:
        # Vectors in memory may be gigabytes, and are only read: clones share them.
        bare = copy.copy(self)
        bare.vectors = None
        twin = cast(Self, BaseEstimator.__sklearn_clone__(bare))
        twin.vectors = self.vectors
        return twin
