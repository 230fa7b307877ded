"""Every format, in every compression, as gensim or the published layout writes it."""

import bz2
import gzip
import io
import lzma
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from gensim.models.fasttext import save_facebook_model
from helpers import (
    SINGLE_WORDS,
    SPACED_WORDS,
    VECTOR_SIZE,
    VECTOR_VALUES,
    VECTORS_IN_MEMORY,
    as_dict,
    assert_same_vectors,
    fasttext_model,
    vectors_of,
)

from skembed import load_word_vectors, save_word_vectors
from skembed.errors import SkembedError, VectorFileError, VectorFileWarning


def by_gensim(binary):
    def make(folder):
        keyed = KeyedVectors(VECTOR_SIZE)
        keyed.add_vectors(SINGLE_WORDS, VECTOR_VALUES[: len(SINGLE_WORDS)])
        keyed.save_word2vec_format(str(folder / "made"), binary=binary)
        return (folder / "made").read_bytes(), vectors_of(SINGLE_WORDS)

    return make


def glove(folder):
    expected = vectors_of([*SINGLE_WORDS, *SPACED_WORDS])
    rows = (" ".join([word, *(f"{x:.9g}" for x in row)]) for word, row in expected.items())
    return ("\n".join(rows) + "\n").encode(), expected


def word2vec_c(folder):
    """word2vec.c: fprintf("%lld %lld\\n"), and for each word "%s ", fwrite, "\\n"."""
    expected = vectors_of(SINGLE_WORDS)
    header = b"%d %d\n" % (len(expected), VECTOR_SIZE)
    rows = (
        word.encode() + b" " + struct.pack(f"<{VECTOR_SIZE}f", *row) + b"\n"
        for word, row in expected.items()
    )
    return header + b"".join(rows), expected


def fasttext_vec(folder):
    """FastText::saveVectors: a header, and a space after each number."""
    expected = vectors_of(SINGLE_WORDS)
    rows = (f"{word} {''.join(f'{x:.9g} ' for x in row)}\n" for word, row in expected.items())
    return f"{len(expected)} {VECTOR_SIZE}\n{''.join(rows)}".encode(), expected


def fasttext_bin(folder):
    model = fasttext_model()
    save_facebook_model(model, str(folder / "made"))
    words = model.wv.index_to_key
    return (folder / "made").read_bytes(), {word: model.wv[word] for word in words}


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        archive.writestr("__MACOSX/folder/._vectors.txt", b"\0\5\26\7")
        archive.writestr("folder/vectors.txt", content)
    return file.getvalue()


FORMATS = {
    "glove": glove,
    "word2vec-text": by_gensim(binary=False),
    "word2vec-binary": by_gensim(binary=True),
    "word2vec-c": word2vec_c,
    "fasttext-vec": fasttext_vec,
    "fasttext-bin": fasttext_bin,
}
PACKERS = {
    "plain": (lambda content: content, "VECTORS", "vectors.gz"),
    "gz": (gzip.compress, "vectors.GZ", "vectors.bin"),
    "bz2": (bz2.compress, "vectors.bz2", "vectors.zip"),
    "xz": (lzma.compress, "vectors.xz", "vectors.txt"),
    "zip": (zipped, "vectors.zip", "vectors.npz"),
}


@pytest.mark.parametrize("named", ["rightly", "wrongly"])
@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_in_every_package_under_any_name(kind, packer, named, tmp_path):
    content, expected = FORMATS[kind](tmp_path)
    pack, right, wrong = PACKERS[packer]
    path = tmp_path / (right if named == "rightly" else wrong)
    path.write_bytes(pack(content))
    some = {word: expected[word] for word in [*expected][::-2]}
    for cache in (False, True, True):
        assert_same_vectors(as_dict(load_word_vectors(path, cache=cache)), expected)
        assert_same_vectors(as_dict(load_word_vectors(path, [*some, "nowhere"], cache=cache)), some)


