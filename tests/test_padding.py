import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import get_tags

from skembed import PadSequences, TokenSequences, Vocabulary

lists = st.lists(st.lists(st.integers(1, 9), max_size=6), min_size=1, max_size=6)


@given(
    lists,
    st.fixed_dictionaries(
        {
            "maxlen": st.none() | st.integers(1, 8),
            "padding": st.sampled_from(["pre", "post"]),
            "truncating": st.sampled_from(["pre", "post"]),
            "value": st.sampled_from([0, 0, 3]),
        }
    ),
)
def test_padding_equals_that_of_keras(sequences, parameters):
    padder = PadSequences(**parameters)
    expected = keras.utils.pad_sequences(sequences, **parameters)
    padded = padder.fit_transform(sequences)
    assert np.array_equal(np.asarray(padded), expected)
    assert padded.to_lists() == expected.tolist()
    assert padded.shape == expected.shape == (len(sequences), padder.maxlen_)


@pytest.mark.parametrize(("quantile", "length"), [(0.5, 3), (0.75, 4), (0.99, 5), (0.01, 2)])
def test_a_fraction_is_a_quantile_of_the_lengths(quantile, length):
    sequences = [[1] * n for n in (1, 2, 3, 4, 5)]
    padder = PadSequences(quantile).fit(sequences)
    assert padder.maxlen_ == length
    assert padder.transform(sequences[:1]).shape == (1, length)


def test_padding_again_replaces_the_padding():
    sequences = PadSequences(4).fit_transform([[1, 2], [3]])
    assert PadSequences(2, padding="post").fit_transform(sequences).to_lists() == [[1, 2], [3, 0]]


@given(lists)
def test_the_length_is_that_of_the_longest_document_seen(lists):
    assert PadSequences().fit(lists).maxlen_ == max(map(len, lists))


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
