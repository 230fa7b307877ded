"""The containers: TokenSequences as a list of rows, Vocabulary as a dict, and what they refuse."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from fuzz.strategies import JUNK, failed, junk, outcome, words
from fuzzing import drawn
from hypothesis import strategies as st
from sklearn.utils import _safe_indexing

from skembed import EmbeddingMatrix, TokenSequences, Vocabulary
from skembed.errors import IdRangeError, SkembedError
from skembed.vocabulary import HashBuckets

WORDS = [f"w{i}" for i in range(9)]
VOCABULARIES = {
    "none": None,
    "words": Vocabulary(WORDS),
    "with unknown": Vocabulary(WORDS, "[UNK]"),
    "buckets": HashBuckets(12, "", True, " "),
}
rows = st.lists(st.lists(st.integers(1, 9), max_size=5), max_size=7)
shapes = st.fixed_dictionaries(
    {
        "vocabulary": st.sampled_from([*VOCABULARIES]),
        "width": st.none() | st.integers(0, 6),
        "side": st.sampled_from(["pre", "post"]),
        "vectors": st.booleans(),
        "index": st.booleans(),
    }
)
sides = st.sampled_from(["pre", "post"])


def made(rows, vocabulary="none", width=None, side="pre", vectors=False, index=False):
    """Return sequences, and their rows as lists."""
    sequences = TokenSequences.from_lists(rows, VOCABULARIES[vocabulary])
    if index:
        sequences = sequences.with_index(pd.Index([f"row {i % 3}" for i in range(len(rows))]))
    if vectors:
        values = np.arange(24, dtype=np.float32).reshape(12, 2)
        sequences = sequences.with_embedding(EmbeddingMatrix(values))
    if width is None:
        return sequences, rows
    cut = [row[max(0, len(row) - width) :] for row in rows]
    zeros = [[0] * (width - len(row)) for row in cut]
    expected = [z + row if side == "pre" else row + z for z, row in zip(zeros, cut)]
    return sequences.padded(width, side), expected


def indices(n):
    """Return a strategy of indices of n rows, by name and as plain data."""
    some = {"max_size": 6 if n else 0}
    places = st.integers(-n, max(0, n - 1))
    return st.one_of(
        st.tuples(st.just("slice"), st.tuples(*[st.none() | st.integers(-9, 9)] * 3)),
        st.tuples(st.just("mask"), st.lists(st.booleans(), min_size=n, max_size=n)),
        st.tuples(st.just("list"), st.lists(places, **some)),
        st.tuples(
            st.sampled_from(["int8", "int32", "int64", "uint8", "uint64", "intp"]),
            st.lists(st.integers(0, max(0, n - 1)), **some),
        ),
    )


def as_index(kind, value):
    if kind == "slice":
        return slice(*(value[0], value[1], value[2] or None))
    if kind == "list":
        return np.array(value, int)
    return np.array(value, bool if kind == "mask" else kind)


@drawn(
    40,
    1200,
    data=rows.flatmap(lambda rows: st.tuples(st.just(rows), indices(len(rows)))),
    shape=shapes,
)
def test_rows_are_those_of_a_list(data, shape):
    rows, (kind, value) = data
    sequences, expected = made(rows, **shape)
    assert sequences.to_lists() == expected == [row.tolist() for row in sequences]
    assert len(sequences) == len(rows) == sequences.shape[0]
    index = as_index(kind, value)
    places = np.arange(len(rows))[index].tolist()
    part = sequences[index]
    assert part.to_lists() == [expected[i] for i in places]
    assert part.shape[1:] == sequences.shape[1:]
    assert part.vocabulary is sequences.vocabulary
    assert part.embedding is sequences.embedding
    assert part.n_ids == sequences.n_ids
    if shape["index"]:
        assert part.index.tolist() == [f"row {i % 3}" for i in places]
    if kind != "slice":
        assert _safe_indexing(sequences, index) == part
    assert part.stripped().to_lists() == [[id for id in expected[i] if id] for i in places]
    for i in range(-len(rows), len(rows)):
        assert sequences[i].tolist() == expected[i] == sequences[np.int16(i)].tolist()
    for beyond in (len(rows), -len(rows) - 1):
        with pytest.raises(IndexError):
            sequences[beyond]


@drawn(40, 1000, rows=rows, shape=shapes, other=rows, other_shape=shapes)
def test_equality_pickles_and_hashes_are_by_content(rows, shape, other, other_shape):
    sequences, expected = made(rows, **shape)
    for same in (
        made(rows, **shape)[0],
        pickle.loads(pickle.dumps(sequences)),
        copy.deepcopy(sequences),
        copy.copy(sequences),
        sequences[:],
        sequences[np.arange(len(rows))],
    ):
        assert same == sequences
        assert same.to_lists() == expected
        if sequences.ids.size:  # NumPy unpickles an empty array with other strides
            assert joblib.hash(same) == joblib.hash(sequences)
    another, listed = made(other, **other_shape)
    ignored = {"index": False} | ({"side": "pre"} if shape["width"] is None else {})
    alike = (rows, shape | ignored) == (other, other_shape | ignored)
    if alike:
        assert sequences == another
    elif sequences == another:  # what was cut off differed
        assert expected == listed
        assert shape["vocabulary"] == other_shape["vocabulary"]
        assert shape["vectors"] == other_shape["vectors"]
    assert (sequences == another) == (another == sequences)
    assert sequences != expected
    assert repr(sequences).startswith("<TokenSequences of ")
    with pytest.raises(TypeError):
        hash(sequences)
    for array in (sequences.ids, sequences.offsets):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 1


@drawn(40, 800, rows=rows, width=st.integers(0, 7), side=sides, cut=sides, value=st.integers(0, 11))
def test_padding_and_arrays(rows, width, side, cut, value):
    sequences = TokenSequences.from_lists(rows)
    padded = sequences.padded(width, side, cut)
    array = np.asarray(padded)
    assert array.shape == padded.shape == (len(rows), width)
    assert array.dtype == padded.dtype == np.int32
    expected = []
    for row in rows:
        kept = row[max(0, len(row) - width) :] if cut == "pre" else row[:width]
        zeros = [0] * (width - len(kept))
        expected.append(zeros + kept if side == "pre" else kept + zeros)
    assert array.tolist() == expected == padded.to_lists()
    filled = padded.filled(value)
    assert filled.to_lists() == [[id or value for id in row] for row in expected]
    assert np.asarray(padded, float).dtype == float
    if len(rows) and width:
        again = TokenSequences.from_array(array)
        assert again.to_lists() == expected
        assert again.stripped().to_lists() == padded.stripped().to_lists()
    assert (padded.to_array() == array).all()
    assert np.array_equal(np.vstack([padded, padded]), np.vstack([array, array]))


@drawn(40, 800, rows=rows, what=junk, row=st.integers(0, 6), shape=shapes)
def test_what_is_no_index_and_no_id(rows, what, row, shape):
    sequences, _ = made(rows, **shape)
    value = JUNK[what]
    try:
        part = sequences[value]
    except (IndexError, TypeError, ValueError):  # as from an array
        part = None
    rows_of_array = outcome_of_index(len(rows), value)
    assert (part is None) == (rows_of_array is None or rows_of_array.ndim > 1)
    for rows_with in ([*rows[:row], value], [[value]], [[1], [2, value]], value):
        for vocabulary in VOCABULARIES.values():
            made_of = outcome(TokenSequences.from_lists, rows_with, vocabulary)
            if not failed(made_of):
                assert made_of.n_ids == (vocabulary.n_ids if vocabulary else made_of.n_ids)
            outcome(TokenSequences.from_array, rows_with, vocabulary)


def outcome_of_index(n, index):
    try:
        return np.asarray(np.arange(n)[index])
    except (IndexError, TypeError, ValueError):
        return None


@drawn(
    40,
    800,
    rows=st.lists(st.lists(st.integers(-5, 2**40), max_size=4), min_size=1, max_size=4),
    vocabulary=st.sampled_from([*VOCABULARIES]),
    dtype=st.sampled_from(
        ["int8", "uint8", "int32", "uint32", "int64", "uint64", "float64", "bool"]
    ),
)
def test_ids_of_any_size(rows, vocabulary, dtype):
    known = VOCABULARIES[vocabulary]
    arrays = [np.array(row, np.int64).astype(dtype) for row in rows]
    ids = [int(id) for row in arrays for id in row]
    limit = known.n_ids if known else 2**31
    result = outcome(TokenSequences.from_lists, arrays, known)
    if not ids:
        assert not failed(result)
    elif dtype in ("float64", "bool"):
        assert failed(result)
    elif min(ids) < 0 or max(ids) >= limit:
        assert isinstance(result, IdRangeError)
    else:
        assert result.to_lists() == [row.tolist() for row in arrays]


@drawn(
    40,
    1200,
    listed=st.lists(words, unique=True, max_size=8),
    oov_token=st.none() | words,
    asked=words,
    n=st.integers(-2, 12),
)
def test_a_vocabulary_is_a_dict(listed, oov_token, asked, n):
    vocabulary = Vocabulary(listed, oov_token)
    first = 1 if oov_token is None else 2
    expected = {word: first + i for i, word in enumerate(listed)}
    assert dict(vocabulary) == expected
    assert [*vocabulary] == [*expected] == [*vocabulary.keys()] == [*vocabulary.words]
    assert [*vocabulary.values()] == [*expected.values()]
    assert len(vocabulary) == len(expected)
    assert vocabulary.get(asked) == expected.get(asked)
    assert (asked in vocabulary) == (asked in expected)
    unknown = None if oov_token is None else expected.get(oov_token, 1)
    assert vocabulary.oov_id == unknown
    assert vocabulary.ids_of([*listed, asked], -1) == [
        expected.get(word, -1) for word in [*listed, asked]
    ]
    for same in (Vocabulary(listed, oov_token), pickle.loads(pickle.dumps(vocabulary))):
        assert same == vocabulary
        assert hash(same) == hash(vocabulary)
        assert joblib.hash(same) == joblib.hash(vocabulary)
        assert dict(same) == expected
    words_by_id = {id: word for word, id in expected.items()}
    if unknown is not None:
        words_by_id.setdefault(unknown, oov_token)
    word = outcome(vocabulary.word, n)
    assert word == words_by_id[n] if n in words_by_id else isinstance(word, IdRangeError)
    head = vocabulary.head(n)
    assert dict(head) == {word: id for word, id in expected.items() if id < n}
    assert head.oov_id == unknown
    assert pickle.loads(pickle.dumps(head)) == head
    assert head.n_ids == max([first - 1 + 0, *dict(head).values(), unknown or 0]) + 1
    assert repr(vocabulary)
    if listed:
        with pytest.raises(ValueError, match="is given twice"):
            Vocabulary([*listed, listed[0]])


@drawn(
    30,
    600,
    what=junk,
    shape=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    dtype=st.sampled_from("?bhilqfdegO"),
)
def test_a_matrix_is_float32(what, shape, dtype):
    assert isinstance(outcome(EmbeddingMatrix, JUNK[what]), SkembedError)
    made_of = outcome(EmbeddingMatrix, np.zeros(shape, dtype))
    assert failed(made_of) == (dtype != "f")
    if dtype == "f":
        values = pickle.loads(pickle.dumps(made_of)).values
        assert values.shape == shape
        assert values.dtype == np.float32
