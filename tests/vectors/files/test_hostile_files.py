"""Hostile and damaged files: bounded work, and only typed errors that name the file."""

import bz2
import gzip
import io
import lzma
import struct
import tracemalloc
import warnings
import zipfile
from random import Random

import numpy as np
import pytest
from gensim.models.fasttext import save_facebook_model
from helpers import fasttext_model

from skembed import load_word_vectors
from skembed.errors import NoVectorsFoundError, VectorFileError, VectorFileWarning
from skembed.vectors.files import unpacked_size

N_MUTATIONS = 60  # of each file; the long suite tries more
GLOVE = b"".join(b"word%d %.4f %.4f\n" % (i, i / 7, -i / 3) for i in range(100))
BINARY = b"100 2\n" + b"".join(b"word%d %b" % (i, struct.pack("<2f", i, -i)) for i in range(100))
WORDS = np.array([f"word{i}" for i in range(100)])


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


def zipped(content, name="v.txt"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def npz(save=np.savez, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def npy_of(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npy(header):
    text = header.encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(80)


def fasttext(folder):
    save_facebook_model(fasttext_model(), str(folder / "made"))
    return (folder / "made").read_bytes()


PACK = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
}
CONTENT = {
    "glove": lambda _: GLOVE,
    "word2vec": lambda _: b"100 2\n" + GLOVE,
    "binary": lambda _: BINARY,
    "fasttext": fasttext,
    "npz": lambda _: npz(words=WORDS, vectors=np.ones((100, 3))),
    "npz-compressed": lambda _: npz(np.savez_compressed, words=WORDS, vectors=np.ones((100, 3))),
}
FILES = [(kind, pack) for kind in CONTENT for pack in PACK if "npz" not in kind or pack == "plain"]


def mutate(content, random):
    """Flip bits, delete, repeat or overwrite a part: often near an end, where headers are."""
    n = len(content)
    i = random.choice(
        [random.randrange(n), random.randrange(min(n, 100)), n - 1 - random.randrange(min(n, 100))]
    )
    length = random.choice([1, 2, 8, 100])
    part = content[i : i + length]
    replaced = random.choice(
        [
            bytes([part[0] ^ 1 << random.randrange(8)]) + part[1:],
            b"",
            part * 3,
            random.randbytes(len(part)),
            bytes(len(part)),
            b"\xff" * len(part),
        ]
    )
    return content[:i] + replaced + content[i + length :]


@pytest.mark.parametrize(("kind", "pack"), FILES)
def test_a_mutated_file_is_read_or_refused_by_name(kind, pack, tmp_path):
    content, random = PACK[pack](CONTENT[kind](tmp_path)), Random(0)
    path = tmp_path / "VECTORS"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VectorFileWarning)
        for _ in range(N_MUTATIONS):
            mutated = mutate(content, random)
            path.write_bytes(mutated)
            for words in (None, ["word7", "good"]):
                error = None
                try:
                    vectors = load_word_vectors(path, words)
                except (VectorFileError, NoVectorsFoundError) as raised:
                    error = raised
                if error is None:
                    assert np.isfinite(vectors.vectors).all()
                else:
                    assert "VECTORS" in str(error)


def with_bytes(content, old, new):
    assert old in content
    return content.replace(old, new)


CENTRAL = b"PK\x01\x02"
UNTYPED = {
    "name that is not UTF-8": with_bytes(zipped(GLOVE, "é.txt"), "é".encode(), b"\xff\xfe"),
    "version of the future": with_bytes(
        zipped(GLOVE), CENTRAL + b"\x14\x03\x14", CENTRAL + b"\x14\x03\xff"
    ),
    "method of the future": with_bytes(
        zipped(GLOVE), b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00"
    ),
    "header of unclosed brackets": zipped(npy("{'descr': '<f4', 'shape': ((((\n"), "v.npy"),
    "header of another dictionary": zipped(npy("{'descr': '<f4', 1: (2,)}\n"), "v.npy"),
    "header of nested brackets": zipped(npy("(" * 5000 + "\n"), "v.npy"),
    "header of no dtype": zipped(
        npy("{'descr': 'zz', 'fortran_order': False, 'shape': (2,)}\n"), "v.npy"
    ),
}


@pytest.mark.parametrize("kind", UNTYPED)
def test_errors_of_the_libraries_below_become_ours(kind, tmp_path):
    path = tmp_path / "VECTORS"
    path.write_bytes(UNTYPED[kind])
    for words in (None, ["word1"]):
        with pytest.raises(VectorFileError, match="VECTORS"):
            load_word_vectors(path, words)


@pytest.mark.parametrize(
    "header", ["{'descr': '<f4', 'shape': ((((\n", "{1: 2}\n", "(" * 5000 + "\n", "\0\n"]
)
def test_headers_of_npy_files(header, tmp_path):
    (tmp_path / "v.npy").write_bytes(npy(header))
    (tmp_path / "v.txt").write_text("good\n")
    with pytest.raises(VectorFileError, match=r"v\.npy"):
        load_word_vectors(tmp_path / "v.npy")


ROWS = b"word" + b" 0.5" * 100 + b"\n"
LARGE = b"good" + b" 0.5" * 100 + b"\n" + ROWS * 50_000  # 20 MB
BOMBS = {
    "gz": lambda: gzip.compress(LARGE, 1),
    "bz2": lambda: bz2.compress(LARGE[: 1 << 22], 1),
    "zip": lambda: zipped(LARGE),
    "zip in binary": lambda: zipped(b"99999 100\n" + (b"w " + bytes(400) + b"\n") * 99_999),
    "gz of blank lines": lambda: gzip.compress(b"a 1\n" + b"\n" * (1 << 22), 1),
    "npz": lambda: npz(np.savez_compressed, words=WORDS, vectors=np.zeros((100, 100_000))),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_file_that_unpacks_to_too_much(kind, tmp_path, home, monkeypatch):
    if kind != "gz":
        monkeypatch.setattr(unpacked_size, "_MIN_LIMIT", 1 << 20)  # less work
    path = tmp_path / "VECTORS"
    path.write_bytes(BOMBS[kind]())
    limit = r"VECTORS unpacks to more than [0-9,]+ bytes, .* its size.*decompress it and pass"
    tracemalloc.start()
    try:
        with pytest.raises(VectorFileError, match=limit):
            load_word_vectors(path, ["good"])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100e6
    assert not [file for file in home.rglob("*") if file.is_file()]


def test_a_file_of_many_repetitions_is_read_as_soon_as_it_is_unpacked(tmp_path):
    path = tmp_path / "v"
    path.write_bytes(LARGE)
    with pytest.warns(VectorFileWarning, match="duplicate"):
        assert load_word_vectors(path, ["good", "word"]).vectors.shape == (2, 100)


@pytest.mark.parametrize("values", [np.array([["1", "2"]]), np.array([[True]]), np.array([[1j]])])
def test_arrays_of_other_things_than_numbers(values, tmp_path):
    np.save(tmp_path / "VECTORS.npy", values)
    (tmp_path / "VECTORS.txt").write_text("good\n")
    with pytest.raises(VectorFileError, match=r"VECTORS\.npy: expected a 2-D array of numbers"):
        load_word_vectors(tmp_path / "VECTORS.npy")


def test_an_absurd_dimension_is_not_believed_for_many_words_either(tmp_path):
    path = tmp_path / "VECTORS"
    path.write_bytes(BINARY.replace(b"100 2", b"100 %d" % ((1 << 22) - 1)))
    tracemalloc.start()
    try:
        with pytest.raises(VectorFileError, match=r"VECTORS.*download it again"):
            load_word_vectors(path, WORDS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60e6


@pytest.mark.parametrize("count", [10**5, 10**9])
def test_words_of_no_bytes_take_no_memory(count, tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, kind, shape in (("words", "<U0", (count,)), ("vectors", "<f4", (1, 2))):
            header = {"descr": kind, "fortran_order": False, "shape": shape}
            array = io.BytesIO()
            np.lib.format.write_array_header_1_0(array, header)
            archive.writestr(f"{name}.npy", array.getvalue() + bytes(8))
    path = tmp_path / "VECTORS"
    path.write_bytes(file.getvalue())
    with pytest.raises(VectorFileError, match=f"VECTORS.*each of {count} words"):
        load_word_vectors(path)


@pytest.mark.parametrize("kind", ["S", "U", "npy"])
def test_words_in_arrays_that_are_not_utf8(kind, tmp_path):
    values = np.array([[1, 2], [3, 4]], np.float32)
    path = tmp_path / ("VECTORS.npy" if kind == "npy" else "VECTORS")
    if kind == "npy":
        np.save(path, values)
        path.with_suffix(".txt").write_bytes(b"good\ncaf\xe9\n")
    else:
        words = np.array([b"good", b"caf\xe9"] if kind == "S" else ["good", "caf\ud800"])
        path.write_bytes(npz(words=words, vectors=values))
    for words in (None, ["good"]):
        with pytest.raises(VectorFileError, match=r"VECTORS.*word 2: .*not UTF-8.*'replace'"):
            load_word_vectors(path, words)
        vectors = load_word_vectors(path, words, decode_error="replace")
        assert vectors["good"].tolist() == [1, 2]
    vectors = load_word_vectors(path, decode_error="replace")
    assert vectors.index_to_key[1].startswith("caf\ufffd")


@pytest.mark.parametrize("kind", ["text", "binary", "npz", "npy", "fasttext"])
def test_repeated_words_matter_if_they_are_asked_for(kind, tmp_path):
    path = tmp_path / "VECTORS"
    path.write_bytes(
        {
            "text": lambda: GLOVE.replace(b"word2 ", b"word1 "),
            "binary": lambda: BINARY.replace(b"word2 ", b"word1 "),
            "npz": lambda: npz(
                words=np.array(["word1", "word1", "word3"]), vectors=np.ones((3, 2))
            ),
            "npy": lambda: npy_of(np.ones((3, 2))),
            "fasttext": lambda: with_bytes(fasttext(tmp_path), b"poor\0", b"work\0"),
        }[kind]()
    )
    path.with_suffix(".txt").write_text("word1\nword1\nword3\n")  # for npy
    repeated, single = ("work", "good") if kind == "fasttext" else ("word1", "word3")
    load_word_vectors(path, [single])  # a warning would be an error
    for words in (None, [single, repeated]):
        with pytest.warns(VectorFileWarning, match=f"VECTORS has 1 duplicate .*{repeated!r}"):
            load_word_vectors(path, words)


@pytest.mark.parametrize(
    "content",
    [
        b"good 1 2\nnew caf\xe9 1 2\n",
        b"good\t1\t2\nnew caf\xe9\t1\t2\n",
        b"2 2\ngood " + struct.pack("<2f", 1, 2) + b"a\x01b\tcaf\xe9 " + struct.pack("<2f", 1, 2),
    ],
    ids=["text", "tabs", "binary"],
)
@pytest.mark.parametrize("cache", [True, False])
def test_every_part_of_every_word_is_utf8(content, cache, tmp_path):
    path = tmp_path / "VECTORS"
    path.write_bytes(content)
    for words in (None, ["good"], ["good"]):
        with pytest.raises(VectorFileError, match=r"VECTORS.*\\xe9' is not UTF-8.*'replace'"):
            load_word_vectors(path, words, cache=cache)
        vectors = load_word_vectors(path, words, decode_error="replace", cache=cache)
        assert vectors["good"].tolist() == [1, 2]


def test_an_archive_that_climbs_is_named_beside_a_member_that_does_not(tmp_path):
    path = tmp_path / "vectors.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.txt", GLOVE)
        archive.writestr("../bad.txt", GLOVE)
    with pytest.raises(VectorFileError, match=r"vectors\.zip contains '\.\./bad\.txt'"):
        load_word_vectors(path, member="good.txt")
