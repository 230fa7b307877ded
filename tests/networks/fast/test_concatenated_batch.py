"""Batches as one row of concatenated documents."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skembed.networks.fast.concatenated_batch import BLOCK_POSITIONS, concatenate

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="only there networks are trained so"
)
lengths = st.lists(st.integers(0, 40), min_size=1, max_size=12)


def batch(lengths, width):
    """Row i is 100 i + 1, 100 i + 2 and so on, followed by padding."""
    ids = np.zeros((len(lengths), width), np.int32)
    for i, n in enumerate(lengths):
        ids[i, :n] = 100 * i + 1 + np.arange(n)
    return ids


@given(lengths, st.integers(0, 5), st.integers(0, 9))
def test_every_word_is_in_a_block_of_its_document(lengths, gap, padding):
    row = concatenate(batch(lengths, max(lengths) + padding + 1), gap)
    ids, documents = np.asarray(row.ids), np.asarray(row.documents)
    assert not ids[:gap].any()
    assert not ids[len(ids) - gap :].any()
    blocks = ids[gap : len(ids) - gap].reshape(-1, BLOCK_POSITIONS)
    assert blocks.shape == (len(documents), BLOCK_POSITIONS)
    assert np.array_equal(np.unique(documents), np.arange(len(lengths)))
    assert (np.diff(documents) >= 0).all()
    for i, n in enumerate(lengths):
        of_document = blocks[documents == i].ravel()
        assert of_document[:n].tolist() == [100 * i + 1 + place for place in range(n)]
        assert not of_document[n:].any()
        assert len(of_document) >= n + gap


@given(st.lists(st.lists(st.integers(0, 3), max_size=20), min_size=1, max_size=8))
def test_zeros_between_words_keep_their_places(documents):
    ids = np.zeros((len(documents), 21), np.int32)
    for i, words in enumerate(documents):
        ids[i, : len(words)] = words
    row = concatenate(ids, 2)
    blocks = np.asarray(row.ids)[2:-2].reshape(-1, BLOCK_POSITIONS)
    for i, words in enumerate(ids):
        of_document = blocks[np.asarray(row.documents) == i].ravel()
        assert np.array_equal(np.trim_zeros(of_document, "b"), np.trim_zeros(words, "b"))


@given(lengths, st.integers(1, 6))
def test_windows_are_centred_on_the_places_of_the_blocks(lengths, size):
    row = concatenate(batch(lengths, 41), size // 2)
    ids = np.asarray(row.windows(row.ids, size))
    centres = np.asarray(row.windows(row.ids, 1))
    windows = np.lib.stride_tricks.sliding_window_view(ids, size)
    assert np.array_equal(windows[:, (size - 1) // 2], centres)
    for window, centre in zip(windows, centres):
        assert {word // 100 for word in window if word} <= {centre // 100} or not centre


def test_rows_come_in_few_lengths():
    random = np.random.RandomState(0)
    batches = (batch(random.randint(1, 90, 32), 100) for _ in range(50))
    rows = [concatenate(ids, 2) for ids in batches]
    assert len({len(row.ids) for row in rows}) < 15
    assert all(len(row.ids) < 1.35 * np.count_nonzero(row.ids) for row in rows)
