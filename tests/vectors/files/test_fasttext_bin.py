"""fastText's binary models: read as gensim reads them, and never for ever."""

import gzip
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from gensim.models import FastText
from gensim.models.fasttext import load_facebook_vectors, save_facebook_model
from helpers import VECTOR_SIZE, fasttext_model

from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix, load_word_vectors
from skembed.errors import VectorFileError, VectorFileWarning
from skembed.vectors.files import fasttext_bin, formats

DICTIONARY = 64  # offset of its sizes: entries, words, labels (int32), tokens, pruned (int64)
FIRST_WORD = 92


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    save_facebook_model(fasttext_model(), str(path))
    return path.read_bytes()


@pytest.fixture
def write(tmp_path):
    fasttext_bin._load_cached.cache_clear()

    def write(content):
        path = tmp_path / "MODEL.bin"
        path.write_bytes(content)
        return path

    return write


def changed(content, position, format, *values):
    changed = bytearray(content)
    struct.pack_into(format, changed, position, *values)
    return bytes(changed)


@pytest.mark.parametrize("settings", [{}, {"max_n": 0}, {"bucket": 0}])
def test_it_is_read_as_gensim_reads_it(settings, tmp_path):
    path = tmp_path / "model.bin"
    save_facebook_model(fasttext_model(**settings), str(path))
    expected, vectors = load_facebook_vectors(str(path)), load_word_vectors(path)
    assert vectors.index_to_key == expected.index_to_key
    np.testing.assert_array_equal(vectors.vectors, expected.vectors)
    assert vectors.get_vecattr("good", "count") == expected.get_vecattr("good", "count")
    if vectors.bucket:
        np.testing.assert_array_equal(vectors["goodness"], expected["goodness"])


def test_a_search_loads_it_once(content, write):
    path = write(content)
    for words in (["good"], ["work"]):
        load_word_vectors(path, words, cache=False)
    assert fasttext_bin._load_cached.cache_info().currsize == 0
    for words in (["good"], ["work"]):
        load_word_vectors(path, words)
    assert fasttext_bin._load_cached.cache_info()[:2] == (1, 1)  # hits and misses


@pytest.mark.parametrize("block", [1, 7, 100])
def test_it_is_read_block_by_block(block, content, write, monkeypatch):
    path = write(content)
    expected = load_word_vectors(path, cache=False)
    monkeypatch.setattr(fasttext_bin, "_BLOCK_BYTES", block)
    found = load_word_vectors(path, cache=False)
    assert found.index_to_key == expected.index_to_key
    np.testing.assert_array_equal(found.vectors, expected.vectors)
    for word in ("good", "work"):
        assert found.get_vecattr(word, "count") == expected.get_vecattr(word, "count")


def test_a_model_may_be_much_larger_than_its_archive(tmp_path, write):
    save_facebook_model(fasttext_model(bucket=2_000), str(tmp_path / "model.bin"))
    content = (tmp_path / "model.bin").read_bytes()
    end = len(content) - 17 - 4 * VECTOR_SIZE * 5  # of the subwords
    zeros = bytes(4 * VECTOR_SIZE * 1_500)
    content = content[: end - len(zeros)] + zeros + content[end:]
    expected = load_word_vectors(write(content))
    packed = gzip.compress(content)
    assert len(packed) < len(content) / 2
    np.testing.assert_array_equal(load_word_vectors(write(packed)).vectors, expected.vectors)


@pytest.mark.parametrize("at", [20, -6], ids=["where the format is told", "checksum"])
def test_errors_of_decompressors_name_the_file(at, write, tmp_path):
    save_facebook_model(fasttext_model(bucket=60_000), str(tmp_path / "large"))
    content = (tmp_path / "large").read_bytes()
    assert len(content) > formats._HEAD_BYTES  # so that the format is told without the checksum
    packed = bytearray(gzip.compress(content, 1, mtime=0))
    packed[at] ^= 0xFF
    path = write(packed)
    sequences = KerasTokenizerTransformer().fit_transform(["good work"])
    for read in (
        lambda: load_word_vectors(path),
        lambda: load_word_vectors(path, ["good"]),
        lambda: PretrainedEmbeddingMatrix(path, oov="subword").fit(sequences),
    ):
        with pytest.raises(VectorFileError, match=r"MODEL\.bin cannot be read"):
            read()


