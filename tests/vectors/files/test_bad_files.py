"""Bad word-vector files: the error names the file, the place and what to do."""

import bz2
import gzip
import io
import lzma
import re
import struct
import tracemalloc
import zipfile
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import save_facebook_model
from sklearn.exceptions import NotFittedError

from skembed import (
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    load_word_vectors,
    save_word_vectors,
)
from skembed.errors import (
    EmptyVocabularyError,
    NoVectorsFoundError,
    SkembedError,
    VectorFileError,
    VectorFileWarning,
    VectorSourceError,
)
from skembed.vectors.files import select_rows

GLOVE = b"good 1.0 2.0\nwork 3.0 4.0\npoor 5.0 6.0\nvery 7.0 8.0\n"
TEXTS = ["good work", "very poor work"]


def floats(*numbers):
    return struct.pack(f"<{len(numbers)}f", *numbers)


def binary(n_rows, size, *rows, end=b""):
    return b"%d %d\n" % (n_rows, size) + b"".join(word + b" " + row + end for word, row in rows)


GOOD_ROWS = (b"good", floats(1, 2, 3)), (b"work", floats(4, 5, 6))


def zipped(members, encrypted=False):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    content = file.getvalue()
    if encrypted:  # the flag in the local header, and in the central directory
        for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            i = content.index(magic) + offset
            content = content[:i] + bytes([content[i] | 1]) + content[i + 1 :]
    return content


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.fixture(scope="module")
def fasttext(tmp_path_factory):
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    corpus = [["good", "work"], ["poor", "work"]] * 5
    model = FastText(corpus, vector_size=4, min_count=1, bucket=50, epochs=1, workers=1, seed=0)
    save_facebook_model(model, str(path))
    return path.read_bytes()


