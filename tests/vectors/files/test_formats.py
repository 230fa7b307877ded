"""Every format, read from files that gensim or the published layout made; and written."""

import bz2
import gzip
import io
import lzma
import pickle
import struct
import zipfile

import numpy as np
import pandas as pd
import pytest
from gensim.models import FastText, KeyedVectors, Word2Vec
from gensim.models.fasttext import save_facebook_model
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from skembed import (
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    load_word_vectors,
    save_word_vectors,
)
from skembed.errors import SkembedError, VectorFileError, VectorFileWarning, VectorSourceError
from skembed.vectors.files import decompress, scan, select_rows
from skembed.vectors.files.decimals import decimal_table

SIZE = 5
SINGLE_WORDS = ["the", "of", "naïve", "日本", "a\xa0b", "</s>", "3", "x" * 40, "x" * 41, "."]
SPACED_WORDS = [". . .", "at name@domain.com", "to 2 pm", "the of"]  # as glove.840B has
VALUES = np.random.RandomState(0).normal(size=(14, SIZE)).astype(np.float32)
VALUES[0] = [-0.0, 1e-45, 3.4028235e38, 1.1754944e-38, -1.5]
CORPUS = [["good", "work"], ["poor", "work"], ["very", "good", "job"]] * 5

properties = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def table(words):
    return dict(zip(words, VALUES))


def by_gensim(binary):
    def make(folder):
        keyed = KeyedVectors(SIZE)
        keyed.add_vectors(SINGLE_WORDS, VALUES[: len(SINGLE_WORDS)])
        keyed.save_word2vec_format(str(folder / "made"), binary=binary)
        return (folder / "made").read_bytes(), table(SINGLE_WORDS)

    return make


def glove(folder):
    expected = table([*SINGLE_WORDS, *SPACED_WORDS])
    rows = (" ".join([word, *(f"{x:.9g}" for x in row)]) for word, row in expected.items())
    return ("\n".join(rows) + "\n").encode(), expected


def word2vec_c(folder):
    """word2vec.c: fprintf("%lld %lld\\n"), and for each word "%s ", fwrite, "\\n"."""
    expected = table(SINGLE_WORDS)
    header = b"%d %d\n" % (len(expected), SIZE)
    rows = (
        word.encode() + b" " + struct.pack(f"<{SIZE}f", *row) + b"\n"
        for word, row in expected.items()
    )
    return header + b"".join(rows), expected


def fasttext_vec(folder):
    """FastText::saveVectors: a header, and a blank behind each number."""
    expected = table(SINGLE_WORDS)
    rows = (f"{word} {''.join(f'{x:.9g} ' for x in row)}\n" for word, row in expected.items())
    return f"{len(expected)} {SIZE}\n{''.join(rows)}".encode(), expected


def fasttext_model(max_n=6, seed=0):
    return FastText(
        CORPUS,
        vector_size=SIZE,
        min_count=1,
        bucket=50,
        max_n=max_n,
        epochs=1,
        workers=1,
        seed=seed,
    )


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


def as_dict(vectors):
    return {word: vectors[word] for word in vectors.index_to_key}


def assert_same(found, expected):
    assert [*found] == [*expected]
    for word, vector in expected.items():
        bits = np.asarray(found[word], np.float32).view(np.uint32)
        assert bits.tolist() == np.asarray(vector, np.float32).view(np.uint32).tolist(), word


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
        assert_same(as_dict(load_word_vectors(path, cache=cache)), expected)
        assert_same(as_dict(load_word_vectors(path, [*some, "nowhere"], cache=cache)), some)


@pytest.mark.parametrize("kind", ["glove", "word2vec-c", "fasttext-bin"])
def test_the_member_of_an_archive_that_is_named(kind, tmp_path):
    content, expected = FORMATS[kind](tmp_path)
    path = tmp_path / "several.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.txt", b"the 1 2\n")
        archive.writestr("folder/two.txt", content)
    for _ in range(2):
        assert load_word_vectors(path, member="one.txt")["the"].tolist() == [1, 2]
        assert_same(as_dict(load_word_vectors(path, member="folder/two.txt")), expected)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int8])
