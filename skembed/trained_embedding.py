"""Word vectors trained on the training documents."""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from itertools import pairwise
from numbers import Integral
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
)
from sklearn.utils.validation import check_is_fitted

from skembed._embedding_step import EmbeddingStep, vocabulary_of
from skembed._fit_task import fit_task
from skembed._recent import Recent, fingerprint
from skembed._validation import check_sequences
from skembed.errors import EmptyVocabularyError, NotEnoughMemoryError
from skembed.sequences import TokenSequences
from skembed.vectors import Coverage, keyed_vectors
from skembed.vocabulary import Vocabulary

__all__ = ["TrainedEmbeddingMatrix"]

_NGRAM_LENGTHS = (3, 6)  # subword lengths, the default of gensim and of the fastText paper
_MAX_BUCKETS = 2_000_000  # gensim's default

# Cached vectors and found mask per id, so that the candidates of a search share one training.
_LEARNED_CACHE: Recent[tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]] = Recent(128 * 2**20)

_MAX_INT = 2**31 - 1  # more ends gensim's threads, for which it waits without an end
_positive = Interval(Integral, 1, _MAX_INT, closed="both")
_SURROGATE = re.compile("[\ud800-\udfff]")  # fastText takes the UTF-8 of words


class TrainedEmbeddingMatrix(EmbeddingStep):
    r"""Train word2vec or fastText vectors on the training documents, with gensim.

    A pipeline step between the tokenizer and the classifier. ``fit`` trains on the given
    sequences (in cross-validation, those of the training fold only) and ``transform``
    returns the sequences with the embedding matrix attached. Padding and the
    out-of-vocabulary token are excluded from training. Placed before ``PadSequences``, the
    step trains on whole documents; placed after it, on truncated ones.

    Parameters
    ----------
    algorithm : {"word2vec", "fasttext"}, default="word2vec"
        ``"fasttext"`` also learns vectors for character n-grams, so that words with the
        same stem share information.
    vector_size : int, default=100
        Dimension of the word vectors.
    window : int, default=5
        Maximum distance between a word and its context words.
    min_count : int, default=1
        Words with fewer occurrences in the training documents are ignored in training. With
        word2vec they get no vector; with fastText, their vector is composed from their
        subwords. (gensim's default is 5; here the tokenizer already selects the words.)
    sg : {0, 1}, default=0
        Training algorithm: 1 for skip-gram, 0 for continuous bag of words (CBOW).
    negative : int, default=5
        Number of negative samples per positive one.
    epochs : int, default=5
        Number of passes over the documents.
    workers : int, default=1
        Number of training threads. More than one is faster, but not reproducible. (gensim's
        default is 3.)
    random_state : int, RandomState instance or None, default=None
        Seeds the training. With ``workers=1``, an int makes fits identical bit for bit.
    sentence_end : str, default=None
        A word of the vocabulary that marks the end of a sentence. Context windows do not
        cross it, it gets no vector, ``coverage_`` does not count it and ``transform`` removes
        it. Use ``"\n"`` for line breaks kept by ``TextCleaner(keep_line_breaks=True)`` and
        ``KerasTokenizerTransformer(filters="")``. If None, each document is one sentence.

    Attributes
    ----------
    matrix_ : ndarray of shape (n_ids, vector_size), dtype float32
        The vector of each id; zeros for padding, the out-of-vocabulary token and words
        without a vector. Read-only.
    vector_size_ : int
        Dimension of the word vectors.
    coverage_ : Coverage
        Number of words and tokens with a vector, and the words without one.
    vocabulary_ : Vocabulary
        The words that the rows of the matrix represent.
    keyed_vectors_ : gensim.models.KeyedVectors
        The words with a vector and their vectors; created on each access.

    See Also
    --------
    PretrainedEmbeddingMatrix : Look up vectors trained on other, larger corpora.
    EmbeddingVectorizer : Pool the word vectors of each document into one vector.

    Notes
    -----
    Learning rate, subsampling and all other settings are gensim's defaults. gensim ignores
    the words of a sentence beyond the first 10,000, so longer sentences are split. If
    `random_state` is an int, the vectors are cached (up to 128 MB per process) and reused by
    fits with the same parameters and documents, such as other candidates of a search.

    References
    ----------
    Mikolov et al., "Distributed Representations of Words and Phrases and their
    Compositionality", NIPS 2013. Bojanowski et al., "Enriching Word Vectors with
    Subword Information", TACL 2017. Řehůřek and Sojka, "Software Framework for Topic
    Modelling with Large Corpora", LREC 2010.

    Examples
    --------
    >>> from skembed import KerasTokenizerTransformer, TextCleaner, TrainedEmbeddingMatrix
    >>> texts = TextCleaner(keep_line_breaks=True).transform(["Good work.\nWell done!"])
    >>> sequences = KerasTokenizerTransformer(filters="").fit_transform(texts)
    >>> step = TrainedEmbeddingMatrix(vector_size=10, sentence_end="\n", random_state=0)
    >>> step.fit_transform(sequences)
    <TokenSequences of 1 documents, 4 tokens, 7 ids, ragged, 10-d vectors>
    >>> print(step.coverage_)
    4 of 4 words have vectors (100.0%), 100.0% of all tokens
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "algorithm": [StrOptions({"word2vec", "fasttext"})],
        "vector_size": [_positive],
        "window": [_positive],
        "min_count": [_positive],
        "sg": [Options(Integral, {0, 1})],
        "negative": [_positive],
        "epochs": [_positive],
        "workers": [_positive],
        "random_state": ["random_state"],
        "sentence_end": [str, None],
    }

    def __init__(
        self,
        algorithm: Literal["word2vec", "fasttext"] = "word2vec",
        *,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 1,
        sg: Literal[0, 1] = 0,
        negative: int = 5,
        epochs: int = 5,
        workers: int = 1,
        random_state: int | np.random.RandomState | None = None,
        sentence_end: str | None = None,
    ) -> None:
        self.algorithm = algorithm
        self.vector_size = vector_size
        self.window = window
        self.min_count = min_count
        self.sg = sg
        self.negative = negative
        self.epochs = epochs
        self.workers = workers
        self.random_state = random_state
        self.sentence_end = sentence_end

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Train the vectors of the vocabulary.

        Parameters
        ----------
        X : TokenSequences
            Tokenized documents, with the vocabulary of their ids.
        y : None
            Ignored.

        Returns
        -------
        TrainedEmbeddingMatrix
            This instance.

        Raises
        ------
        NotSequencesError
            If the sequences have no vocabulary.
        EmptyVocabularyError
            If no word of the vocabulary occurs at least `min_count` times.
        InvalidParameterError
            If a parameter is outside its documented values, or `sentence_end` is not in the
            vocabulary.
        NotEnoughMemoryError
            If the vectors do not fit into memory.
        """
        self._validate_params()
        sequences = check_sequences(X)
        vocabulary = vocabulary_of(sequences)
        end = self._find_sentence_end(vocabulary)
        is_word = np.zeros(vocabulary.n_ids, np.bool_)
        is_word[vocabulary.first_id : vocabulary.first_id + len(vocabulary)] = True
        is_word[[id for id in (vocabulary.oov_id, end) if id is not None]] = False
        if self.algorithm == "fasttext":
            is_word[[id for word, id in vocabulary.items() if _SURROGATE.search(word)]] = False
        self._check_counts(sequences, is_word)
        key = self._fingerprint(sequences) if isinstance(self.random_state, Integral) else None
        learned = None if key is None else _LEARNED_CACHE.get(key)
        if learned is None:
            vectors = self._train(_Sentences(sequences, is_word, end), vocabulary)
            learned = _collect_vectors(vectors, vocabulary, is_word)
        if key is not None:
            _LEARNED_CACHE.keep(key, learned, learned[0].nbytes)
        self._sentence_end_id = end
        self._learn(_drop_id(end, sequences), *learned)
        return self

    def _fingerprint(self, sequences: TokenSequences) -> bytes:
        """Return a digest of the parameters and the training documents."""
        words = vocabulary_of(sequences)
        arrays = (blake2b(x.tobytes()).hexdigest() for x in (sequences.ids, sequences.offsets))
        return fingerprint([repr(self.get_params()), *arrays, str(words.oov_token), *words.words])

    def _find_sentence_end(self, vocabulary: Vocabulary) -> int | None:
        if self.sentence_end is None:
            return None
        if self.sentence_end not in vocabulary:
            raise InvalidParameterError(
                f"The 'sentence_end' parameter of TrainedEmbeddingMatrix must be a word of the "
                f"vocabulary, but {self.sentence_end!r} is not among its {len(vocabulary)} words. "
                'For "\\n", use TextCleaner(keep_line_breaks=True) and '
                'KerasTokenizerTransformer(filters="").'
            )
        return vocabulary[self.sentence_end]

    def _check_counts(self, sequences: TokenSequences, is_word: npt.NDArray[np.bool_]) -> None:
        counts = np.bincount(sequences.ids, minlength=len(is_word)) * is_word
        if not counts.any():
            raise EmptyVocabularyError(
                f"None of the {len(sequences.ids)} tokens is a word of the vocabulary: train on "
                "the documents that the tokenizer was fitted on."
            )
        if counts.max() < self.min_count:
            most_frequent = vocabulary_of(sequences).word(int(counts.argmax()))
            raise EmptyVocabularyError(
                f"No word occurs min_count={self.min_count} times in these documents; the most "
                f"frequent, {most_frequent!r}, occurs {counts.max()} times: lower min_count."
            )

    def _train(self, sentences: "_Sentences", vocabulary: Vocabulary) -> Any:
        from gensim.models import FastText, Word2Vec

        settings: dict[str, Any] = {
            "vector_size": int(self.vector_size),  # True is 1, which gensim does not know
            "window": self.window,
            "min_count": self.min_count,
            "sg": self.sg,
            "negative": self.negative,
            "epochs": self.epochs,
            "workers": self.workers,
            "seed": check_random_state(self.random_state).randint(np.iinfo(np.int32).max),
        }
        try:
            if self.algorithm == "word2vec":
                return Word2Vec(sentences, **settings).wv
            return FastText(sentences, bucket=_count_buckets(vocabulary), **settings).wv
        except MemoryError as error:
            raise NotEnoughMemoryError(
                f"{len(vocabulary):,} word vectors of {self.vector_size:,} numbers do not fit into "
                "memory: lower vector_size, or the number of words (num_words, min_count)."
            ) from error

    def _learn(
        self,
        sequences: TokenSequences,
        values: npt.NDArray[np.float32],
        has_vector: npt.NDArray[np.bool_],
    ) -> None:
        super()._learn(sequences, values, has_vector)
        end = self._sentence_end_id
        if end is not None:
            words = [word for word in self.vocabulary_ if word != self.sentence_end]
            counts = np.bincount(sequences.ids, minlength=len(values))
            self.coverage_ = Coverage.of(
                Vocabulary(words, self.vocabulary_.oov_token),
                np.delete(has_vector, end),
                np.delete(counts, end),
            )

    def _source(self) -> str:
        return f"{self.algorithm} trained on the documents"

    def transform(self, X: Any) -> TokenSequences:
        """Attach the matrix to sequences and remove the sentence ends.

        Parameters
        ----------
        X : TokenSequences
            Tokenized documents, with the vocabulary seen in ``fit``.

        Returns
        -------
        TokenSequences
            The sequences without the `sentence_end` ids, with ``embedding`` set.

        Raises
        ------
        VocabularyMismatchError
            If the sequences were made with a different vocabulary.
        """
        with_matrix = super().transform(X)  # first, since it checks that fit was called
        return _drop_id(self._sentence_end_id, with_matrix)

    @property
    def keyed_vectors_(self) -> Any:
        """The words with a vector, as a gensim ``KeyedVectors``; created on each access."""
        check_is_fitted(self)
        excluded = [*self.coverage_.missing]
        if self._sentence_end_id is not None:
            excluded.append(self.vocabulary_.word(self._sentence_end_id))
        return keyed_vectors(self.vocabulary_, self.matrix_, excluded)