CUT = "(truncated|corrupt).*download it again"
PAGE = b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n"
MANY = b"".join(b"word%d %.4f %.4f\n" % (i, i / 7, -i / 3) for i in range(2000))
BAD = {
    "row too short": (GLOVE.replace(b"3.0 4.0", b"3.0"), "line 2: expected 2 numbers .*'work'"),
    "row too long": (GLOVE.replace(b"3.0", b"3.0 9"), "line 2: expected 2 numbers .* got 3"),
    "short behind a header": (
        b"4 2\n" + GLOVE.replace(b"3.0 4.0", b"3.0"),
        "line 3: expected 2 numbers .*correct or delete the line",
    ),
    "word alone": (GLOVE.replace(b"work 3.0 4.0", b"work"), "line 2: .*'work', got 0"),
    "more promised, last line cut": (
        b"5 2\n" + GLOVE.rstrip(),
        "line 5: .*declares 5 words but the file has 4.*truncated.*delete the header",
    ),
    "more promised, blank lines, last line cut": (
        b"5 2\n" + GLOVE.replace(b"\n", b"\n\n").rstrip(),
        "declares 5 words but the file has 4.*truncated",
    ),
    "larger dimension": (b"4 3\n" + GLOVE, "line 1: .*3 numbers per word but the rows have 2"),
    "smaller dimension": (b"4 1\n" + GLOVE, "line 1: .*1 numbers per word but the rows have 2"),
    "header alone": (b"4 2\n", "declares 4 words but the file has none"),
    "header alone, one number": (b"4 1\n", "declares 4 words but the file has none"),
    "header of no numbers": (b"2 0\ngood\nwork\n", "line [12]: .*(numbers per word|their numbers)"),
    "header of endless digits": (b"9" * 5000 + b" 2\n" + GLOVE, "line 1|byte 0|declares"),
    "binary, more promised": (binary(3, 3, *GOOD_ROWS), "byte [0-9]+.*download it again"),
    "binary, fewer promised": (binary(1, 3, *GOOD_ROWS), "declares 1 words.*more; download"),
    "binary, none promised": (binary(0, 3, GOOD_ROWS[0]), "declares 0 words.*download"),
    "binary, larger dimension": (binary(2, 4, *GOOD_ROWS), "byte [0-9]+.*download it again"),
    "binary, smaller dimension": (binary(2, 2, *GOOD_ROWS), "(byte|line) [0-9]+.*download"),
    "binary, with line breaks, cut": (
        binary(2, 3, *GOOD_ROWS, end=b"\n")[:-4],
        "byte [0-9]+.*truncated or corrupt: download it again",
    ),
    "binary NaN": (
        binary(2, 3, GOOD_ROWS[0], (b"work", floats(1, np.nan, 1))),
        "row 2: expected 3 finite numbers .* got 2; correct",
    ),
    "binary infinity": (
        binary(2, 3, (b"good", floats(np.inf, -np.inf, 1)), GOOD_ROWS[1]),
        "row 1: expected 3 finite numbers .* got 1; correct",
    ),
    "NaN": (GLOVE.replace(b"3.0", b"NaN"), "line 2: expected 2 finite numbers.*got 1.*correct"),
    "infinity": (GLOVE.replace(b"3.0", b"-inf"), "line 2: expected 2 finite numbers.*got 1"),
    "too large": (GLOVE.replace(b"3.0", b"1e39"), "line 2: expected 2 finite numbers.*got 1"),
    "not UTF-8": (GLOVE + b"caf\xe9 1 2\n", r"line 5: .*b'caf\\xe9' .*decode_error='replace'"),
    "not UTF-8 behind a header": (b"5 2\n" + GLOVE + b"caf\xe9 1 2\n", "line 6: .*not UTF-8"),
    "not UTF-8, long word": (GLOVE + b"a" * 50 + b"\xe9 1 2\n", "line 5: .*not UTF-8"),
    "binary, not UTF-8": (
        binary(2, 3, GOOD_ROWS[0], (b"caf\xe9", floats(1, 2, 3))),
        "row 2: .*not UTF-8.*decode_error='replace'",
    ),
    "web page": (PAGE, "web page.*Download the file itself"),
    "web page in capitals": (b"<HTML><head>", "web page"),
    "web page, mixed": (b"<Html><head>", "web page|line 1"),
    "web page, indented": (b"  " + PAGE, "web page"),
    "prose": (b"Dear reader,\nwelcome!\n", "line 1: expected a word and its numbers .*'Dear"),
    "web page in gz": (gzip.compress(PAGE), "web page"),
    "web page in zip": (zipped({"glove.txt": PAGE}), "web page"),
    "zip of several": (zipped({"a.txt": GLOVE, "b.txt": GLOVE}), r"a\.txt, b\.txt; .*member='a"),
    "zip of none": (zipped({}), "is empty"),
    "zip of a folder": (zipped({"folder/": b""}), "contains no files"),
    "zip that climbs": (zipped({"../v.txt": GLOVE}), r"'\.\./v\.txt'.*outside the archive"),
    "zip that climbs from root": (zipped({"/etc/v.txt": GLOVE}), "outside the archive"),
    "zip that climbs on Windows": (zipped({"..\\v.txt": GLOVE}), "outside the archive"),
    "zip that climbs in part": (zipped({"a": GLOVE, "b/../../c": b""}), "outside the archive"),
    "encrypted zip": (zipped({"v.txt": GLOVE}, encrypted=True), "extract it first"),
    "zip in a zip": (zipped({"v.zip": zipped({"v.txt": GLOVE})}), "zip archive within another"),
    "zip of an empty file": (zipped({"v.txt": b""}), "is empty"),
    "gz of nothing": (gzip.compress(b""), "is empty"),
    "zip, cut": (zipped({"v.txt": MANY})[:-30], CUT),
    "zip, half": (zipped({"v.txt": MANY})[:5000], CUT),
    "gz, cut": (gzip.compress(MANY)[:-30], CUT),
    "gz, half": (gzip.compress(MANY)[:5000], CUT),
    "gz, wrong sum": (gzip.compress(MANY)[:-8] + bytes(8), CUT),
    "gz, damaged": (gzip.compress(MANY)[:3000] + b"\xff" * 99 + gzip.compress(MANY)[3099:], CUT),
    "bz2, half": (bz2.compress(MANY)[:5000], CUT),
    "bz2, damaged": (bz2.compress(MANY)[:5000] + bytes(3000), CUT),
    "xz, half": (lzma.compress(MANY)[:5000], CUT),
    "xz, damaged": (lzma.compress(MANY)[:5000] + bytes(3000), CUT),
    "npz of objects": (
        npz(words=np.array(["good"], object), vectors=np.ones((1, 2))),
        r"array of str, not of objects",
    ),
    "npz of other arrays": (npz(words=np.array(["good"])), r"one array of words .* got <U4 \(1,\)"),
    "npz of other lengths": (
        npz(words=np.array(["good", "work"]), vectors=np.ones((3, 2))),
        r"a row for each of 2 words, got float64 \(3, 2\)",
    ),
    "npz with NaN": (
        npz(words=np.array(["good", "work"]), vectors=np.array([[1, 2], [np.nan, 1]])),
        "'work'.*finite",
    ),
    "npz too large": (
        npz(words=np.array(["good", "work"]), vectors=np.array([[1, 2], [1e300, 1]])),
        "'work'.*finite",
    ),
    "npz, not UTF-8": (npz(w=np.array([b"good", b"\xe9"]), v=np.ones((2, 2))), "UTF-8|utf-8"),
    "npz of no arrays": (
        zipped({"words.npy": b"x", "vectors.npy": b"y"}),
        "cannot be read|expected",
    ),
    "npz, cut": (
        npz(words=np.array(["good"]), vectors=np.ones((1, 2)))[:-40],
        "truncated|cannot be read",
    ),
}