def test_npz_with_words(save, dtype, tmp_path):
    values = (VALUES[1:4] * 10).astype(dtype)
    save(tmp_path / "v.npz", vectors=values, words=np.array(["the", "naïve", "a b"]))
    path = (tmp_path / "v.npz").rename(tmp_path / "v.txt")  # told by content
    expected = dict(zip(["the", "naïve", "a b"], values))
    assert_same(as_dict(load_word_vectors(path)), expected)
    assert_same(as_dict(load_word_vectors(path, ["naïve", "no"])), {"naïve": values[1]})


@pytest.mark.parametrize("end", ["\n", ""])
def test_npy_with_words_beside_it(end, tmp_path):
    np.save(tmp_path / "v.npy", VALUES[1:4])
    (tmp_path / "v.txt").write_text("the\nnaïve\na b" + end, encoding="utf-8")
    found = as_dict(load_word_vectors(tmp_path / "v.npy", ["a b", "naïve"]))
    assert_same(found, {"a b": VALUES[3], "naïve": VALUES[2]})


class Encoder:
    """Has encode, as sentence-transformers and model2vec models do."""

    def encode(self, sentences):
        assert isinstance(sentences, list)
        assert all(type(sentence) is str for sentence in sentences)
        return np.array([[len(sentence), ord(sentence[0])] for sentence in sentences], np.float64)


@pytest.fixture(scope="module")
def sequences():
    return KerasTokenizerTransformer().fit_transform(["good work", "poor work job"])


def mapped(folder):
    fasttext_model().wv.save(str(folder / "kv"), sep_limit=0)
    vectors = KeyedVectors.load(str(folder / "kv"), mmap="r")
    assert isinstance(vectors.vectors, np.memmap)
    return vectors


IN_MEMORY = {
    "KeyedVectors": lambda folder: fasttext_model().wv,
    "mapped": mapped,
    "FastText": lambda folder: fasttext_model(),
    "mapping": lambda folder: {w: fasttext_model().wv[w].tolist() for w in ("good", "work")},
    "frame": lambda folder: pd.DataFrame({"good": VALUES[1], "work": VALUES[2]}).T,
    "Word2Vec": lambda folder: Word2Vec(CORPUS, vector_size=SIZE, min_count=1, workers=1, seed=0),
    "encoder": lambda folder: Encoder(),
}


@pytest.mark.parametrize("kind", IN_MEMORY)
def test_vectors_in_memory(kind, sequences, tmp_path):
    source = IN_MEMORY[kind](tmp_path)
    step = PretrainedEmbeddingMatrix(source).fit(sequences)
    for word in ("good", "work"):
        vectors = getattr(source, "wv", source)
        expected = (
            vectors.encode([word])[0]
            if kind == "encoder"
            else vectors.loc[word]
            if kind == "frame"
            else vectors[word]
        )
        row = step.matrix_[step.vocabulary_[word]]
        assert row.tolist() == np.asarray(expected, np.float32).tolist()
    assert step.coverage_.n_found == {"mapping": 2, "frame": 2}.get(kind, 4)
    assert not step.matrix_[0].any()
    if kind == "mapped":
        assert isinstance(source.vectors, np.memmap)
        assert step.vectors is source


@pytest.mark.parametrize("from_file", [True, False])
def test_subwords_of_a_fasttext_model(from_file, tmp_path):
    model = source = fasttext_model()
    if from_file:
        source = tmp_path / "model.bin"
        save_facebook_model(model, str(source))
    unseen = KerasTokenizerTransformer().fit_transform(["good good goodness workable"])
    step = PretrainedEmbeddingMatrix(source, oov="subword").fit(unseen)
    for word in ("good", "goodness", "workable"):
        np.testing.assert_array_equal(step.matrix_[step.vocabulary_[word]], model.wv[word])
    assert not step.matrix_[:2].any()
    assert step.coverage_.missing == ("goodness", "workable")


def test_a_fasttext_model_without_subwords_has_none_to_give():
    unseen = KerasTokenizerTransformer().fit_transform(["good work goodness"])
    step = PretrainedEmbeddingMatrix(fasttext_model(max_n=0), oov="subword").fit(unseen)
    assert np.isfinite(step.matrix_).all()


def test_a_fasttext_file_that_was_loaded_can_be_changed_without_harm(tmp_path):
    save_facebook_model(fasttext_model(), str(tmp_path / "m.bin"))
    before = load_word_vectors(tmp_path / "m.bin", ["good"])["good"]
    load_word_vectors(tmp_path / "m.bin").vectors[:] = 7
    assert_same({"good": load_word_vectors(tmp_path / "m.bin", ["good"])["good"]}, {"good": before})


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
    IN_MEMORY[what](tmp_path).save(str(tmp_path / "saved"))
    path = tmp_path / "saved.txt"
    path.write_bytes(pack((tmp_path / "saved").read_bytes()))
    with pytest.raises(VectorFileError, match=r"saved\.txt.*pickle.*KeyedVectors\.load\("):
        load_word_vectors(path)


