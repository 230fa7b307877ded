"""Rows are found and split as a plain loop finds them."""

import gzip
import struct

import pytest
from helpers import (
    WORD_LETTERS,
    as_dict,
    assert_same_vectors,
    float32s,
    forty_examples,
    single_words,
    vector_tables,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from skembed import load_word_vectors
from skembed.errors import SkembedError, VectorFileError
from skembed.vectors.files import decompress, scan, select_rows

spaced_words = st.lists(st.text(WORD_LETTERS, min_size=1, max_size=5), min_size=1, max_size=3).map(
    lambda parts: " ".join([*parts, "z"])
)


def naively(content, size):
    found = {}
    for line in content.split(b"\n"):
        if line.strip():
            word, *numbers = line.rstrip().rsplit(b" ", size)
            found.setdefault(word.decode(), [*map(float, numbers)])
    return found


@given(
    rows=st.integers(1, 4).flatmap(
        lambda size: st.lists(
            st.tuples(st.one_of(single_words, spaced_words), *[float32s] * size),
            min_size=1,
            max_size=25,
        )
    ),
    end=st.sampled_from(["\n", "\r\n", " \n", "\n\n"]),
    last=st.booleans(),
    header=st.booleans(),
    packed=st.booleans(),
    block=st.sampled_from([64, 65, 100, 257]),
    data=st.data(),
)
@forty_examples
@pytest.mark.filterwarnings("ignore::skembed.errors.VectorFileWarning")
def test_scanning_finds_what_a_plain_loop_finds(
    rows, end, last, header, packed, block, data, tmp_path_factory
):
    size = len(rows[0]) - 1
    content = end.join(" ".join([word, *map(repr, row)]) for word, *row in rows)
    content = (content + end * last).encode()
    everything = naively(content, size)
    path = tmp_path_factory.mktemp("scanned") / "v"
    content = b"%d %d\n" % (len(rows), size) * header + content
    path.write_bytes(gzip.compress(content) if packed else content)
    asked = data.draw(st.lists(st.sampled_from([*everything]), unique=True))
    wanted = [*asked, "nowhere", "zz z"]
    some = {word: everything[word] for word in wanted if word in everything}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_BLOCK_BYTES", block)
        patch.setattr(decompress, "_READ_AHEAD_BYTES", block)
        patch.setattr(select_rows, "ROWS_PER_BATCH", 3)
        for cache in (False, True, True):
            if some:
                assert_same_vectors(as_dict(load_word_vectors(path, wanted, cache=cache)), some)
            assert_same_vectors(as_dict(load_word_vectors(path, cache=cache)), everything)


@given(
    vectors=vector_tables(single_words, max_rows=25),
    gap=st.sampled_from([b"", b"\n"]),
    packed=st.booleans(),
    block=st.sampled_from([64, 65, 100, 257]),
    data=st.data(),
)
@forty_examples
def test_scanning_of_binary_files(vectors, gap, packed, block, data, tmp_path_factory):
    size = len(next(iter(vectors.values())))
    content = b"%d %d\n" % (len(vectors), size)
    for word, row in vectors.items():
        content += word.encode() + b" " + struct.pack(f"<{size}f", *row) + gap
    assume(b"\0" in content)  # small rows may happen to look like text
    path = tmp_path_factory.mktemp("scanned") / "v"
    path.write_bytes(gzip.compress(content) if packed else content)
    wanted = data.draw(st.lists(st.sampled_from([*vectors]), unique=True, min_size=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_BLOCK_BYTES", block)
        patch.setattr(decompress, "_READ_AHEAD_BYTES", block)
        for cache in (False, True, True):
            found = as_dict(load_word_vectors(path, [*wanted, "nowhere"], cache=cache))
            assert_same_vectors(found, {word: vectors[word] for word in wanted})
            assert_same_vectors(as_dict(load_word_vectors(path, cache=cache)), vectors)


@pytest.mark.parametrize("gap", [b"", b"\n"])
def test_rows_of_a_binary_file_may_be_longer_than_what_is_read_at_once(gap, tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "_BLOCK_BYTES", 64)
    path = tmp_path / "v"
    vectors = {word: [i / 8] * 100 for i, word in enumerate("abc")}
    rows = [word.encode() + b" " + struct.pack("<100f", *row) for word, row in vectors.items()]
    path.write_bytes(b"3 100\n" + b"".join(row + gap for row in rows))
    assert_same_vectors(as_dict(load_word_vectors(path)), vectors)


@pytest.mark.parametrize(
    "content",
    [
        b"a 1 2\n \n \n \nb 3 4\n",
        b"\na 1 2\nb 3 4\n\n",
        b"2 2\na 1 2\n\nb 3 4\n",
        b"a 1 2\r\n\r\nb 3 4\r\n",
    ],
)
def test_blank_lines_are_no_rows(content, tmp_path):
    path = tmp_path / "v"
    path.write_bytes(content)
    for _ in range(2):
        assert_same_vectors(as_dict(load_word_vectors(path)), {"a": [1, 2], "b": [3, 4]})


@pytest.mark.parametrize("odd", ["x\ny", "a\nb", "\ud800", ""])
def test_words_that_no_file_contains_hide_no_others(odd, tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b"a 1 2\nb 3 4\n")
    for words in ([odd, "b"], ["b", odd]):
        assert_same_vectors(as_dict(load_word_vectors(path, words)), {"b": [3, 4]})


def test_an_unpacked_block_may_be_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(decompress, "_BUFFER_BYTES", 7)
    path = tmp_path / "v"
    path.write_bytes(gzip.compress(b"a 1 2\nb 3 4\nc 5 6\n"))
    found = as_dict(load_word_vectors(path, cache=False))
    assert_same_vectors(found, {"a": [1, 2], "b": [3, 4], "c": [5, 6]})


@pytest.mark.parametrize("blank", [b"\n", b" \n", b"\t\n", b"\r\n"])
def test_blank_lines_do_not_count_as_the_words_of_a_header(blank, tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b"2 2\na 1 2\n" + blank + b"b 3 4\n" + blank)
    for _ in range(2):  # without the warning of a wrong header
        assert_same_vectors(as_dict(load_word_vectors(path)), {"a": [1, 2], "b": [3, 4]})


@pytest.mark.parametrize("odd", [b"x\n", b" b 3 4\n"])
def test_odd_rows_that_nobody_asked_for_count_as_words_of_a_header(odd, tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b"3 2\na 1 2\n" + odd + b"c 5 6\n")
    assert_same_vectors(as_dict(load_word_vectors(path, ["a"])), {"a": [1, 2]})


@pytest.mark.parametrize("cut", [b"4 2\na 1 2\n\nb 3 4\nc 5 6", b"a 1 2\n\nb 3 4\nc 5"])
def test_a_cut_file_is_told_though_no_cut_row_was_asked_for(cut, tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "_BLOCK_BYTES", 16)  # blank lines are in another block
    path = tmp_path / "v"
    path.write_bytes(cut)
    with pytest.raises(VectorFileError, match="truncated"):
        load_word_vectors(path, ["a"])


@pytest.mark.parametrize("bad", [b"good\t9 9\n", b"good  9 9\n", b"good 9  9\n", b"good\t9\t9\n"])
def test_a_row_that_is_parted_otherwise_is_not_lost_in_silence(bad, tmp_path):
    path = tmp_path / "v"
    path.write_bytes(b"a 1 2\nb 3 4\n" + bad + b"c 5 6\n")
    for words in (["a", "good"], None):
        with pytest.raises(VectorFileError, match="line 3"):
            load_word_vectors(path, words, cache=False)


def test_words_with_the_same_first_letters_are_told_apart(tmp_path):
    words = [f"{'x' * 16}{i}" for i in range(50)]
    path = tmp_path / "v"
    path.write_text("".join(f"{word} {i} 0\n" for i, word in enumerate(words)))
    for word in words[::7]:
        assert load_word_vectors(path, [word])[word][0] == words.index(word)
    with pytest.raises(SkembedError):
        load_word_vectors(path, ["x" * 16])
