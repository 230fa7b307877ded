"""Long texts are split with arrays, short ones with Python's strings: the results are the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skembed._recent import MIN_CACHED_DOCUMENTS
from skembed.tokenization import splitting
from skembed.tokenization.splitting import (
    split_characters,
    split_tokens,
    split_words,
    split_words_once,
)

SEPARATORS = [" ", ",", "  ", "ab", "é", "\xa0", "\ud800", "\x00"]
# Words of 0 to 60 bytes: the arrays hold eight, sixteen, or more in another place.
words = st.text(st.sampled_from("abcé中😀\ud800\x00"), max_size=5) | st.builds(
    str.__mul__, st.sampled_from("abé中"), st.integers(6, 20)
)
documents = st.integers(0, len(SEPARATORS) - 1).flatmap(
    lambda i: st.tuples(
        st.just(SEPARATORS[i]),
        st.lists(st.lists(words, max_size=8).map(SEPARATORS[i].join), max_size=8),
    )
)


def as_arrays(texts, split, chunk_bytes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "_FEW_CHARACTERS", -1)
        patch.setattr(splitting, "_CHUNK_BYTES", chunk_bytes)
        return split_words(texts, "", False, split)


@settings(max_examples=300)
@given(documents, st.sampled_from([1, 20, 1 << 19]))
def test_long_texts_are_split_as_short_ones(drawn, chunk_bytes):
    split, texts = drawn
    few, many = split_words(texts, "", False, split), as_arrays(texts, split, chunk_bytes)
    assert many.words == few.words
    assert many.codes.tolist() == few.codes.tolist()
    assert many.lengths.tolist() == few.lengths.tolist()
    assert (many.codes.dtype, many.lengths.dtype) == (np.int32, np.int64)


@given(documents)
def test_the_codes_name_the_words_of_each_document(drawn):
    split, texts = drawn
    found = as_arrays(texts, split, 1 << 19)
    words = [found.words[code] for code in found.codes]
    ends = np.cumsum(found.lengths)
    further = splitting.FURTHER_FILTERS if split == " " else ""
    for text, start, end in zip(texts, ends - found.lengths, ends, strict=True):
        for character in further:
            text = text.replace(character, " ")
        assert words[start:end] == [word for word in text.split(split) if word]
    assert [*dict.fromkeys(words)] == found.words  # distinct, in order of first appearance


@given(st.lists(st.text(), max_size=6), st.booleans())
def test_characters_are_numbered_as_tokens(texts, lower):
    of_text = split_characters(texts, lower)
    of_tokens = split_tokens([[*(text.lower() if lower else text)] for text in texts], False)
    assert of_text.words == of_tokens.words
    assert of_text.codes.tolist() == of_tokens.codes.tolist()
    assert of_text.lengths.tolist() == of_tokens.lengths.tolist()
    assert of_text.codes.dtype == of_tokens.codes.dtype == np.int32
    assert of_text.lengths.dtype == of_tokens.lengths.dtype == np.int64


def test_many_documents_are_split_once_for_all_candidates_of_a_search():
    texts = [f"Well done {i}" for i in range(MIN_CACHED_DOCUMENTS)]
    settings = splitting.FILTERS, True, " "
    first = split_words_once(texts, *settings)
    assert split_words_once([*texts], *settings) is first
    assert not first.codes.flags.writeable
    assert not first.lengths.flags.writeable
    expected = split_words(texts, *settings)
    assert (first.words, first.codes.tolist()) == (expected.words, expected.codes.tolist())
    for other in (
        (texts, "W", True, " "),
        (texts, *settings[:1], False, " "),
        (texts[1:], *settings),
    ):
        assert split_words_once(*other).words == split_words(*other).words
    assert split_words_once(texts[:2], *settings) is not split_words_once(texts[:2], *settings)