@pytest.mark.parametrize("kind", ["glove", "word2vec-c", "fasttext-bin"])
def test_the_member_of_an_archive_that_is_named(kind, tmp_path):
    content, expected = FORMATS[kind](tmp_path)
    path = tmp_path / "several.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.txt", b"the 1 2\n")
        archive.writestr("folder/two.txt", content)
    for _ in range(2):
        assert load_word_vectors(path, member="one.txt")["the"].tolist() == [1, 2]
        assert_same_vectors(as_dict(load_word_vectors(path, member="folder/two.txt")), expected)
        some = {word: expected[word] for word in [*expected][:2]}
        found = load_word_vectors(path, [*some], member="folder/two.txt")
        assert_same_vectors(as_dict(found), some)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("gap", [b"", b"\n"])
def test_a_binary_file_may_have_printable_numbers_only(gap, times, tmp_path):
    size = 2 * times
    numbers = {"one": b"AAAABBBB", "two": b"CCCCDDDD", "three": b"EEEEFFFF"}
    numbers = {word: row * times for word, row in numbers.items()}
    path = tmp_path / "v"
    rows = [word.encode() + b" " + row + gap for word, row in numbers.items()]
    path.write_bytes(b"3 %d\n" % size + b"".join(rows))
    expected = {word: np.frombuffer(row, "<f4") for word, row in numbers.items()}
    assert_same_vectors(as_dict(load_word_vectors(path)), expected)
    assert_same_vectors(as_dict(load_word_vectors(path, ["two"])), {"two": expected["two"]})
    path.write_bytes(b"2 %d\n" % size + b"".join(rows))  # the header forgets a word
    with pytest.raises(
        VectorFileError, match=f"declares {size} numbers per word but the rows have"
    ):
        load_word_vectors(path)


def test_a_binary_file_may_have_short_words_and_long_vectors(tmp_path):
    table = {"a": [0.5] * 300, "b": [-1.0] * 300}
    save_word_vectors(table, tmp_path / "v", format="word2vec-binary")
    content = (tmp_path / "v").read_bytes().replace(b"\nb", b"b").removesuffix(b"\n")
    (tmp_path / "v").write_bytes(content)  # without line ends, as gensim writes it
    assert_same_vectors(as_dict(load_word_vectors(tmp_path / "v")), table)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int8])
def test_npz_with_words(save, dtype, tmp_path):
    values = (VECTOR_VALUES[1:4] * 10).astype(dtype)
    save(tmp_path / "v.npz", vectors=values, words=np.array(["the", "naïve", "a b"]))
    path = (tmp_path / "v.npz").rename(tmp_path / "v.txt")  # recognized by its content
    expected = dict(zip(["the", "naïve", "a b"], values))
    assert_same_vectors(as_dict(load_word_vectors(path)), expected)
    assert_same_vectors(as_dict(load_word_vectors(path, ["naïve", "no"])), {"naïve": values[1]})


@pytest.mark.parametrize("end", ["\n", "", "\r\n"])
def test_npy_with_words_beside_it(end, tmp_path):
    np.save(tmp_path / "v.npy", VECTOR_VALUES[1:4])
    (tmp_path / "v.txt").write_bytes(
        (end or "\n").join(["the", "naïve", "a b"]).encode() + end.encode()
    )
    found = as_dict(load_word_vectors(tmp_path / "v.npy", ["a b", "naïve"]))
    assert_same_vectors(found, {"a b": VECTOR_VALUES[3], "naïve": VECTOR_VALUES[2]})


def test_words_beside_npy_may_have_a_byte_order_mark(tmp_path):
    np.save(tmp_path / "v.npy", VECTOR_VALUES[1:3, :1])  # one number per word
    (tmp_path / "v.txt").write_text("the\nof\n", encoding="utf-8-sig")
    expected = {"the": VECTOR_VALUES[1, :1], "of": VECTOR_VALUES[2, :1]}
    assert_same_vectors(as_dict(load_word_vectors(tmp_path / "v.npy")), expected)


def test_npz_may_have_other_arrays(tmp_path):
    arrays = {"words": np.array(["the", "of"]), "vectors": VECTOR_VALUES[1:3]}
    others = {"counts": np.array([7, 3]), "languages": np.array([["en", "en"]])}
    np.savez(tmp_path / "v.npz", **arrays, **others)
    expected = {"the": VECTOR_VALUES[1], "of": VECTOR_VALUES[2]}
    assert_same_vectors(as_dict(load_word_vectors(tmp_path / "v.npz")), expected)


