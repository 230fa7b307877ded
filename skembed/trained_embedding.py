"""Word vectors learned from the training documents themselves."""

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
from skembed.errors import EmptyVocabularyError
from skembed.sequences import TokenSequences
from skembed.vectors import Coverage, keyed_vectors
from skembed.vocabulary import Vocabulary

__all__ = ["TrainedEmbeddingMatrix"]

_NGRAMS = (3, 6)  # characters in fastText's subwords, gensim's default and the paper's
_MOST_BUCKETS = 2_000_000  # gensim's default

# Vectors by id, and which ids have one: of the candidates of a search, one trains them.
_LEARNED: Recent[tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]] = Recent(128 * 2**20)

_positive = Interval(Integral, 1, None, closed="left")


class TrainedEmbeddingMatrix(EmbeddingStep):
    r"""Train word2vec or fastText vectors on the training documents, with gensim.

    An ordinary step between tokenizer and classifier: ``fit`` trains on the
    sequences that it sees, in cross-validation those of the training fold alone,
    and ``transform`` hands sequences on with the matrix attached. Padding and the
    unknown word are left out of the training. Before ``PadSequences`` the step
    learns from whole documents; behind it, from what truncation left of them.

    Parameters
    ----------
    algorithm : {"word2vec", "fasttext"}, default="word2vec"
        ``"fasttext"`` learns vectors of character n-grams too, so that words of one
        stem share what is learned.
    vector_size : int, default=100
        Numbers in a vector.
    window : int, default=5
        The farthest that two words of a context may stand apart.
    min_count : int, default=1
        Words that occur less often in the training documents are not trained on. In
        word2vec they get no vector, in fastText one from their subwords. (gensim has
        5; here the tokenizer has chosen the words already.)
    sg : {0, 1}, default=0
        1 trains skip-grams, 0 continuous bags of words.
    negative : int, default=5
        Words drawn as wrong answers for each right one.
    epochs : int, default=5
        Times to go through the documents.
    workers : int, default=1
        Threads. More than one make training faster, and no training repeats another.
        (gensim has 3.)
    random_state : int, RandomState instance or None, default=None
        Seeds the training: with ``workers=1`` a fit repeats bit for bit.
    sentence_end : str, default=None
        A word of the vocabulary that ends a sentence: no context reaches across it,
        it gets no vector and counts as no word in ``coverage_``, and ``transform``
        drops it. For a line break kept by ``TextCleaner(keep_line_breaks=True)`` and
        ``KerasTokenizerTransformer(filters="")`` this is ``"\n"``. None: a document
        is one sentence.

    Attributes
    ----------
    matrix_ : ndarray of shape (n_ids, vector_size), dtype float32
        The vector of each id; zeros for padding, the unknown word and words without
        one. Read-only.
    vector_size_ : int
        Numbers in a vector.
    coverage_ : Coverage
        How many words and tokens have vectors, and which have not.
    vocabulary_ : Vocabulary
        The words that the rows stand for.
    keyed_vectors_ : gensim.models.KeyedVectors
        The words with a vector, made anew each time.

    See Also
    --------
    PretrainedEmbeddingMatrix : Vectors learned from other, larger texts.
    EmbeddingVectorizer : Makes one vector of a document's.

    Notes
    -----
    Rates, subsampling and all else are gensim's defaults. A sentence of more than
    10,000 words is given to gensim in pieces, since it would ignore the rest. Where
    `random_state` is a number, the vectors are kept for a fit with the same parameters on the same
    documents, such as another candidate's in a search, up to 128 MB in a process.

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
            Documents as ids, with the vocabulary that made them.
        y : None
            Ignored.

        Returns
        -------
        TrainedEmbeddingMatrix
            This instance.

        Raises
        ------
        NotSequencesError
            If the ids come without a vocabulary.
        EmptyVocabularyError
            If no known word occurs `min_count` times.
        InvalidParameterError
            If a parameter is none of the documented values, or `sentence_end` is no
            word of the vocabulary.
        """
        self._validate_params()
        sequences = check_sequences(X)
        vocabulary = vocabulary_of(sequences)
        end = self._sentence_end_in(vocabulary)
        is_word = np.zeros(vocabulary.n_ids, np.bool_)
        is_word[vocabulary.first_id : vocabulary.first_id + len(vocabulary)] = True
        is_word[[id for id in (vocabulary.oov_id, end) if id is not None]] = False
        self._check_counts(sequences, is_word)
        key = self._fingerprint(sequences) if isinstance(self.random_state, Integral) else None
        learned = None if key is None else _LEARNED.get(key)
        if learned is None:
            vectors = self._trained(_Sentences(sequences, is_word, end), vocabulary)
            learned = _by_id(vectors, vocabulary, is_word)
        if key is not None:
            _LEARNED.keep(key, learned, learned[0].nbytes)
        self._sentence_end_id = end
        self._learn(_without(end, sequences), *learned)
        return self

    def _fingerprint(self, sequences: TokenSequences) -> bytes:
        """Return what stands for the parameters and the text."""
        words = vocabulary_of(sequences)
        arrays = (blake2b(x.tobytes()).hexdigest() for x in (sequences.ids, sequences.offsets))
        return fingerprint([repr(self.get_params()), *arrays, str(words.oov_token), *words.words])

    def _sentence_end_in(self, vocabulary: Vocabulary) -> int | None:
        if self.sentence_end is None:
            return None
        if self.sentence_end not in vocabulary:
            raise InvalidParameterError(
                f"The 'sentence_end' parameter of TrainedEmbeddingMatrix must be a word of the "
                f"vocabulary, and {self.sentence_end!r} is not among its {len(vocabulary)} words. "
                'For "\\n" use TextCleaner(keep_line_breaks=True) and '
                'KerasTokenizerTransformer(filters="").'
            )
        return vocabulary[self.sentence_end]

    def _check_counts(self, sequences: TokenSequences, is_word: npt.NDArray[np.bool_]) -> None:
        counts = np.bincount(sequences.ids, minlength=len(is_word)) * is_word
        if not counts.any():
            raise EmptyVocabularyError(
                f"Not one of {len(sequences.ids)} tokens is a word of the vocabulary: train on the "
                "documents that the tokenizer was fitted on."
            )
        if counts.max() < self.min_count:
            most_frequent = vocabulary_of(sequences).word(int(counts.argmax()))
            raise EmptyVocabularyError(
                f"Not one word occurs min_count={self.min_count} times in these documents; the "
                f"most frequent, {most_frequent!r}, occurs {counts.max()} times: lower min_count."
            )

    def _trained(self, sentences: "_Sentences", vocabulary: Vocabulary) -> Any:
        from gensim.models import FastText, Word2Vec

        settings: dict[str, Any] = {
            "vector_size": self.vector_size,
            "window": self.window,
            "min_count": self.min_count,
            "sg": self.sg,
            "negative": self.negative,
            "epochs": self.epochs,
            "workers": self.workers,
            "seed": check_random_state(self.random_state).randint(np.iinfo(np.int32).max),
        }
        if self.algorithm == "word2vec":
            return Word2Vec(sentences, **settings).wv
        return FastText(sentences, bucket=_n_buckets(vocabulary), **settings).wv

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

    def transform(self, X: Any) -> TokenSequences:
        """Attach the matrix to sequences, and drop the ends of sentences.

        Parameters
        ----------
        X : TokenSequences
            Documents as ids, with the vocabulary seen in ``fit``.

        Returns
        -------
        TokenSequences
            The ids, but that of `sentence_end`, with ``embedding`` set.

        Raises
        ------
        VocabularyMismatchError
            If the ids were made with another vocabulary.
        """
        attached = super().transform(X)  # which checks
        return _without(self._sentence_end_id, attached)

    @property
    def keyed_vectors_(self) -> Any:
        """The words with a vector, as a gensim ``KeyedVectors``; made anew each time."""
        check_is_fitted(self)
        without = [*self.coverage_.missing]
        if self._sentence_end_id is not None:
            without.append(self.vocabulary_.word(self._sentence_end_id))
        return keyed_vectors(self.vocabulary_, self.matrix_, without)


