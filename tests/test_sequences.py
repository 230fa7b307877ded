import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing, indexable

from skembed import EmbeddingMatrix, TokenSequences, Vocabulary
from skembed.errors import (
    IdRangeError,
    MixedColumnsError,
    NotSequencesError,
    RaggedSequencesError,
    VectorSourceError,
    VocabularyMismatchError,
)

lists = st.lists(st.lists(st.integers(1, 99), max_size=6), min_size=1, max_size=8)


@given(lists)
def test_lists_go_in_and_come_out(lists):
    sequences = TokenSequences.from_lists(lists)
    assert sequences.to_lists() == lists
    assert [row.tolist() for row in sequences] == lists
    padded = sequences.padded(4)
    assert [row.tolist() for row in padded] == padded.to_lists()
    assert sequences.lengths.tolist() == [len(row) for row in lists]
    assert sequences.shape == (len(lists),)
    assert sequences.n_ids == max(map(max, filter(None, lists)), default=0) + 1


@pytest.mark.parametrize("kind", [tuple, np.array, iter])
def test_ids_come_in_other_containers(kind):
    assert TokenSequences.from_lists(map(kind, [[1, 2], [3]])).to_lists() == [[1, 2], [3]]


@given(lists, st.data())
def test_rows_are_indexed_as_those_of_an_array(lists, data):
    for sequences in (TokenSequences.from_lists(lists), TokenSequences.from_lists(lists).padded(4)):
        rows = sequences.to_lists()
        n = len(rows)
        i = data.draw(st.integers(-n, n - 1))
        assert sequences[i].tolist() == rows[i]
        mask = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
        some = data.draw(st.lists(st.integers(-n, n - 1)))
        part = data.draw(st.slices(n))
        assert sequences[part].to_lists() == rows[part]
        assert sequences[np.array(mask)].to_lists() == [r for r, m in zip(rows, mask) if m]
        assert sequences[np.array(some, int)].to_lists() == [rows[j] for j in some]
        assert _safe_indexing(sequences, np.array(some, int)).to_lists() == [rows[j] for j in some]
        assert _safe_indexing(sequences, mask).to_lists() == sequences[np.array(mask)].to_lists()
        assert sequences[part].shape[1:] == sequences.shape[1:]
        with pytest.raises(IndexError):
            sequences[n]


def test_single_cells_are_for_arrays():
    for index in ((0, 1), None, True, [[0]]):
        with pytest.raises(IndexError, match="indexed by row"):
            TokenSequences.from_lists([[1, 2]])[index]


@given(lists, st.integers(1, 8), st.sampled_from(["pre", "post"]), st.sampled_from(["pre", "post"]))
def test_stripping_undoes_padding(lists, width, side, truncating):
    padded = TokenSequences.from_lists(lists).padded(width, side, truncating)
    cut = [row[-width:] if truncating == "pre" else row[:width] for row in lists]
    assert padded.stripped().to_lists() == cut
    assert TokenSequences.from_array(np.asarray(padded)).stripped().to_lists() == cut


@given(lists, st.integers(1, 8), st.sampled_from(["pre", "post"]), st.integers(0, 150))
def test_padding_is_filled_with_an_id(lists, width, side, value):
    padded = TokenSequences.from_lists(lists).padded(width, side)
    labelled = padded.with_index(pd.RangeIndex(len(lists)))
    filled = labelled.filled(np.int64(value))
    assert filled.to_lists() == [[id or value for id in row] for row in padded.to_lists()]
    assert filled.n_ids == max(padded.n_ids, value + 1)
    assert filled.lengths.tolist() == [width] * len(lists)  # no padding is left
    assert filled.index is labelled.index