# In a process of its own, which can be stopped if reading does not end.
READ_DAMAGED = """
import struct, sys
from pathlib import Path
from skembed import load_word_vectors
from skembed.errors import VectorFileError, VectorFileWarning
import warnings

warnings.simplefilter("ignore", VectorFileWarning)
path = Path(sys.argv[1])
content = path.read_bytes()
flipped = [
    content[:i] + bytes([content[i] ^ 1 << bit]) + content[i + 1 :]
    for i in range(201) for bit in range(8)
]
cut = [content[:n] for n in range(4, len(content), 7)]
spliced = [content[:n] + content[m:] for n in range(4, 300, 19) for m in range(0, 300, 23)]
refused = 0
for damaged in flipped + cut + spliced:
    path.write_bytes(damaged)
    try:
        load_word_vectors(path, cache=False, decode_error="replace")
    except VectorFileError as error:
        assert str(path) in str(error), error
        refused += 1
print(len(flipped), len(cut), len(spliced), refused)
"""


def test_damage_anywhere_ends_in_vectors_or_a_typed_error(content, write):
    path = write(content)
    run = subprocess.run(
        [sys.executable, "-c", READ_DAMAGED, path], capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    n_flipped, n_cut, n_spliced, n_refused = map(int, run.stdout.split())
    assert n_flipped == 201 * 8
    assert n_refused > (n_flipped + n_cut + n_spliced) // 3  # what is left changes words and counts


@pytest.mark.parametrize(
    ("position", "format", "value", "message"),
    [
        (DICTIONARY, "<i", 2**24, r"byte 8: .*declares 16777216 entries.*download it again"),
        (DICTIONARY, "<i", 6, "byte 8: .*download it again"),
        (DICTIONARY + 4, "<i", 2**30, "byte 8: .*download it again"),
        (DICTIONARY + 8, "<i", 3, r"classifier with 3 labels.*\.vec"),
        (DICTIONARY + 8, "<i", 1, r"classifier with 1 labels.*\.vec"),
        (DICTIONARY + 20, "<q", 5, r"quantized.*\.vec"),
        (DICTIONARY + 20, "<q", 1, r"quantized.*\.vec"),
        (44, "<i", -1, "byte 4: .*subwords of -1"),
        (48, "<i", 2**31 - 1, "byte 4: .*to 2147483647 characters"),
        (4, "<i", 99, "byte 4: .*version 99"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_the_header_must_not_declare(position, format, value, message, pack, content, write):
    path = write(pack(changed(content, position, format, value)))
    with pytest.raises(VectorFileError, match=rf"MODEL\.bin.*{message}"):
        load_word_vectors(path)


@pytest.mark.parametrize(
    ("position", "format", "value"),
    [
        (4, "<i", 1),  # version
        (44, "<i", 0),  # lengths of subwords
        (48, "<i", 32),
        (DICTIONARY + 20, "<q", 0),
    ],
)
def test_what_the_header_may_declare(position, format, value, content, write):
    words = load_word_vectors(write(content)).index_to_key
    found = load_word_vectors(write(changed(content, position, format, value)))
    assert found.index_to_key == words


@pytest.mark.parametrize("sizes", [(VECTOR_SIZE, 2**28), (2**22, 50)], ids=["buckets", "dimension"])
def test_sizes_that_are_declared_twice_are_not_believed_either(sizes, content, write):
    size, n_buckets = sizes
    begin = content.index(struct.pack("<?2q", False, 55, VECTOR_SIZE))
    content = changed(content, 8, "<i", size)
    content = changed(content, 40, "<i", n_buckets)
    path = write(changed(content, begin + 1, "<2q", 5 + n_buckets, size))
    tracemalloc.start()
    try:
        with pytest.raises(VectorFileError, match=r"MODEL.*download it again"):
            load_word_vectors(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60e6


def one_word(word, count=3):
    """A model of one word, whose vector has one number, and of no subwords."""
    header = struct.pack("<2i12id3i2q", 793712314, 12, 1, *[0] * 11, 0, 1, 1, 0, 3, -1)
    facts = struct.pack("<qb", count, 0)
    return header + word + b"\0" + facts + struct.pack("<?2qf", False, 1, 1, 0.5)


@pytest.mark.parametrize("word", ["a", ""])
def test_the_smallest_model(word, write):
    vectors = load_word_vectors(write(one_word(word.encode())))
    assert vectors.index_to_key == [word]
    assert vectors[word].tolist() == [0.5]
    assert vectors.get_vecattr(word, "count") == 3


def test_models_of_nothing(write):
    header = struct.pack("<2i12id3i2q", 793712314, 12, 1, *[0] * 11, 0, 0, 0, 0, 3, -1)
    no_words = header + struct.pack("<?2q", False, 0, 1)
    no_numbers = changed(one_word(b"a"), 8, "<i", 0)[:-21] + struct.pack("<?2q", False, 1, 0)
    for content in (no_words, no_numbers):
        path = write(content)
        with pytest.raises(VectorFileError, match=r"MODEL.*byte 8.*download it again"):
            load_word_vectors(path)


def test_a_model_that_was_replaced_is_read_again(write):
    for word in ("a", "b"):
        path = write(one_word(word.encode()))
        assert load_word_vectors(path, ["a", "b"]).index_to_key == [word]


@pytest.mark.parametrize("block", [1, 1 << 20])
def test_the_longest_word(block, write, monkeypatch):
    monkeypatch.setattr(fasttext_bin, "_BLOCK_BYTES", block)
    longest = "x" * 4096
    assert load_word_vectors(write(one_word(longest.encode()))).index_to_key == [longest]
    with pytest.raises(VectorFileError, match=r"MODEL.*word 1.*more than 4096 bytes"):
        load_word_vectors(write(one_word(longest.encode() + b"x")))


def test_a_dictionary_of_several_blocks(tmp_path, monkeypatch):
    corpus = [[f"word{i}" for i in range(1_000)]]
    model = FastText(corpus, vector_size=2, min_count=1, bucket=0, epochs=1, workers=1, seed=0)
    save_facebook_model(model, str(tmp_path / "m.bin"))
    monkeypatch.setattr(fasttext_bin, "_BLOCK_BYTES", 5_000)  # more than a word may have
    vectors = load_word_vectors(tmp_path / "m.bin")
    assert vectors.index_to_key == model.wv.index_to_key
    np.testing.assert_array_equal(vectors.vectors, model.wv.vectors)


def test_a_word_without_an_end(content, write):
    path = write(content[:FIRST_WORD] + b"x" * 5000 + content[FIRST_WORD:])
    with pytest.raises(VectorFileError, match=r"MODEL.*word 1.*more than 4096 bytes.*download"):
        load_word_vectors(path)


def test_a_compressed_model_with_a_wrong_checksum(content, write):
    path = write(gzip.compress(content)[:-8] + bytes(8))
    with pytest.raises(VectorFileError, match=r"MODEL.*(truncated|corrupt).*download it again"):
        load_word_vectors(path)


def subword_vectors_of(path, **reading):
    sequences = KerasTokenizerTransformer().fit_transform(["good goodness"])
    return PretrainedEmbeddingMatrix(path, oov="subword", **reading).fit(sequences).matrix_


@pytest.mark.parametrize("cache", [True, False])
def test_words_that_are_not_utf8(cache, content, write):
    path = write(content.replace(b"work\0", b"w\xe9rk\0"))
    readers = [
        lambda **reading: load_word_vectors(path, **reading),
        lambda **reading: load_word_vectors(path, ["good"], **reading),
        lambda **reading: subword_vectors_of(path, **reading),
    ]
    for read in readers:
        read(decode_error="replace", cache=cache)
        with pytest.raises(VectorFileError, match=r"MODEL.*b'w\\xe9rk' is not UTF-8.*'replace'"):
            read(cache=cache)
    assert "w\ufffdrk" in load_word_vectors(path, decode_error="replace", cache=cache)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(number, content, write):
    begin = content.index(struct.pack("<?2q", False, 55, VECTOR_SIZE)) + 17
    path = write(changed(content, begin, "<f", number))  # of the first word
    first = load_word_vectors(write(content)).index_to_key[0]
    path = write(changed(content, begin, "<f", number))
    for words in (None, [first]):
        with pytest.raises(VectorFileError, match=f"MODEL.*{first!r} has NaN or infinite"):
            load_word_vectors(path, words)
    path = write(
        changed(
            content,
            begin + 4 * VECTOR_SIZE * 5,
            f"<{50 * VECTOR_SIZE}f",
            *[number, -number] * 25 * VECTOR_SIZE,
        )
    )  # of all subwords
    with pytest.raises(VectorFileError, match=r"MODEL.*NaN or infinite"):
        load_word_vectors(path)


@pytest.mark.parametrize("cache", [True, False])
def test_words_that_are_repeated(cache, content, write):
    expected = load_word_vectors(write(content))
    path = write(content.replace(b"poor\0", b"work\0"))
    for words in (None, ["good", "work"]):
        with pytest.warns(VectorFileWarning, match="1 duplicate row.* 'work'; the first"):
            vectors = load_word_vectors(path, words, cache=cache)
        assert vectors["work"].tolist() == expected["work"].tolist()
        assert vectors["good"].tolist() == expected["good"].tolist()
    assert "poor" not in vectors
    with pytest.warns(VectorFileWarning):
        vectors = load_word_vectors(path, cache=cache)
    for word in ("work", "good", "job"):  # behind the repeated one
        count = expected.get_vecattr(word, "count")
        assert vectors.get_vecattr(word, "count") == count
