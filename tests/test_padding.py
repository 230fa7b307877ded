import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import get_tags

from skembed import PadSequences, TokenSequences, Vocabulary

lists = st.lists(st.lists(st.integers(1, 99), max_size=6), min_size=1, max_size=8)
sides = st.sampled_from(["pre", "post"])


@given(lists, st.integers(1, 8), sides, sides, st.sampled_from([0, 5, 200]))
def test_rows_are_cut_at_one_end_and_filled_at_one_end(lists, maxlen, padding, truncating, value):
    pad = PadSequences(maxlen, padding=padding, truncating=truncating, value=value)
    padded = pad.fit_transform(lists)
    for row, ids in zip(padded.to_lists(), lists, strict=True):
        kept = ids[-maxlen:] if truncating == "pre" else ids[:maxlen]
        fill = [value] * (maxlen - len(kept))
        assert row == (fill + kept if padding == "pre" else kept + fill)
    assert np.asarray(padded).tolist() == padded.to_lists()


@given(lists)
def test_the_length_is_that_of_the_longest_document_seen(lists):
    assert PadSequences().fit(lists).maxlen_ == max(map(len, lists))


@given(lists, st.floats(0.01, 0.99))
def test_a_share_of_the_documents_is_not_cut(lists, share):
    maxlen = PadSequences(share).fit(lists).maxlen_
    lengths = np.sort([*map(len, lists)])
    assert maxlen == max(1, np.ceil(np.quantile(lengths, share)))
    assert np.mean(lengths <= maxlen) >= share - 1 / len(lists)


def test_the_length_is_learned_in_fit_alone():
    pad = PadSequences().fit([[1], [1, 2]])
    assert pad.transform([[1, 2, 3]]).to_lists() == [[2, 3]]
    assert pad.transform([[1, 2, 3]] * 2).shape == (2, 2)


def test_padding_keeps_the_vocabulary_and_the_fill_is_an_id():
    vocabulary = Vocabulary(["well", "done"])
    sequences = TokenSequences.from_lists([[1, 2], [2]], vocabulary)
    padded = PadSequences(2, value=2).fit_transform(sequences)
    assert padded.vocabulary is vocabulary
    assert padded.to_lists() == [[1, 2], [2, 2]]
    assert padded.stripped().to_lists() == [[1, 2], [2, 2]]  # a word, no padding


def test_positions_are_named_after_the_column():
    pad = PadSequences(2).fit([[1, 2]])
    assert pad.get_feature_names_out().tolist() == ["text0", "text1"]
    assert pad.get_feature_names_out(["review"]).tolist() == ["review0", "review1"]
    assert pad.get_feature_names_out(["a", "b"]).tolist() == ["text0", "text1"]


def test_says_what_it_takes_and_what_it_learned():
    pad = PadSequences(1_500)
    tags = get_tags(pad)
    assert (tags.input_tags.categorical, tags.input_tags.positive_only) == (True, True)
    assert tags.transformer_tags.preserves_dtype == []
    assert pad.fit([[1]])._summary() == "1,500 ids per document"


@pytest.mark.parametrize("maxlen", [np.int64(3), 3])
def test_the_learned_length_is_a_python_int(maxlen):
    assert type(PadSequences(maxlen).fit([[1]]).maxlen_) is int
    assert type(PadSequences(0.5).fit([[1]]).maxlen_) is int
    assert type(PadSequences().fit([[1]]).maxlen_) is int
