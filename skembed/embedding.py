"""Pre-trained word vectors for the ids of a vocabulary."""

import copy
import os
import warnings
from collections.abc import Callable
from itertools import chain, repeat
from typing import Any, ClassVar, Literal, Self, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import InvalidParameterError, StrOptions

from skembed._embedding_step import EmbeddingStep, vocabulary_of
from skembed._fit_task import fit_task
from skembed._validation import check_sequences
from skembed.errors import CoverageWarning, EmptyVocabularyError, NoVectorsFoundError
from skembed.vectors import (
    find_vectors,
    fingerprints,
    has_every_word,
    ngram_average,
    subword_vectors,
)
from skembed.vocabulary import Vocabulary

__all__ = ["PretrainedEmbeddingMatrix"]

_SPELLINGS: dict[str, list[Callable[[str], str]]] = {
    "exact": [str],
    "fallback": [str, str.lower, str.capitalize, str.upper],
}
_COMPUTED = ("zeros", "normal", "mean", "subword")  # values of oov that name no row
_MIN_COVERAGE = 0.5  # fraction of tokens with a vector; below it, warn


class PretrainedEmbeddingMatrix(EmbeddingStep):
    """Look up a pre-trained vector for each word of the vocabulary.

    A pipeline step between the tokenizer and the classifier. ``fit`` builds the embedding
    matrix for the vocabulary of the training sequences; ``transform`` returns the sequences
    with the matrix attached. In cross-validation, each fold therefore gets a matrix for its
    own vocabulary. Replace the step by ``"passthrough"`` to learn the embedding instead.

    Parameters
    ----------
    vectors : path, KeyedVectors, mapping, DataFrame or object with ``encode``
        Source of the vectors.

        - A file, whose format is detected from its content: GloVe text, word2vec text or
          binary, fastText's ``.vec`` or ``.bin``, optionally compressed with gzip, bzip2, xz
          or zip; ``.npz`` with an array of words and an array of vectors; ``.npy`` with the
          words, one per line, in a ``.txt`` of the same name. Only the required rows are
          parsed.
        - An object in memory, shared by clones: a gensim ``KeyedVectors`` or a model that
          has one; a mapping from word to array; a DataFrame indexed by word.
        - An object whose ``encode`` takes a list of str and returns an array with one row
          per str, such as a sentence-transformers or model2vec model.
    oov : {"zeros", "normal", "mean", "subword"} or str, default="zeros"
        Vector for words missing from the source and for the out-of-vocabulary token:

        - ``"zeros"``: the zero vector;
        - ``"normal"``: drawn from a normal distribution with the per-dimension mean and
          variance of the vectors found;
        - ``"mean"``: the mean of the vectors found;
        - ``"subword"``: composed from the word's character n-grams, by the source itself if
          it is a fastText model with subwords, otherwise from the found words that contain
          them; zeros for the out-of-vocabulary token and for words with no known n-gram;
        - any other str, such as ``"<unk>"``: the vector of this word of the source.

        The tokenizer's ``oov_token`` is looked up like a word. If the source has it, the
        out-of-vocabulary id gets this vector instead, unless `oov` names a word. An object
        with ``encode`` has no words of its own: it encodes the str that `oov` names, but never
        the ``oov_token``.
    lookup : {"exact", "fallback"}, default="exact"
        ``"fallback"`` also tries a missing word in lower case, capitalized and in upper
        case, in this order. An object with ``encode`` has a vector for every word, so it is
        never asked for another spelling.
    normalize : bool, default=False
        Scale the vectors to unit Euclidean norm.
    random_state : int, RandomState instance or None, default=None
        Controls the random vectors of ``oov="normal"``; nothing else is random.
    member : str, default=None
        Name of the file to read in a zip archive; may be None if it holds only one file,
        and must be None for all other sources.
    decode_error : {"strict", "replace"}, default="strict"
        Whether to raise an error for words of a file that are not UTF-8 or to decode them with
        replacement characters.
    cache : bool, default=True
        For files: cache the position of each word, the parsed rows and, for a compressed
        file, an uncompressed copy, in the folder ``skembed/vectors`` of scikit-learn's data
        home. Later folds and processes reuse them. See Notes.
    verbose : bool, default=False
        For files: show a progress bar when reading takes more than two seconds (on a terminal,
        with rich installed).

    Attributes
    ----------
    matrix_ : ndarray of shape (n_ids, dim), dtype float32
        The vector of each id; row 0 (padding) is zero. Read-only.
    vector_size_ : int
        Dimension of the word vectors.
    coverage_ : Coverage
        Number of words and tokens found in the source, and the missing words. Words that get
        the vector of `oov` count as missing. Prints as a one-sentence summary.
    vocabulary_ : Vocabulary
        The words that the rows of the matrix represent.
    keyed_vectors_ : gensim.models.KeyedVectors
        The words found in the source and their vectors; created on each access.

    Warns
    -----
    CoverageWarning
        If fewer than half of the tokens have a vector.
    VectorFileWarning
        If the source repeats words, of which the first row is used, or if a text file has
        more or fewer rows than its header declares.

    See Also
    --------
    TrainedEmbeddingMatrix : Train word vectors on the training documents.
    EmbeddingVectorizer : Pool the word vectors of each document into one vector.
    KerasTextClassifier : Use the matrix as a frozen or trainable embedding layer.

    Notes
    -----
    Each file is scanned once. Later fits, in any process, read the word positions from the
    cache and parse only rows that are not cached yet. A file is scanned again if its size,
    modification time or sampled content changes. The cache folder may be deleted at any time.
    For fastText's ``.bin`` format, the last file read is kept in memory instead. NumPy files
    are not cached.

    ``Pipeline(memory=...)`` fits the step again if the file has changed in one of these ways, or is
    missing.

    The pickle of a fitted step holds the name of the file instead of an absolute path, and a
    placeholder instead of an object with ``encode``, because ``transform`` needs neither. To fit
    the step again in another process, set ``vectors`` first. Unfitted steps are pickled with
    the whole path and the object.

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

    _for_training = ("vectors",)
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "vectors": "no_validation",  # find_vectors validates the source
        "oov": [str],
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
        oov: str = "zeros",
        lookup: Literal["exact", "fallback"] = "exact",
        normalize: bool = False,
        random_state: int | np.random.RandomState | None = None,
        member: str | None = None,
        decode_error: Literal["strict", "replace"] = "strict",
        cache: bool = True,
        verbose: bool = False,
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
            Tokenized documents, with the vocabulary of their ids.
        y : None
            Ignored.

        Returns
        -------
        PretrainedEmbeddingMatrix
            This instance.

        Raises
        ------
        NotSequencesError
            If the sequences have no vocabulary.
        VectorFileNotFoundError, VectorFileError
            If the file is missing, empty, malformed or in an unknown format.
        EmptyVocabularyError
            If the vocabulary is empty.
        NoVectorsFoundError
            If no word has a vector in the source.
        InvalidParameterError
            If a parameter is invalid, or if `oov` names a word that the source does not have.
        """
        self._validate_params()
        sequences = check_sequences(X)
        vocabulary = vocabulary_of(sequences)
        if not len(vocabulary):
            raise EmptyVocabularyError(
                "The vocabulary of these sequences is empty: check the cleaning and tokenization "
                "steps before this one."
            )
        values, has_vector, of_unknown = self._look_up(vocabulary)
        if not has_vector.any():
            source = self.vectors if isinstance(self.vectors, str | os.PathLike) else "the source"
            raise NoVectorsFoundError(
                f"None of the {len(vocabulary)} words ({', '.join(vocabulary.words[:5])}, …) has a "
                f"vector in {source}. Is it for another language, or in another case (see "
                "lookup='fallback')?"
            )
        self._fill_missing(vocabulary, values, has_vector, of_unknown)
        if self.normalize:
            # Squares of float32 may overflow.
            norms = np.sqrt(np.einsum("ij,ij->i", values, values, dtype=np.float64))[:, np.newaxis]
            np.divide(values, norms, out=values, where=norms > 0, casting="same_kind")
        self._learn(sequences, values, has_vector)
        if self.coverage_.token_fraction < _MIN_COVERAGE:
            warnings.warn(
                f"Few tokens have a vector: {self.coverage_}. Are the vectors for another "
                "language, or in another case (see lookup='fallback')?",
                CoverageWarning,
                stacklevel=3,  # skip the decorators of fit
            )
        return self

    def _look_up(
        self, vocabulary: Vocabulary
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_], npt.NDArray[np.float32] | None]:
        """Return the matrix, which of its rows are filled, and the vector for unknown words."""
        spellings = _SPELLINGS[self.lookup]
        if has_every_word(self.vectors):
            spellings = _SPELLINGS["exact"]
        unknown = self._word_for_unknown(vocabulary)
        words = [*vocabulary.words, *([] if unknown is None else [unknown])]
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
            indices = map(rows.get, map(spell, words), repeat(-1))
            found = np.where(found < 0, np.fromiter(indices, np.int64, len(words)), found)
        of_unknown = None if unknown is None or found[-1] < 0 else vectors[found[-1]]
        found = found[: len(vocabulary)]
        ids = vocabulary.first_id + np.flatnonzero(found >= 0)
        values = np.zeros((vocabulary.n_ids, vectors.shape[1]), np.float32)
        values[ids] = vectors[found[found >= 0]]
        has_vector = np.zeros(vocabulary.n_ids, np.bool_)
        has_vector[ids] = True
        return values, has_vector, of_unknown

    def _word_for_unknown(self, vocabulary: Vocabulary) -> str | None:
        """Return the word of the source that stands for unknown words; it may not have it."""
        if self.oov not in _COMPUTED:
            return self.oov
        return None if has_every_word(self.vectors) else vocabulary.oov_token

    def _fill_missing(
        self,
        vocabulary: Vocabulary,
        values: npt.NDArray[np.float32],
        has_vector: npt.NDArray[np.bool_],
        of_unknown: npt.NDArray[np.float32] | None,
    ) -> None:
        missing = 1 + np.flatnonzero(~has_vector[1:])
        if self.oov not in _COMPUTED:
            if of_unknown is None:
                raise InvalidParameterError(
                    f"The 'oov' parameter of {type(self).__name__} must be one of "
                    f"{', '.join(map(repr, _COMPUTED))}, or a word of the source of the vectors. "
                    f"Got {self.oov!r}, which the source does not have: pass the word for unknown "
                    "words as the source writes it, such as '<unk>' or 'UNK'."
                )
            values[missing] = of_unknown
            return
        if of_unknown is not None:
            values[vocabulary.oov_id] = of_unknown
            missing = missing[missing != vocabulary.oov_id]
        if self.oov == "mean":
            values[missing] = values[has_vector].mean(axis=0, dtype=np.float64)
        elif self.oov == "normal":
            random_state = check_random_state(self.random_state)
            known = values[has_vector].astype(np.float64)  # sums of float32 may overflow
            mean, deviation = known.mean(axis=0), known.std(axis=0)
            values[missing] = random_state.normal(mean, deviation, (len(missing), len(mean)))
        elif self.oov == "subword":
            first = vocabulary.first_id
            missing = missing[(missing >= first) & (missing < first + len(vocabulary))]
            words = [vocabulary.words[i - first] for i in missing.tolist()]
            found = np.flatnonzero(has_vector)
            if words:
                composed = subword_vectors(
                    self.vectors,
                    words,
                    member=self.member,
                    decode_error=self.decode_error,
                    cache=self.cache,
                )
                if composed is None:
                    found_words = [vocabulary.words[i - first] for i in found.tolist()]
                    composed = ngram_average(found_words, values[found], words)
                values[missing] = composed

    def _read_by_fit(self) -> list[str]:
        return fingerprints(self.vectors)

    def _source(self) -> str:
        if isinstance(self.vectors, str | os.PathLike):
            return f"from {os.path.basename(self.vectors)}"
        what = getattr(self.vectors, "what", type(self.vectors).__name__)  # of NotSaved
        return f"from {what.split('.')[-1]}"

    def __sklearn_clone__(self) -> Self:
        # In-memory vectors may take gigabytes and are never modified, so clones share them.
        without_vectors = copy.copy(self)
        without_vectors.vectors = None
        cloned = cast(Self, BaseEstimator.__sklearn_clone__(without_vectors))
        cloned.vectors = self.vectors
        return cloned