@pytest.fixture(scope="module")
def sequences():
    return KerasTokenizerTransformer().fit_transform(TEXTS)


def bad_file(folder, content):
    path = folder / "VECTORS.txt"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("words", [None, ["good", "work", "poor"]], ids=["all", "some"])
@pytest.mark.parametrize("kind", BAD)
def test_the_error_says_which_file_where_and_what_to_do(kind, words, tmp_path):
    content, message = BAD[kind]
    path = bad_file(tmp_path, content)
    for _ in range(2):
        with pytest.raises(VectorFileError, match=f"(?s)VECTORS.*(?:{message})"):
            load_word_vectors(path, words)


def test_a_bad_row_in_an_early_batch_is_told_with_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(select_rows, "ROWS_PER_BATCH", 1)
    path = bad_file(tmp_path, GLOVE.replace(b"3.0 4.0", b"3.0"))
    with pytest.raises(VectorFileError, match=r"VECTORS\.txt, line 2: expected 2 numbers"):
        load_word_vectors(path)


def test_words_whose_second_part_is_not_utf8(tmp_path):
    path = bad_file(tmp_path, GLOVE + b"caf \xe9 1 2\n")
    with pytest.raises(VectorFileError, match=r"VECTORS.*line 5: .*decode_error='replace'"):
        load_word_vectors(path)


@pytest.mark.parametrize("kind", ["row too short", "binary NaN", "gz, half", "npz with NaN"])
def test_nothing_is_left_half_fitted(kind, sequences, tmp_path):
    path = bad_file(tmp_path, BAD[kind][0])
    unfitted = PretrainedEmbeddingMatrix(path)
    fitted = PretrainedEmbeddingMatrix({"good": [1.0], "work": [2.0]}).fit(sequences)
    before = {**vars(fitted)}
    for step in (unfitted, fitted.set_params(vectors=path)):
        with pytest.raises(VectorFileError):
            step.fit(sequences)
    with pytest.raises(NotFittedError):
        unfitted.transform(sequences)
    assert not [name for name in vars(unfitted) if name.endswith("_")]
    assert {**vars(fitted), "vectors": None} == {**before, "vectors": None}
    assert fitted.transform(sequences).embedding.values[-1].tolist() == [0.0]


def absurd_fasttext(position, format, value):
    def make(fasttext):
        content = bytearray(fasttext)
        struct.pack_into(format, content, position, value)
        return bytes(content)

    return make


