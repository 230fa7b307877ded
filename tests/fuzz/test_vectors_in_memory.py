"""Word vectors from memory: what is found, what fills the rest, and pooling, in plain Python."""

import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from fuzz.strategies import JUNK, failed, junk, outcome, parameters
from fuzzing import drawn
from gensim.models import KeyedVectors
from hypothesis import strategies as st
from sklearn.base import clone

from skembed import (
    EmbeddingMatrix,
    EmbeddingVectorizer,
    PretrainedEmbeddingMatrix,
    TokenSequences,
    TrainedEmbeddingMatrix,
    Vocabulary,
)
from skembed.errors import EmptyVocabularyError, NoVectorsFoundError

pytestmark = pytest.mark.filterwarnings("ignore::skembed.errors.CoverageWarning")

SPELLED = [
    "good",
    "Good",
    "GOOD",
    "poor",
    "Poor",
    "straße",
    "STRASSE",
    "İ",
    "[UNK]",
    "\ud800",
    "a b",
]
some_words = st.lists(st.sampled_from(SPELLED), unique=True, min_size=1, max_size=6)
numbers = st.floats(-1e6, 1e6, width=32)
tables = st.integers(1, 3).flatmap(
    lambda size: st.dictionaries(
        st.sampled_from(SPELLED), st.lists(numbers, min_size=size, max_size=size), max_size=8
    )
)
rows = st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=1, max_size=6)


class Lengths:
    def encode(self, words):
        return [[len(word), ord(word[0])] for word in words]


def keyed(table):
    vectors = KeyedVectors(len(next(iter(table.values()))))
    vectors.add_vectors([*table], np.array([*table.values()], np.float32))
    return vectors


SOURCES = {
    "mapping": dict,
    "arrays": lambda table: {word: np.array(row) for word, row in table.items()},
    "frame": lambda table: pd.DataFrame(table).T,
    "KeyedVectors": keyed,
    "encoder": lambda table: Lengths(),
}


def sequences_of(rows, words, oov_token):
    vocabulary = Vocabulary(words, oov_token)
    ids = [[1 + id % (vocabulary.n_ids - 1) for id in row] for row in rows]
    return TokenSequences.from_lists(ids, vocabulary)


@drawn(
    40,
    1200,
    rows=rows,
    words=some_words,
    oov_token=st.sampled_from([None, "[UNK]", "good"]),
    table=tables,
    source=st.sampled_from([*SOURCES]),
    params=parameters(
        PretrainedEmbeddingMatrix,
        vectors=None,
        member=None,
        verbose=None,
        oov=st.sampled_from(["zeros", "zeros", "normal", "mean", "subword", "good", "nowhere"]),
    ),
)
def test_a_matrix_holds_the_vectors_of_its_words(rows, words, oov_token, table, source, params):
    sequences = sequences_of(rows, words, oov_token)
    if not table and source != "mapping":
        return
    given = SOURCES[source](table)
    before = joblib.hash(given)
    step = PretrainedEmbeddingMatrix(given, **params)
    result = outcome(step.fit_transform, sequences)
    assert joblib.hash(given) == before
    if failed(result):
        assert not hasattr(step, "coverage_")
        return
    assert result.to_lists() == sequences.to_lists()
    assert result.vocabulary == sequences.vocabulary
    matrix, vocabulary = step.matrix_, sequences.vocabulary
    assert matrix.shape == (vocabulary.n_ids, step.vector_size_)
    assert matrix.dtype == np.float32
    assert np.isfinite(matrix).all()
    assert not matrix[0].any()
    spellings = [lambda w: w, str.lower, str.capitalize, str.upper]
    spellings = spellings[:1] if params.get("lookup", "exact") == "exact" else spellings
    n_found = 0
    for word, id in vocabulary.items():
        known = [table[s(word)] for s in spellings if s(word) in table]
        if source == "encoder":
            known = Lengths().encode([word])
        if not known:
            assert word in step.coverage_.missing
            if params.get("oov", "zeros") == "zeros" and id != vocabulary.oov_id:
                assert not matrix[id].any()
            continue
        n_found += 1
        vector = np.array(known[0], np.float32).astype(float)
        norm = np.linalg.norm(vector)
        vector = vector / norm if params.get("normalize") and norm > 0 else vector
        np.testing.assert_allclose(matrix[id], vector, rtol=1e-5, atol=1e-7)
    assert step.coverage_.n_found == n_found
    assert step.coverage_.n_words == len(vocabulary)
    if params.get("oov") != "normal" or params.get("random_state") is not None:
        assert np.array_equal(clone(step).fit(sequences).matrix_, matrix)
    loaded = pickle.loads(pickle.dumps(step))
    assert loaded.transform(sequences) == result
    assert step.transform(sequences[::-1]) == result[::-1]


@drawn(30, 800, words=some_words, what=junk, place=st.integers(0, 2), inside=st.booleans())
def test_junk_as_vectors(words, what, place, inside):
    sequences = sequences_of([[1, 2]], words, None)
    value = JUNK[what]
    rows = {"good": [1.0, 2.0], "poor": [3.0, 4.0], "Good": [0.0, 1.0]}
    word = [*rows][place]
    rows[word] = [1.0, value] if inside else value
    for source in (
        rows,
        pd.Series(rows),
        {value if what != "array" else 0: [1.0]} if _hashable(value) else rows,
    ):
        step = PretrainedEmbeddingMatrix(source)
        result = outcome(step.fit_transform, sequences)
        if not failed(result):
            assert np.isfinite(step.matrix_).all()
    if not isinstance(value, dict):
        assert failed(outcome(PretrainedEmbeddingMatrix(value).fit_transform, sequences))


