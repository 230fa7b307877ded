"""PadSequences: any rows of ids, against plain Python; and what is no ids."""

import math
import pickle

import numpy as np
import pandas as pd
from fuzz.strategies import JUNK, failed, junk, outcome, parameters
from fuzzing import drawn
from hypothesis import strategies as st
from sklearn.base import clone

from skembed import KerasTokenizerTransformer, PadSequences, TokenSequences
from skembed.errors import IdRangeError, NotSequencesError, SkembedError

ids = st.integers(0, 9) | st.integers(0, 2**31 - 1)
rows = st.lists(st.lists(ids, max_size=8), min_size=1, max_size=8)
settings = parameters(PadSequences, maxlen=st.none() | st.integers(1, 10) | st.floats(0.01, 0.99))

#: Containers of ragged ids.
RAGGED = {
    "lists": lambda rows: rows,
    "tuples": lambda rows: tuple(map(tuple, rows)),
    "arrays": lambda rows: [np.array(row, np.int64) for row in rows],
    "unsigned": lambda rows: [np.array(row, np.uint64) for row in rows],
    "small": lambda rows: [np.array(row, np.uint32) for row in rows],
    "object array": lambda rows: np.array([*map(list, rows), None], object)[:-1],
    "Series": lambda rows: pd.Series(rows, [f"row {i}" for i in range(len(rows))]),
    "sequences": TokenSequences.from_lists,
    "NumPy integers": lambda rows: [[np.int16(min(id, 99)) for id in row] for row in rows],
}


def padded(row, maxlen, padding="pre", truncating="pre", value=0):
    cut = row[max(0, len(row) - maxlen) :] if truncating == "pre" else row[:maxlen]
    fill = [value] * (maxlen - len(cut))
    return fill + cut if padding == "pre" else cut + fill


@drawn(60, 1000, rows=rows, test=rows, params=settings, container=st.sampled_from([*RAGGED]))
def test_rows_are_padded_as_plain_python_does(rows, test, params, container):
    X = RAGGED[container](rows)
    rows = [[int(id) for id in row] for row in X]
    padder = PadSequences(**params)
    result = padder.fit_transform(X)
    maxlen = params.get("maxlen")
    if maxlen is None:
        maxlen = max(map(len, rows))
    elif isinstance(maxlen, float):
        maxlen = max(1, math.ceil(np.quantile([*map(len, rows)], maxlen)))
    how = {name: value for name, value in params.items() if name != "maxlen"}
    assert padder.maxlen_ == maxlen
    assert result.to_lists() == [padded(row, maxlen, **how) for row in rows]
    assert result.shape == (len(rows), maxlen)
    assert np.asarray(result).dtype == np.int32
    assert padder.transform(test).to_lists() == [padded(row, maxlen, **how) for row in test]
    assert clone(padder).fit(X).transform(X) == result
    assert pickle.loads(pickle.dumps(padder)).transform(X) == result
    assert [[int(id) for id in row] for row in X] == rows
    names = padder.get_feature_names_out()
    assert len(names) == maxlen == len({*names})


IDS = {
    "int8": np.int8,
    "uint8": np.uint8,
    "int16": np.int16,
    "uint64": np.uint64,
    "int64": np.int64,
    "float32": np.float32,
    "float64": np.float64,
    "bool": bool,
    "object": object,
    "str": str,
    "complex": complex,
    "big-endian": ">i4",
}


@drawn(
    60,
    800,
    table=st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(st.integers(-2, 300), min_size=n, max_size=n), max_size=5)
    ),
    kind=st.sampled_from([*IDS]),
    order=st.sampled_from("CF"),
    frame=st.booleans(),
)
def test_arrays_of_every_type(table, kind, order, frame):
    array = np.array(table or np.zeros((0, 2))).astype(IDS[kind], order=order)
    X = pd.DataFrame(array) if frame else array
    before = array.copy()
    result = outcome(PadSequences(4).fit_transform, X)
    assert np.array_equal(array, before)
    if not len(table):
        assert isinstance(result, NotSequencesError)
        return
    if kind in ("str", "complex", "bool"):
        assert failed(result)
        return
    expected = array.astype(np.int64).tolist()
    if min(map(min, expected)) < 0:
        assert isinstance(result, IdRangeError)
        return
    assert result.to_lists() == [padded(row, 4) for row in expected]


@drawn(
    60,
    800,
    row=st.lists(st.integers(0, 9), max_size=3),
    what=junk,
    place=st.integers(0, 3),
    depth=st.integers(0, 2),
)
def test_junk_among_ids(row, what, place, depth):
    value = JUNK[what]
    X = [[*row[:place], value, *row[place:]], [1, 2]]
    X = [value, X, [X]][depth] if depth != 1 else X
    fitted = KerasTokenizerTransformer().fit(["a b c d e f g h i"])
    for call in (
        PadSequences(3).fit_transform,
        fitted.inverse_transform,
        TokenSequences.from_lists,
    ):
        result = outcome(call, X)
        if not failed(result):
            assert what in ("int", "bool", "empty list", "list", "array") or depth == 0


@drawn(30, 500, ids=st.lists(st.integers(-(2**70), 2**70), min_size=1, max_size=3))
def test_huge_ids(ids):
    result = outcome(PadSequences(2).fit_transform, [ids, [1]])
    if all(0 <= id < 2**31 for id in ids):
        assert result.to_lists() == [padded(ids, 2), [0, 1]]
    else:
        assert isinstance(result, SkembedError)


@drawn(10, 100, n=st.integers(1, 2**31 - 1), value=st.integers(0, 2**31 - 1))
def test_a_huge_length_takes_no_memory_before_it_is_needed(n, value):
    result = PadSequences(n).fit_transform([[1, 2], [3]])
    assert result.shape == (2, n)
    assert len(result.stripped().ids) == 3 - (n == 1)