ABSURD = {
    "rows": lambda _: binary(10**15, 3, *GOOD_ROWS),
    "dimension": lambda _: binary(2, 10**12, *GOOD_ROWS),
    "both": lambda _: binary(10**9, 10**6, *GOOD_ROWS),
    "largest dimension": lambda _: binary(2, (1 << 22) - 1, *GOOD_ROWS),
    "fastText dimension": absurd_fasttext(8, "<i", 2**31 - 1),
    "fastText negative dimension": absurd_fasttext(8, "<i", -4),
    "fastText buckets": absurd_fasttext(40, "<i", 2**31 - 1),
    "fastText words": absurd_fasttext(68, "<i", 2**31 - 1),
    "fastText cut in its header": lambda fasttext: fasttext[:50],
    "fastText cut in its words": lambda fasttext: fasttext[:120],
    "fastText cut in its vectors": lambda fasttext: fasttext[: len(fasttext) * 2 // 3],
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize("kind", ABSURD)
def test_absurd_sizes_are_not_believed(kind, pack, fasttext, tmp_path):
    path = bad_file(tmp_path, pack(ABSURD[kind](fasttext)))
    tracemalloc.start()
    try:
        with pytest.raises(VectorFileError, match=r"VECTORS\.txt.*download it again"):
            load_word_vectors(path, ["good"])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60e6


@pytest.mark.parametrize("shape", [(10**13, 100), (2**62, 9), (2**40, 2**40)])
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_absurd_shapes_are_not_believed(kind, shape, tmp_path):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    content = file.getvalue() + bytes(400)
    path = tmp_path / f"VECTORS.{kind}"
    if kind == "npz":
        words = io.BytesIO()
        np.save(words, np.array(["good"]))
        content = zipped({"words.npy": words.getvalue(), "vectors.npy": content})
    path.write_bytes(content)
    path.with_suffix(".txt").write_text("good\n")
    with pytest.raises(VectorFileError, match=rf"VECTORS\.{kind}"):
        load_word_vectors(path, ["good"])


def test_a_compressed_array_that_is_damaged_anywhere(tmp_path):
    file = io.BytesIO()
    words = np.array([f"word{i}" for i in range(50)])
    np.savez_compressed(file, words=words, vectors=np.random.RandomState(0).normal(size=(50, 3)))
    content = file.getvalue()
    for i in range(0, len(content), 11):
        path = bad_file(tmp_path, content[:i] + bytes([content[i] ^ 255]) + content[i + 1 :])
        with suppress(VectorFileError):  # some bytes do not matter
            load_word_vectors(path)


def test_an_array_without_its_words(tmp_path):
    np.save(tmp_path / "v.npy", np.ones((2, 3)))
    with pytest.raises(
        VectorFileError, match=r"v\.npy .*words are missing: write them to .*v\.txt"
    ):
        load_word_vectors(tmp_path / "v.npy")
    (tmp_path / "v.txt").write_text("good\n")
    with pytest.raises(VectorFileError, match=r"v\.npy: .* each of 1 words, got float64 \(2, 3\)"):
        load_word_vectors(tmp_path / "v.npy")


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("kind", ["KeyedVectors", "mapping", "frame", "encoder", "npy"])
def test_numbers_that_are_not_finite(kind, bad, sequences, tmp_path):
    words = ["good", "work", "very", "poor"]
    values = np.ones((4, 2))
    values[1, 1] = bad
    if kind == "KeyedVectors":
        source = KeyedVectors(2, dtype=np.float64)
        source.add_vectors(words, values)
    elif kind == "npy":
        source = tmp_path / "v.npy"
        np.save(source, values)
        (tmp_path / "v.txt").write_text("\n".join(words))
    else:
        frame = pd.DataFrame(values, index=words)
        encoder = type("Encoder", (), {"encode": lambda self, some: frame.loc[some].to_numpy()})
        source = {"mapping": dict(zip(words, values)), "frame": frame, "encoder": encoder()}[kind]
    with pytest.raises(SkembedError, match=r"'work'.*finite"):
        PretrainedEmbeddingMatrix(source).fit(sequences)


@pytest.mark.parametrize("encoded", [b"caf\xe9", b"a \xe9", b"\xff" * 30])
@pytest.mark.parametrize("form", ["text", "header", "binary", "gz"])
def test_words_that_are_not_utf8_can_be_replaced(form, encoded, tmp_path):
    rows = (b"good", floats(1, 2)), (encoded.replace(b" ", b""), floats(3, 4))
    text = b"good 1 2\n%b 3 4\n" % encoded
    content = {
        "text": text,
        "header": b"2 2\n" + text,
        "binary": binary(2, 2, *rows),
        "gz": gzip.compress(text),
    }[form]
    path = bad_file(tmp_path, content)
    word = (rows[1][0] if form == "binary" else encoded).decode(errors="replace")
    for _ in range(2):
        vectors = load_word_vectors(path, decode_error="replace")
        assert vectors["good"].tolist() == [1, 2]
        assert vectors[word].tolist() == [3, 4]
        some = load_word_vectors(path, ["good"], decode_error="replace")
        assert some.index_to_key == ["good"]


@pytest.mark.parametrize("form", ["text", "header", "binary", "npz", "frame"])
def test_repeated_words_are_said_once(form, sequences, tmp_path):
    text = b"good 1 2\nwork 3 4\ngood 5 6\n"
    rows = [(b"good", floats(1, 2)), (b"work", floats(3, 4)), (b"good", floats(5, 6))]
    words, values = np.array(["good", "work", "good"]), np.array([[1, 2], [3, 4], [5, 6]])
    content = {
        "text": text,
        "header": b"3 2\n" + text,
        "binary": binary(3, 2, *rows),
        "npz": npz(words=words, vectors=values),
        "frame": b"",
    }[form]
    source = bad_file(tmp_path, content)
    if form == "frame":
        source = pd.DataFrame(values, index=words)
    for _ in range(2):
        with pytest.warns(VectorFileWarning, match="1 duplicate row.* 'good'; the first") as caught:
            step = PretrainedEmbeddingMatrix(source).fit(sequences)
        assert len(caught) == 1
        assert step.matrix_[step.vocabulary_["good"]].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ("good", VectorSourceError, r"bare str 'good': for one word pass \[word\]"),
        (b"good", VectorSourceError, "bare bytes"),
        ([], EmptyVocabularyError, "got none"),
        (set(), EmptyVocabularyError, "got none"),
        (["gut", "schlecht"], NoVectorsFoundError, "VECTORS.*none of the 2 words .*gut, schlecht"),
        ([1, 2], VectorSourceError, "words.*(1|int)"),
        ([b"good"], VectorSourceError, "words.*bytes"),
        ([None, "good"], VectorSourceError, "words.*None"),
    ],
)
def test_words_that_cannot_be_looked_for(words, error, message, tmp_path):
    with pytest.raises(error, match=f"(?s){message}"):
        load_word_vectors(bad_file(tmp_path, GLOVE), words)


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("c.txt", r"contains a\.txt, b\.txt, not 'c\.txt'"),
        ("../a.txt", r"not '\.\./a\.txt'"),
        ("", "contains a.txt, b.txt"),
    ],
)
def test_a_member_that_is_not_there(member, message, tmp_path):
    path = bad_file(tmp_path, zipped({"a.txt": GLOVE, "b.txt": GLOVE}))
    with pytest.raises(VectorFileError, match=f"VECTORS.*{message}"):
        load_word_vectors(path, member=member)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_member_of_what_is_no_archive(pack, tmp_path):
    with pytest.raises(VectorFileError, match=r"not a zip archive: .* got 'a\.txt'"):
        load_word_vectors(bad_file(tmp_path, pack(GLOVE)), member="a.txt")