FILE_FORMATS = ["glove", "word2vec", "word2vec-binary"]
float32s = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw, words, min_rows=1, max_rows=6):
    size = draw(st.integers(1, 4))
    row = st.lists(float32s, min_size=size, max_size=size)
    return draw(st.dictionaries(words, row, min_size=min_rows, max_size=max_rows))


@pytest.mark.parametrize("format", FILE_FORMATS)
@given(vectors=tables(st.text(min_size=1, max_size=20)))
@example(vectors={"\ufeffmark": [1.5], "b": [2.0]})
@example(vectors={"<html>": [1.5], "b": [2.0]})
@example(vectors={"<!--": [1.5], "b": [2.0]})
@example(vectors={"BZh": [1.5], "b": [2.0]})
@example(vectors={"PK\x03\x04": [1.5], "b": [2.0]})
@example(vectors={"5": [1.5], "3": [2.0]})
@example(vectors={"2": [1.5, 1.0], "a\tb": [2.0, 3.0]})
@example(vectors={"a": [12.078431129455566]})  # four letters, as bytes
@example(vectors={"a": [12.078431129455566] * 3, "b": [12.078431129455566] * 3})
@example(vectors={"u" * 257 + "ustar": [1.0]})
@example(vectors={"w" * 5000: [1.0, -0.0]})
@example(vectors={"a": [1e-45, -1e-45, 3.4028234663852886e38, -0.0]})
@properties
def test_what_is_saved_is_loaded_bit_for_bit(vectors, format, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "v"
    try:
        save_word_vectors(vectors, path, format=format)
    except VectorFileError:
        assert not path.exists()
        return
    for cache in (False, True, True):
        assert_same(as_dict(load_word_vectors(path, cache=cache)), vectors)
        assert_same(as_dict(load_word_vectors(path, [*vectors], cache=cache)), vectors)


@pytest.mark.parametrize("format", FILE_FORMATS)
@pytest.mark.parametrize("word", ["the", "naïve", "a\xa0b", "3", "nan", "</s>", "日本", "<unk>"])
def test_usual_words_can_be_saved(word, format, tmp_path):
    vectors = {"a": [0.5, 1.5], word: [2.5, -0.0]}
    save_word_vectors(vectors, tmp_path / "v", format=format)
    assert_same(as_dict(load_word_vectors(tmp_path / "v")), vectors)


@pytest.mark.parametrize("format", ["glove", "word2vec"])
@pytest.mark.parametrize("word", SPACED_WORDS)
def test_words_with_spaces_can_be_saved_as_text(word, format, tmp_path):
    save_word_vectors({word: [2.5, 1.0]}, tmp_path / "v", format=format)
    assert_same(as_dict(load_word_vectors(tmp_path / "v")), {word: [2.5, 1.0]})


@pytest.mark.parametrize(
    ("word", "formats"),
    [
        ("", FILE_FORMATS),
        (" ", FILE_FORMATS),
        ("a\nb", FILE_FORMATS),
        ("a ", FILE_FORMATS),
        (" a", FILE_FORMATS),
        ("a 1", FILE_FORMATS),
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
    expected = table(SINGLE_WORDS)
    save_word_vectors(expected, path, format="word2vec-binary" if binary else "word2vec")
    loaded = KeyedVectors.load_word2vec_format(str(path), binary=binary)
    assert_same(as_dict(loaded), expected)


@pytest.mark.parametrize("kind", ["KeyedVectors", "mapping", "frame"])
def test_everything_with_words_can_be_saved(kind, tmp_path):
    source = IN_MEMORY[kind](tmp_path)
    save_word_vectors(source, tmp_path / "v")
    get = source.loc.__getitem__ if kind == "frame" else source.__getitem__
    words = getattr(source, "index_to_key", None) or [*getattr(source, "index", source)]
    expected = {word: np.asarray(get(word), np.float32) for word in words}
    assert_same(as_dict(load_word_vectors(tmp_path / "v")), expected)


def test_a_model_without_words_cannot_be_saved(tmp_path):
    with pytest.raises(VectorSourceError):
        save_word_vectors(Encoder(), tmp_path / "v")


ODD_NUMBERS = """0 -0.0 +1.5 .5 5. 1_0 nan -nan infinity -inf 0x10 1e5 1e400 1e-400 3.5e38 - . 1..2
--1 1.2.3 1.-2 9.99999999999999 1.234567890123456 0.00000000000001 1.a2345678 1.1234567a
1.12345678a 1.: 1./ 9007199254740993 0.1_5 1.12345678/ ٣.٤ 1.5f"""
digits = st.text("0123456789", max_size=20)
numbers = st.one_of(
    st.builds("{}{:d}.{}".format, st.sampled_from(["", "-"]), st.integers(0, 9), digits),
    st.builds("{}{}.{}".format, st.sampled_from(["", "-", "+"]), digits, digits),
    st.builds("{}e{:d}".format, digits, st.integers(-330, 330)),
    st.builds("1.{}".format, st.text("0123456789/:a", max_size=16)),
    st.floats().map(repr),
    st.sampled_from(["", *ODD_NUMBERS.split()]),
)


def by_float(rows):
    try:
        values = [[float(number.encode()) for number in row] for row in rows]
    except ValueError:
        return None
    with np.errstate(over="ignore"):
        return np.array(values).astype(np.float32)


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
@settings(properties, max_examples=500)
def test_decimals_are_read_as_python_reads_them(rows):
    parsed = decimal_table([" ".join(["w", *row]).encode() for row in rows], len(rows[0]))
    expected = by_float(rows)
    assert (parsed is None) == (expected is None)
    if expected is not None:
        is_nan = np.isnan(expected)
        assert np.isnan(parsed[is_nan]).all()
        assert np.array_equal(parsed.view(np.uint32)[~is_nan], expected.view(np.uint32)[~is_nan])


def test_random_decimals_of_every_length():
    random = np.random.RandomState(0)
    for digits in range(1, 18):
        row = [f"{x:.{digits}f}" for x in random.uniform(-9.99, 9.99, 500)]
        parsed = decimal_table([" ".join(["w", *row]).encode()], len(row))
        assert np.array_equal(parsed, by_float([row]))


@pytest.mark.parametrize("lines", [[b"a 1", b"b 2 3 4"], [b"a 1 2 3", b"b 1"], [b"a  1 2"]])
def test_lines_of_another_form_are_not_decimals(lines):
    assert decimal_table(lines, 2) is None


LETTERS = "aéß字😀.-Zz\xa0\u2028"
single_words = st.text(LETTERS, min_size=1, max_size=14)
spaced_words = st.lists(st.text(LETTERS, min_size=1, max_size=5), min_size=1, max_size=3).map(
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
@properties
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
        patch.setattr(scan, "_BLOCK", block)
        patch.setattr(decompress, "_AHEAD", block)
        patch.setattr(select_rows, "ROWS_TOGETHER", 3)
        for cache in (False, True, True):
            if some:
                assert_same(as_dict(load_word_vectors(path, wanted, cache=cache)), some)
            assert_same(as_dict(load_word_vectors(path, cache=cache)), everything)


@given(
    vectors=tables(single_words, max_rows=25),
    gap=st.sampled_from([b"", b"\n"]),
    packed=st.booleans(),
    block=st.sampled_from([64, 65, 100, 257]),
    data=st.data(),
)
@properties
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
        patch.setattr(scan, "_BLOCK", block)
        patch.setattr(decompress, "_AHEAD", block)
        for cache in (False, True, True):
            found = as_dict(load_word_vectors(path, [*wanted, "nowhere"], cache=cache))
            assert_same(found, {word: vectors[word] for word in wanted})
            assert_same(as_dict(load_word_vectors(path, cache=cache)), vectors)


@pytest.mark.parametrize(
    "content",
    [b"a 1 2\nb 3 4\n\n", b"\na 1 2\nb 3 4\n", b"2 2\na 1 2\n\nb 3 4\n", b"a 1 2\r\n\r\nb 3 4\r\n"],
)
def test_blank_lines_are_no_rows(content, tmp_path):
    path = tmp_path / "v"
    path.write_bytes(content)
    for _ in range(2):
        assert_same(as_dict(load_word_vectors(path)), {"a": [1, 2], "b": [3, 4]})


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