def _hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


POOLED = {
    "mean": lambda vectors, weights: vectors.mean(axis=0),
    "sum": lambda vectors, weights: vectors.sum(axis=0),
    "max": lambda vectors, weights: vectors.max(axis=0),
    "tfidf": lambda vectors, weights: (weights @ vectors) / weights.sum(),
}


@drawn(
    40,
    1000,
    rows=rows,
    test=rows,
    values=st.lists(
        st.lists(st.floats(-100, 100, width=16), min_size=2, max_size=2), min_size=3, max_size=3
    ),
    pooling=st.sampled_from([*POOLED]),
    width=st.none() | st.integers(1, 5),
)
def test_pooled_vectors_are_those_of_plain_numpy(rows, test, values, pooling, width):
    matrix = EmbeddingMatrix(np.array([[0, 0], *values], np.float32))
    vocabulary = Vocabulary(["a", "b", "c"])

    def made(rows):
        sequences = TokenSequences.from_lists(rows, vocabulary).with_embedding(matrix)
        return sequences if width is None else sequences.padded(width)

    train, test = made(rows), made(test)
    ids_of_rows = [row.tolist() for row in np.split(train.ids, train.offsets[1:-1])]
    n_with = np.array([sum(id in row for row in ids_of_rows) for id in range(4)])
    idf = np.log((1 + len(train)) / (1 + n_with)) + 1
    step = EmbeddingVectorizer(pooling).fit(train)
    found = step.transform(test)
    assert found.dtype == np.float32
    assert found.shape == (len(test), 2)
    for i, ids in enumerate(np.split(test.ids, test.offsets[1:-1])):
        counted = ids[matrix.values[ids].any(axis=1)]
        vectors = matrix.values[counted].astype(float)
        expected = POOLED[pooling](vectors, idf[counted]) if len(counted) else np.zeros(2)
        np.testing.assert_allclose(found[i], expected, rtol=2e-5, atol=1e-4)
        np.testing.assert_allclose(step.transform(test[[i]])[0], found[i], rtol=1e-6)
    assert np.array_equal(step.transform(test[::-1]), found[::-1])
    assert np.array_equal(pickle.loads(pickle.dumps(step)).transform(test), found)
    assert np.array_equal(clone(step).fit(train).transform(test), found)
    assert np.array_equal(
        EmbeddingVectorizer(pooling).fit_transform(train), clone(step).fit(train).transform(train)
    )


@drawn(
    5,
    250,
    rows=rows,
    words=some_words,
    oov_token=st.sampled_from([None, "[UNK]", "good"]),
    params=parameters(
        TrainedEmbeddingMatrix,
        vector_size=st.integers(1, 5),
        window=st.integers(1, 3) | st.integers(1, 2**70),
        min_count=st.integers(1, 3) | st.integers(1, 2**70),
        negative=st.integers(1, 3),
        epochs=st.integers(1, 3),
        workers=st.integers(1, 2),
        sentence_end=st.sampled_from([None, None, "good", "\n"]),
    ),
)
def test_trained_vectors(rows, words, oov_token, params):
    sequences = sequences_of(rows, words, oov_token)
    step = TrainedEmbeddingMatrix(**params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = outcome(step.fit_transform, sequences)
    if failed(result):
        assert not hasattr(step, "coverage_")
        return
    end = params.get("sentence_end")
    end = None if end is None else sequences.vocabulary[end]
    assert result.to_lists() == [[id for id in row if id != end] for row in sequences.to_lists()]
    assert step.matrix_.shape == (sequences.vocabulary.n_ids, params.get("vector_size", 100))
    assert np.isfinite(step.matrix_).all()
    assert not step.matrix_[0].any()
    assert pickle.loads(pickle.dumps(step)).transform(sequences) == result
    if params.get("random_state") is not None and params.get("workers", 1) == 1:
        assert np.array_equal(clone(step).fit(sequences).matrix_, step.matrix_)


@drawn(20, 400, what=junk)
def test_junk_instead_of_sequences(what):
    good = sequences_of([[1, 2]], ["good", "poor"], None)
    vectors = {"good": [1.0], "poor": [2.0]}
    pretrained = PretrainedEmbeddingMatrix(vectors)
    pooled = EmbeddingVectorizer().fit(pretrained.fit_transform(good))
    value = JUNK[what]
    for X in (value, [value], [[value]], good.to_lists(), np.array([[1, 2]])):
        for step in (pretrained, pooled, TrainedEmbeddingMatrix(vector_size=2)):
            for method in (
                step.fit,
                step.fit_transform,
                *([step.transform] if step is not pooled else []),
            ):
                assert failed(outcome(method, X))
        assert failed(outcome(pooled.transform, X))


@drawn(10, 100, words=some_words, n=st.integers(0, 3))
def test_words_without_any_vector(words, n):
    sequences = sequences_of([[1]], words, None)
    result = outcome(PretrainedEmbeddingMatrix({"elsewhere": [1.0] * (n + 1)}).fit, sequences)
    assert isinstance(result, NoVectorsFoundError)
    empty = TokenSequences.from_lists([[]], Vocabulary([]))
    result = outcome(PretrainedEmbeddingMatrix({"elsewhere": [1.0]}).fit, empty)
    assert isinstance(result, EmptyVocabularyError)