def _collect_vectors(
    vectors: Any, vocabulary: Vocabulary, is_word: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return the vector of each id and a mask of the ids that have one."""
    # fastText has a vector for every word, composed from its subwords.
    found = [id for id in np.flatnonzero(is_word).tolist() if vocabulary.word(id) in vectors]
    values = np.zeros((vocabulary.n_ids, vectors.vector_size), np.float32)
    values[found] = vectors[[vocabulary.word(id) for id in found]]
    has_vector = np.zeros(vocabulary.n_ids, np.bool_)
    has_vector[found] = True
    return values, has_vector


class _Sentences:
    """Re-iterable corpus for gensim: sentences as lists of words, split at gensim's limit."""

    def __init__(
        self, sequences: TokenSequences, is_word: npt.NDArray[np.bool_], end: int | None
    ) -> None:
        vocabulary = vocabulary_of(sequences)
        self.words = np.array([""] * vocabulary.n_ids, object)
        self.words[vocabulary.first_id : vocabulary.first_id + len(vocabulary)] = vocabulary.words
        kept = is_word[sequences.ids]
        self.ids = sequences.ids[kept]
        ends = np.flatnonzero(sequences.ids == (-1 if end is None else end))
        # Empty sentences start and end at the same position, so unique drops them.
        self.bounds = np.unique(_count_true_before(kept)[np.union1d(sequences.offsets, ends)])

    def __iter__(self) -> Iterator[list[str]]:
        from gensim.models.word2vec import MAX_WORDS_IN_BATCH  # gensim ignores the rest

        for start, end in pairwise(self.bounds.tolist()):
            for first in range(start, end, MAX_WORDS_IN_BATCH):
                last = min(first + MAX_WORDS_IN_BATCH, end)
                yield self.words[self.ids[first:last]].tolist()


def _count_true_before(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the number of True values before each position and before the end."""
    return np.concatenate([[0], np.cumsum(mask, dtype=np.int64)])


def _drop_id(id: int | None, sequences: TokenSequences) -> TokenSequences:
    kept = sequences.ids != (-1 if id is None else id)
    if kept.all():
        return sequences
    offsets = _count_true_before(kept)[sequences.offsets]
    return replace(sequences, ids=sequences.ids[kept], offsets=offsets)


def _count_buckets(vocabulary: Vocabulary) -> int:
    # Each bucket is a vector, allocated and initialized in every fit: gensim's 2 million
    # buckets take 3.4 s and 0.8 GB at 100 dimensions. Only the buckets of this vocabulary's
    # n-grams are used, so one bucket per n-gram is enough. For the 88,582 words of 25,000
    # film reviews, these are 402,451 buckets, which take 0.13 s and 0.16 GB, plus 0.7 s to
    # count the n-grams.
    from gensim.models.fasttext_inner import compute_ngrams

    ngrams = {ngram for word in vocabulary for ngram in compute_ngrams(word, *_NGRAM_LENGTHS)}
    return min(len(ngrams), _MAX_BUCKETS)