def _by_id(
    vectors: Any, vocabulary: Vocabulary, is_word: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return the vector of each id, and which ids have one."""
    # To fastText's vectors every word belongs, thanks to its subwords.
    found = [id for id in np.flatnonzero(is_word).tolist() if vocabulary.word(id) in vectors]
    values = np.zeros((vocabulary.n_ids, vectors.vector_size), np.float32)
    values[found] = vectors[[vocabulary.word(id) for id in found]]
    has_vector = np.zeros(vocabulary.n_ids, np.bool_)
    has_vector[found] = True
    return values, has_vector


class _Sentences:
    """The text as gensim reads it: lists of words, none too long, as often as it asks."""

    def __init__(
        self, sequences: TokenSequences, is_word: npt.NDArray[np.bool_], end: int | None
    ) -> None:
        vocabulary = vocabulary_of(sequences)
        self.words = np.array([""] * vocabulary.n_ids, object)
        self.words[vocabulary.first_id : vocabulary.first_id + len(vocabulary)] = vocabulary.words
        kept = is_word[sequences.ids]
        self.ids = sequences.ids[kept]
        ends = np.flatnonzero(sequences.ids == (-1 if end is None else end))
        # Sentences without a word begin where they end, so that unique drops them.
        self.bounds = np.unique(_counted(kept)[np.union1d(sequences.offsets, ends)])

    def __iter__(self) -> Iterator[list[str]]:
        from gensim.models.word2vec import MAX_WORDS_IN_BATCH  # gensim ignores what is beyond

        for start, end in pairwise(self.bounds.tolist()):
            for first in range(start, end, MAX_WORDS_IN_BATCH):
                last = min(first + MAX_WORDS_IN_BATCH, end)
                yield self.words[self.ids[first:last]].tolist()


def _counted(chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return how many are chosen before each place, and before the end."""
    return np.concatenate([[0], np.cumsum(chosen, dtype=np.int64)])


def _without(id: int | None, sequences: TokenSequences) -> TokenSequences:
    kept = sequences.ids != (-1 if id is None else id)
    if kept.all():
        return sequences
    offsets = _counted(kept)[sequences.offsets]
    return replace(sequences, ids=sequences.ids[kept], offsets=offsets)


def _n_buckets(vocabulary: Vocabulary) -> int:
    # A bucket is a vector, allocated and drawn in each fit: gensim's 2 million take 3.4 s
    # and 0.8 GB at 100 numbers. Only the buckets of this vocabulary's n-grams are ever read,
    # so as many as there are n-grams will do: for the 88,582 words of 25,000 film reviews
    # 402,451, which take 0.13 s and 0.16 GB, and 0.7 s to be counted.
    from gensim.models.fasttext_inner import compute_ngrams

    ngrams = {ngram for word in vocabulary for ngram in compute_ngrams(word, *_NGRAMS)}
    return min(len(ngrams), _MOST_BUCKETS)