def test_filled_sequences_keep_vocabulary_and_vectors():
    vocabulary = Vocabulary("abc")
    embedding = EmbeddingMatrix(np.eye(4, dtype=np.float32))
    sequences = TokenSequences.from_lists([[1, 2], [3]], vocabulary).with_embedding(embedding)
    filled = sequences.padded(2).filled(1)
    assert (filled.vocabulary, filled.embedding) == (vocabulary, embedding)
    with pytest.raises(IdRangeError, match="got 4"):
        sequences.padded(2).filled(4)
    with pytest.raises(TypeError):
        sequences.padded(2).filled(1.0)
    with pytest.raises(TypeError):
        sequences.padded(2.0)


def test_numpy_joins_rows_and_leaves_single_sequences_alone():
    vocabulary = Vocabulary("abc")
    one, other = (
        TokenSequences.from_lists(ids, vocabulary).padded(2) for ids in ([[1, 2], [3]], [[2]])
    )
    rows = (one, other)
    for join in (np.hstack, np.concatenate):
        assert join([one]) is one
    for joined in (
        np.concatenate(rows),
        np.concatenate([*rows], axis=0),
        np.vstack([*rows]),
    ):
        assert joined.tolist() == [[1, 2], [0, 3], [0, 2]]
    assert np.where(one == one, one, other[[0, 0]]).tolist() == one.to_lists()
    assert np.stack([one]).shape == (1, 2, 2)
    assert (np.sum(one, axis=None), np.sum(one, axis=1).tolist()) == (6, [3, 3])
    with pytest.raises(MixedColumnsError, match="2 blocks of columns"):
        np.concatenate([one, one], axis=1)
    with pytest.raises(MixedColumnsError, match="2 blocks of columns"):
        np.hstack([one, np.ones((2, 1))])
    with pytest.raises(VocabularyMismatchError):
        np.concatenate([one, TokenSequences.from_lists([[1]], Vocabulary("xyz")).padded(2)])


def test_zeros_within_a_row_are_kept():
    sequences = TokenSequences.from_array([[0, 0, 0], [0, 1, 0], [2, 0, 3]])
    assert sequences.stripped().to_lists() == [[], [1], [2, 0, 3]]


def test_an_array_of_one_id_is_no_list_of_documents():
    for lists in (np.array(2), [np.array(2)]):
        with pytest.raises(NotSequencesError, match=r"Expected (one list|lists) of ids"):
            TokenSequences.from_lists(lists)


def test_ragged_rows_are_no_array():
    sequences = TokenSequences.from_lists([[1], [2, 3]])
    with pytest.raises(RaggedSequencesError, match=r"from 1 to 2 ids.*PadSequences"):
        np.asarray(sequences)
    assert np.asarray(sequences.padded(2)).dtype == np.int32
    assert np.asarray(sequences.padded(2), dtype=float).dtype == float
    with pytest.raises(ValueError, match="store no padding"):
        np.array(sequences.padded(2), copy=False)


def test_widths_and_fillings_that_do_not_exist():
    sequences = TokenSequences.from_lists([[1], [2, 3]], Vocabulary(["a", "b", "c"]))
    for width in (-1, 2**31, 2**70):
        with pytest.raises(ValueError, match=f"a width from 0 to 2147483647, got {width}"):
            sequences.padded(width)
    assert sequences.padded(2**31 - 1).shape == (2, 2**31 - 1)
    for value in (-1, 4, 2**31):
        for width in (3, 1):  # with padding, and without
            with pytest.raises(IdRangeError, match=f"got {value}"):
                sequences.padded(width).filled(value)


def test_equality_is_by_content():
    vocabulary = Vocabulary("abc")
    one = TokenSequences.from_lists([[1, 2], [3]], vocabulary)
    matrix = np.ones((4, 2), np.float32)
    assert one == TokenSequences.from_lists([[1, 2], [3]], Vocabulary("abc"))
    assert one.with_embedding(EmbeddingMatrix(matrix)) == one.with_embedding(
        EmbeddingMatrix(matrix.copy())
    )
    for other in (
        TokenSequences.from_lists([[1, 2], [3]], Vocabulary("abd")),
        TokenSequences.from_lists([[1], [2, 3]], vocabulary),
        TokenSequences.from_lists([[1, 2], [1]], vocabulary),
        one.padded(2),
        one.with_embedding(EmbeddingMatrix(matrix)),
    ):
        assert one != other
        assert joblib.hash(one) != joblib.hash(other)
    assert one.padded(3, "pre") != one.padded(3, "post")
    with_vectors = one.with_embedding(EmbeddingMatrix(matrix))
    assert with_vectors != one.with_embedding(EmbeddingMatrix(2 * matrix))
    assert one != [[1, 2], [3]]