def test_of_a_large_npy_only_some_rows_are_read(tmp_path):
    np.save(tmp_path / "v.npy", np.ones((1_000, 1_000)))  # 8 MB
    (tmp_path / "v.txt").write_text("\n".join(f"word{i}" for i in range(1_000)))
    tracemalloc.start()
    try:
        assert load_word_vectors(tmp_path / "v.npy", ["word7"])["word7"].tolist() == [1] * 1_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4e6


@pytest.mark.parametrize("kind", ["npy", "npz", "fasttext"])
def test_only_the_vectors_of_requested_words_need_be_finite(kind, tmp_path):
    values, words = np.array([[1.0, 2.0], [np.nan, 1.0]]), np.array(["good", "poor"])
    path = tmp_path / f"v.{kind}"
    if kind == "npy":
        np.save(path, values)
        path.with_suffix(".txt").write_text("good\npoor\n")
    elif kind == "npz":
        np.savez(path, words=words, vectors=values)
    else:
        model = fasttext_model(bucket=0)
        model.wv.vectors_vocab[model.wv.key_to_index["poor"]] = np.nan
        save_facebook_model(model, str(path))
    assert load_word_vectors(path, ["good"]).index_to_key == ["good"]
    for words in (None, ["poor"]):
        with pytest.raises(VectorFileError, match=rf"v\.{kind}.*'poor'.*finite"):
            load_word_vectors(path, words)


def test_a_fasttext_file_that_was_loaded_can_be_changed_without_harm(tmp_path):
    save_facebook_model(fasttext_model(), str(tmp_path / "m.bin"))
    before = load_word_vectors(tmp_path / "m.bin", ["good"])["good"]
    load_word_vectors(tmp_path / "m.bin").vectors[:] = 7
    assert_same_vectors(
        {"good": load_word_vectors(tmp_path / "m.bin", ["good"])["good"]}, {"good": before}
    )


class Trap:
    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_nothing_is_ever_unpickled(packer, protocol, tmp_path):
    trap = Trap()
    trap.path = str(tmp_path / "sprung")
    path = tmp_path / "v.txt"
    path.write_bytes(PACKERS[packer][0](pickle.dumps(trap, protocol)))
    with pytest.raises(VectorFileError, match=r"v\.txt"):
        load_word_vectors(path)
    np.savez(tmp_path / "v.npz", words=np.array(["a"]), vectors=np.array([[trap]], object))
    np.save(tmp_path / "w.npy", np.array([[trap]], object))
    (tmp_path / "w.txt").write_text("a\n")
    for name in ("v.npz", "w.npy"):
        with pytest.raises(VectorFileError, match=name):
            load_word_vectors(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("what", ["KeyedVectors", "FastText", "Word2Vec"])
def test_what_gensim_saved_is_refused_with_the_way_to_load_it(what, pack, tmp_path):
    VECTORS_IN_MEMORY[what](tmp_path).save(str(tmp_path / "saved"))
    path = tmp_path / "saved.txt"
    path.write_bytes(pack((tmp_path / "saved").read_bytes()))
    with pytest.raises(VectorFileError, match=r"saved\.txt.*pickle.*KeyedVectors\.load\("):
        load_word_vectors(path)


def test_repeated_words_are_said_once_and_the_first_counts(tmp_path):
    path = tmp_path / "v"
    path.write_text("a 1\nb 2\na 3\na 4\n")
    for words in (None, ["a"], ["b", "a"]):
        with pytest.warns(VectorFileWarning, match="2 duplicate row.* 'a'") as caught:
            assert load_word_vectors(path, words)["a"] == 1
        assert len(caught) == 1


@pytest.mark.parametrize("collection", [np.array, pd.Index, set, tuple, dict.fromkeys])
def test_words_in_any_collection(collection, tmp_path):
    (tmp_path / "v").write_text("a 1\nb 2\n")
    assert load_word_vectors(tmp_path / "v", collection(["a", "c"])).index_to_key == ["a"]
    with pytest.raises(SkembedError, match="has none of the 2 words"):
        load_word_vectors(tmp_path / "v", collection(["x", "y"]))
