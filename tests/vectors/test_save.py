"""Saved word vectors are loaded bit for bit, also by gensim."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from helpers import (
    SINGLE_WORDS,
    SPACED_WORDS,
    VECTORS_IN_MEMORY,
    LengthEncoder,
    as_dict,
    assert_same_vectors,
    forty_examples,
    vector_tables,
    vectors_of,
)
from hypothesis import example, given
from hypothesis import strategies as st

from skembed import load_word_vectors, save_word_vectors
from skembed.errors import VectorFileError, VectorSourceError

FILE_FORMATS = ["glove", "word2vec", "word2vec-binary"]
ANY_WORDS = st.text(min_size=1, max_size=20)
ODD_WORDS = st.text(
    st.sampled_from(" \xa0\u3000,;=:|'\"ab12.-_<[\ufeff\x85"), min_size=1, max_size=4
)


@pytest.mark.parametrize("format", FILE_FORMATS)
@given(vectors=vector_tables(ANY_WORDS | ODD_WORDS))
@example(vectors={"\ufeffmark": [1.5], "b": [2.0]})
@example(vectors={"<html>": [1.5], "b": [2.0]})
@example(vectors={"<!--": [1.5], "b": [2.0]})
@example(vectors={"BZh": [1.5], "b": [2.0]})
@example(vectors={"PK\x03\x04": [1.5], "b": [2.0]})
@example(vectors={"5": [1.5], "3": [2.0]})
@example(vectors={"2": [1.5, 1.0], "a\tb": [2.0, 3.0]})
@example(vectors={"a": [12.078431129455566]})  # its four bytes are ASCII letters
@example(vectors={"a": [12.078431129455566] * 3, "b": [12.078431129455566] * 3})
@example(vectors={"u" * 257 + "ustar": [1.0]})
@example(vectors={"w" * 5000: [1.0, -0.0]})
@example(vectors={"a": [1e-45, -1e-45, 3.4028234663852886e38, -0.0]})
@forty_examples
def test_what_is_saved_is_loaded_bit_for_bit(vectors, format, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "v"
    try:
        save_word_vectors(vectors, path, format=format)
    except VectorFileError:
        assert not path.exists()
        return
    for cache in (False, True, True):
        assert_same_vectors(as_dict(load_word_vectors(path, cache=cache)), vectors)
        assert_same_vectors(as_dict(load_word_vectors(path, [*vectors], cache=cache)), vectors)


@pytest.mark.parametrize("format", FILE_FORMATS)
@pytest.mark.parametrize("word", ["the", "naïve", "a\xa0b", "3", "nan", "</s>", "日本", "<unk>"])
def test_usual_words_can_be_saved(word, format, tmp_path):
    vectors = {"a": [0.5, 1.5], word: [2.5, -0.0]}
    save_word_vectors(vectors, tmp_path / "v", format=format)
    assert_same_vectors(as_dict(load_word_vectors(tmp_path / "v")), vectors)


@pytest.mark.parametrize("format", ["glove", "word2vec"])
@pytest.mark.parametrize("word", SPACED_WORDS)
def test_words_with_spaces_can_be_saved_as_text(word, format, tmp_path):
    save_word_vectors({word: [2.5, 1.0]}, tmp_path / "v", format=format)
    assert_same_vectors(as_dict(load_word_vectors(tmp_path / "v")), {word: [2.5, 1.0]})


@pytest.mark.parametrize(
    ("word", "formats"),
    [
        ("", FILE_FORMATS),
        (" ", FILE_FORMATS),
        ("a\nb", FILE_FORMATS),
        ("a ", FILE_FORMATS),
        (" a", FILE_FORMATS),
        ("a 1", FILE_FORMATS),
        ("New  York", FILE_FORMATS),
        ("a b", ["word2vec-binary"]),
        ("\ud800", FILE_FORMATS),
    ],
)
def test_words_that_a_format_cannot_hold_are_refused(word, formats, tmp_path):
    for format in formats:
        with pytest.raises(VectorFileError, match="word"):
            save_word_vectors({"good": [1.0, 2.0], word: [1.0, 2.0]}, tmp_path / "v", format=format)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("binary", [True, False])
def test_gensim_loads_what_is_saved(binary, tmp_path):
    path = tmp_path / "v"
    expected = vectors_of(SINGLE_WORDS)
    save_word_vectors(expected, path, format="word2vec-binary" if binary else "word2vec")
    loaded = KeyedVectors.load_word2vec_format(str(path), binary=binary)
    assert_same_vectors(as_dict(loaded), expected)


@pytest.mark.parametrize("kind", ["KeyedVectors", "mapping", "frame"])
def test_everything_with_words_can_be_saved(kind, tmp_path):
    source = VECTORS_IN_MEMORY[kind](tmp_path)
    save_word_vectors(source, tmp_path / "v")
    get = source.loc.__getitem__ if kind == "frame" else source.__getitem__
    words = getattr(source, "index_to_key", None) or [*getattr(source, "index", source)]
    expected = {word: np.asarray(get(word), np.float32) for word in words}
    assert_same_vectors(as_dict(load_word_vectors(tmp_path / "v")), expected)


def test_a_model_without_words_cannot_be_saved(tmp_path):
    with pytest.raises(VectorSourceError):
        save_word_vectors(LengthEncoder(), tmp_path / "v")


def test_a_file_with_a_word_that_is_not_utf8_is_not_copied(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"good 1\ncaf\xe9 2\n")
    with pytest.raises(VectorFileError, match=r"line 2.*not UTF-8"):
        save_word_vectors(source, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