def test_pickles_small_and_equal():
    vocabulary = Vocabulary(map(str, range(1000)), "[UNK]")
    rows = [list(range(1, 1002))] * 50
    sequences = TokenSequences.from_lists(rows, vocabulary).padded(10_000)
    pickled = pickle.dumps(sequences)
    assert len(pickled) < 4 * 50 * 1001 + 20_000  # ids once, no padding, words once
    copy = pickle.loads(pickled)
    assert copy == sequences
    assert joblib.hash(copy) == joblib.hash(sequences)


def test_scikit_learn_splits_them():
    sequences = TokenSequences.from_lists([[i, i] for i in range(1, 11)], Vocabulary("abcdefghij"))
    train, test, y_train, _ = train_test_split(sequences, np.arange(10), random_state=0)
    assert train.to_lists() == [[i + 1, i + 1] for i in y_train]
    assert test.vocabulary is sequences.vocabulary
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        indexable(sequences, [0])


def test_are_immutable():
    given = np.array([1, 2, 3], np.int32)
    sequences = TokenSequences(given, np.array([0, 1, 3]))
    with pytest.raises(ValueError, match="read-only"):
        sequences.ids[0] = 9
    with pytest.raises(AttributeError):
        sequences.width = 3
    given[0] = 7  # the caller's array stays writeable


@pytest.mark.parametrize(
    ("lists", "error", "message"),
    [
        ("text", NotSequencesError, "Expected lists of ids, got str"),
        (["some text"], NotSequencesError, "document 0 is 'some text'. Convert text to ids"),
        ([[1], 2], NotSequencesError, "document 1 is 2"),
        ([[1.5]], NotSequencesError, "integer ids, got dtype float64"),
        ([["a"]], NotSequencesError, "integer ids"),
        ([[1, -2]], IdRangeError, "ids must be 0 or more, got -2"),
        ([[4]], IdRangeError, "ids below 4, .* got 4"),
        ([[[1], [2]]], NotSequencesError, "these lists contain lists"),
        ([[1, [2]]], NotSequencesError, "these lists contain lists"),
    ],
)
def test_what_is_no_sequence_is_refused(lists, error, message):
    with pytest.raises(error, match=message):
        TokenSequences.from_lists(lists, Vocabulary("abc"))


def test_an_array_of_ids_has_two_dimensions():
    with pytest.raises(NotSequencesError, match=r"2-D array of ids.* got 3-D"):
        TokenSequences.from_array(np.zeros((1, 2, 3), int))


def test_prints_what_it_holds():
    sequences = TokenSequences.from_lists([[1, 2], [3]], Vocabulary("abc"))
    assert repr(sequences) == "<TokenSequences of 2 documents, 3 tokens, 4 ids, ragged>"
    padded = sequences.padded(5).with_embedding(EmbeddingMatrix(np.zeros((4, 7), np.float32)))
    assert repr(padded).endswith("4 ids, padded to 5, 7-d vectors>")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.zeros((2, 3)), r"an array of float64 of shape \(2, 3\)"),
        (np.zeros(3, np.float32), r"an array of float32 of shape \(3,\)"),
        ([[0.0]], r"\[\[0\.0\]\]"),
    ],
)
def test_vectors_must_be_a_matrix_of_float32(values, found):
    with pytest.raises(VectorSourceError, match=f"got {found}. Convert"):
        EmbeddingMatrix(values)


def test_the_first_words_are_cut_by_default():
    padded = TokenSequences.from_lists([[1, 2, 3], [4]]).padded(2)
    assert np.asarray(padded).tolist() == [[2, 3], [0, 4]]