def test_no_single_array_of_an_archive_is_taken(tmp_path):
    content = npz(words=np.array(["good", "work"]), vectors=np.eye(2))
    with pytest.raises(VectorFileError, match=r"VECTORS.*is a compressed NumPy array"):
        load_word_vectors(bad_file(tmp_path, content), member="vectors.npy")


def test_an_endless_line_is_no_row(tmp_path, monkeypatch):
    monkeypatch.setattr("skembed.vectors.files.scan._MAX_LINE_BYTES", 1 << 21)
    path = bad_file(tmp_path, GLOVE + b"x" * (1 << 23))
    with pytest.raises(VectorFileError, match=re.compile("VECTORS.*(byte|line) ")):
        load_word_vectors(path, ["good"])


RAGGED = type(
    "Encoder", (), {"encode": lambda self, some: [[1.0], *[[1.0, 2.0]] * (len(some) - 1)]}
)
TEXT = type("Encoder", (), {"encode": lambda self, some: some})
TOO_FEW = type("Encoder", (), {"encode": lambda self, some: np.ones((1, 2))})


@pytest.mark.parametrize(
    "encoder", [RAGGED(), TEXT(), TOO_FEW(), TEXT], ids=["ragged", "text", "too few", "class"]
)
def test_encoders_that_are_none(encoder, sequences):
    with pytest.raises(VectorSourceError, match=r"encode"):
        PretrainedEmbeddingMatrix(encoder).fit(sequences)


def test_words_that_are_no_text_cannot_be_saved(tmp_path):
    with pytest.raises(SkembedError, match="1"):
        save_word_vectors({1: [1.0, 2.0]}, tmp_path / "v")
