"""Tabs are read like spaces; other separators, and files that are no text, are named."""

import codecs
import gzip
import io
import re
import tarfile
import zipfile
from itertools import product

import numpy as np
import pandas as pd
import pytest
from helpers import as_dict, assert_same_vectors

from skembed import (
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    load_word_vectors,
    save_word_vectors,
)
from skembed.errors import VectorFileError
from skembed.vectors.files import cache
from skembed.vectors.files.separators import find_problem, find_separator

TABLE = {
    "good": [1.5, -2.0, 0.25],
    "work": [3.0, 4.0, 1e-05],
    "naïve": [0.5, 6.0, 7.0],
    "poor": [-1.0, 8.0, 9.0],
}
GLOVE = "".join(f"{word} {' '.join(map(repr, row))}\n" for word, row in TABLE.items()).encode()


def packed(content, as_what):
    if as_what == "zip":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("v.txt", content)
        return file.getvalue()
    return gzip.compress(content) if as_what == "gz" else content


def rows(behind_word, between_numbers, table=TABLE):
    lines = (
        word + behind_word + between_numbers.join(map(repr, row)) for word, row in table.items()
    )
    return [line.encode() for line in lines]


FIRST_LINES = {"none": [], "header": [b"4 3"], "header with a tab": [b"4\t3"], "blank": [b"", b" "]}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\t\n"], ids=["LF", "CRLF", "tab-LF"])
@pytest.mark.parametrize("first", FIRST_LINES)
@pytest.mark.parametrize("pack", ["plain", "gz", "zip"])
@pytest.mark.parametrize(("behind_word", "between"), [("\t", "\t"), ("\t", " "), (" ", "\t")])
def test_tabs_are_read_like_spaces(behind_word, between, pack, first, end, tmp_path):
    path = tmp_path / "vectors"
    lines = FIRST_LINES[first] + rows(behind_word, between)
    path.write_bytes(packed(end.join([*lines, b""]), pack))
    some = {word: TABLE[word] for word in ("poor", "good")}
    for keeps in (False, True, True):
        assert_same_vectors(as_dict(load_word_vectors(path, [*some, "no"], cache=keeps)), some)
        assert_same_vectors(as_dict(load_word_vectors(path, cache=keeps)), TABLE)
    cache._open_cache.cache_clear()  # as in a new process
    assert_same_vectors(as_dict(load_word_vectors(path, ["work"])), {"work": TABLE["work"]})


@pytest.mark.parametrize("between", ["\t", " "])
def test_the_first_tab_ends_a_word_with_spaces(between, tmp_path):
    table = {"good": [1.0, 2.0], "New York": [3.0, 4.0], "Windows 95": [5.0, 6.0], "x y 2": [7, 8]}
    path = tmp_path / "vectors"
    path.write_bytes(b"\n".join([*rows("\t", between, table), b""]))
    for keeps in (False, True, True):
        assert_same_vectors(as_dict(load_word_vectors(path, cache=keeps)), table)
        assert load_word_vectors(path, ["Windows 95"], cache=keeps)["Windows 95"].tolist() == [5, 6]


BAD_ROWS = {
    "too short": (b"poor\t1.0\n", "line 5: expected 3 numbers after the word b'poor', got 1"),
    "too long": (b"poor\t1\t2\t3\t4\n", "line 5: expected 3 numbers after the word b'poor', got 4"),
    "not a number": (b"poor\t1\tx\t3\n", "line 5: .*'x'; correct or delete"),
    "two tabs": (b"poor\t\t1\t2\t3\n", "line 5: expected single spaces or tabs"),
    "NaN": (b"poor\tnan\t2\t3\n", "line 5: expected 3 finite numbers"),
    "not UTF-8": (b"caf\xe9\t1\t2\t3\n", r"line 5: the word b'caf\\xe9' is not UTF-8"),
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_a_bad_row_with_tabs_is_named(kind, tmp_path):
    row, message = BAD_ROWS[kind]
    path = tmp_path / "VECTORS"
    good = {word: TABLE[word] for word in ("good", "work", "naïve")}
    content = b"\n".join([*rows("\t", "\t", good), b"last\t1\t2\t3", b""])
    path.write_bytes(content + row + b"of\t1\t2\t3\n")
    for _ in range(2):
        with pytest.raises(VectorFileError, match=f"(?s)VECTORS, {message}"):
            load_word_vectors(path)


FORMS = [("{s}", "{s}"), ("{s}", " "), ("{s} ", "{s} "), ("{s} ", " "), (" ", "{s}")]
NAMES = {
    ",": "commas",
    ";": "semicolons",
    ":": "colons",
    "|": "vertical bars",
    "=": "equals signs",
    "\xa0": "no-break spaces",
}


@pytest.mark.parametrize("first", ["none", "names", "header"])
@pytest.mark.parametrize(("behind_word", "between"), FORMS, ids=range(len(FORMS)))
@pytest.mark.parametrize("separator", NAMES)
def test_other_separators_are_named(separator, behind_word, between, first, tmp_path):
    lines = rows(behind_word.format(s=separator), between.format(s=separator))
    names = ["word", "0", "1", "2"]
    first_line = {"none": [], "names": [separator.join(names).encode()], "header": [b"4 3"]}[first]
    path = tmp_path / "VECTORS.csv"
    message = rf"(?s)VECTORS\.csv, line [23]: {NAMES[separator]} stand between .*(single|delete)"
    for pack, words in product(["plain", "gz"], [None, ["good", "poor"]]):
        path.write_bytes(packed(b"\n".join([*first_line, *lines, b""]), pack))
        for keeps in (False, True, True):
            with pytest.raises(VectorFileError, match=message):
                load_word_vectors(path, words, cache=keeps)
    sequences = KerasTokenizerTransformer().fit_transform(["good poor"])
    with pytest.raises(VectorFileError, match=message):
        PretrainedEmbeddingMatrix(path).fit(sequences)


def test_decimal_commas_are_named(tmp_path):
    path = tmp_path / "v"
    path.write_text("good 0,1 0,2\nwork 1,5 -0,2\n")
    for separator in " ", ";", "\t":
        path.write_text("good 0,1 0,2\nwork 1,5 -0,2\n".replace(" ", separator))
        with pytest.raises(VectorFileError, match="decimal commas: replace these by points"):
            load_word_vectors(path)


REMEDIES = {
    "replace them by single spaces": lambda text, separator: text.replace(separator, " "),
    "delete them": lambda text, separator: text.replace(separator, ""),
    "delete the brackets": lambda text, _: text.replace("[", "").replace("]", ""),
    "write single spaces instead, and no blanks besides these": lambda text, separator: re.sub(
        f" *{re.escape(separator)} *", " ", text
    ),
}


@pytest.mark.parametrize("form", ["{s}", "{s} ", " {s} ", "[{s}", "[{s} "])
@pytest.mark.parametrize("separator", NAMES)
def test_the_remedy_that_is_named_works(separator, form, tmp_path):
    between = form.format(s=separator).replace("[", "")
    if "[" in form:
        lines = [f"{w} [{between.join(map(str, v))}]" for w, v in TABLE.items()]
    else:
        lines = [between.join([w, *map(str, v)]) for w, v in TABLE.items()]
    text, path = "\n".join(lines), tmp_path / "v"
    for n_steps in range(3):
        path.write_text(text)
        try:
            found = load_word_vectors(path)
        except VectorFileError as error:
            problem = str(error)
            if " " in text or separator == "\xa0":  # pandas would keep the blanks in the words
                assert "read_csv" not in problem
            (remedy,) = (name for name in REMEDIES if name in problem)
            text = REMEDIES[remedy](text, separator)
        else:
            assert n_steps == 1 + ("[" in form)
            assert_same_vectors(as_dict(found), TABLE)
            return
    raise AssertionError(text)


@pytest.mark.parametrize("header", [0, None])
def test_the_remedy_for_a_table_works(header, tmp_path):
    path = tmp_path / "v.csv"
    table = pd.DataFrame(TABLE).T.rename({"poor": "null"})
    table.to_csv(path, header=header is not None)
    with pytest.raises(VectorFileError, match=rf"sep=',', header={header}, index_col=0, keep_def"):
        load_word_vectors(path)
    table = pd.read_csv(path, sep=",", header=header, index_col=0, keep_default_na=False)
    step = PretrainedEmbeddingMatrix(table).fit(
        KerasTokenizerTransformer().fit_transform(["good null"])
    )
    assert step.coverage_.missing == ()


# As in the first rows of published files, and in small files.
WORDS = [
    [",", ".", "the", ":", ";", "|", "''"],
    ["3,500", "10:30", "1;2", "1|2", "1,000,000"],
    ["the", "May,1", "a"],
    ["a,b", "www.x.y:80", ":)", ",5", ":3", "x:"],
    ["x,"],
    ['"x"'],
    ["May,1"],
    ["nan,1", "inf:2", "the"],
    ["=", "a=1", "''", '"', "'s", "b'", "\"'"],
    ["17", "18", "3d", "4-5", "2.5", "1st"],
    ["17 mm", "3 D", "the", "a\xa0b", "5\xa0km"],
]


@pytest.mark.parametrize("format", ["glove", "word2vec"])
@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
def test_words_with_such_characters_are_words(words, format, tmp_path):
    table = {word: [0.5, float(i)] for i, word in enumerate(words)}
    save_word_vectors(table, tmp_path / "v", format=format)
    for keeps in (False, True, True):
        assert_same_vectors(as_dict(load_word_vectors(tmp_path / "v", cache=keeps)), table)


@pytest.mark.parametrize("format", ["glove", "word2vec"])
def test_words_that_would_all_look_separated_are_not_saved(format, tmp_path):
    for form, problem in (("%s,", "commas stand"), ("'%s'", "stand in quotes")):
        table = {form % word: [1.0] for word in "abc"}
        message = f"reader would take it that .*{problem}.*'word2vec-binary'"
        with pytest.raises(VectorFileError, match=message):
            save_word_vectors(table, tmp_path / "v", format=format)
        save_word_vectors(table, tmp_path / "v", format="word2vec-binary")
        assert_same_vectors(as_dict(load_word_vectors(tmp_path / "v")), table)


def tarred(content):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("vectors.txt")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


NO_TEXT = {
    "UTF-16, little-endian": (codecs.BOM_UTF16_LE + GLOVE.decode().encode("utf-16-le"), "UTF-16"),
    "UTF-16, big-endian": (codecs.BOM_UTF16_BE + GLOVE.decode().encode("utf-16-be"), "UTF-16"),
    "UTF-32": (GLOVE.decode().encode("utf-32"), "UTF-32"),
    "UTF-16, no mark": (GLOVE.decode().encode("utf-16-le"), "line 1.* zero bytes.*UTF-8"),
    "header in UTF-16": (b"4\x003\x00", "line 1.* zero bytes.*UTF-8"),
    "gz in zip": (packed(gzip.compress(GLOVE), "zip"), "compressed file within another: decomp"),
    "gz in gz": (gzip.compress(gzip.compress(GLOVE)), "compressed file within another: decomp"),
    "zip in gz": (gzip.compress(packed(GLOVE, "zip")), "zip archive within another: extract"),
    "zstd": (b"(\xb5/\xfd" + bytes(9), "zstd file: decompress it"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(9), "7z archive: extract it"),
    "RAR": (b"Rar!\x1a\x07" + bytes(9), "RAR archive: extract it"),
    "tar": (tarred(GLOVE), "tar archive: extract it"),
    "HDF5": (b"\x89HDF\r\n" + bytes(9), "HDF5 file: .*read_hdf"),
    "Parquet": (b"PAR1" + bytes(9), "Parquet file: .*read_parquet"),
    "LFS": (b"version https://git-lfs.github.com/spec/v1\nsize 5\n", "Git LFS: .*git lfs pull"),
    "SQLite": (b"SQLite format 3\x00" + bytes(9), "SQLite database"),
    "JSON": (b'{"good": [1.0, 2.0],\n "poor": [1.5, 2.0]}', "looks like JSON: .*json.load"),
    "JSON, indented": (b'  {"good": [1.0, 2.0]}', "looks like JSON"),
    "JSON list": (b'[\n["good", [1.0, 2.0]]]', "line 1|looks like JSON"),
    "old Mac": (GLOVE.replace(b"\n", b"\r"), "line 1: the lines end with a carriage return alone"),
    "old Mac with a header": (b"4 3\r" + GLOVE.replace(b"\n", b"\r"), "carriage return alone"),
    "blank before each word": (b" " + GLOVE.replace(b"\n", b"\n ")[:-1], "start with a blank"),
    "tab before each word": (b"\t" + GLOVE.replace(b"\n", b"\n\t")[:-1], "start with a blank"),
    "blank before each, header": (b"4 3\n " + GLOVE.replace(b"\n", b"\n ")[:-1], "start with a bl"),
    "quotes": (re.sub(rb"(?m)^(\S+)", rb'"\1"', GLOVE), "words stand in quotes: delete"),
    "repr of bytes": (re.sub(rb"(?m)^(\S+)", rb"b'\1'", GLOVE), "words stand in quotes: delete"),
    "aligned": (GLOVE.replace(b" ", b"   "), "line 2: several blanks stand between a word"),
    "aligned with a header": (b"4 3\n" + GLOVE.replace(b" ", b"  "), "line 3: several blanks"),
}


@pytest.mark.parametrize(
    ("rows", "separator"),
    [
        ([b"a,1 0.5", b"b,2 0.5"], b","),
        ([b"a,1 0.5", b"b,2 0.5", b"c 3 0.5", b"d 4 0.5"], None),  # half of the words have commas
        ([b"a,1 0.5", b"b,2 0.5", b"c 3 0.5", b"d 4 0.5", b"e 5 0.5"], None),
        ([b"10:30:00 0.5", b"10:45:00 0.2"], None),  # words that are times
        ([b"word,v", b"a,1"], b","),  # a header of names
        ([b"word,v", b"a,1 0.5", b"b,2 0.5", b"c 3 0.5"], b","),
        ([b"word,v", b"a,1 0.5", b"c 3 0.5", b"b,2 0.5"], b","),
    ],
)
def test_most_rows_below_a_header_have_the_separator(rows, separator):
    assert find_separator(rows) == separator


@pytest.mark.parametrize(
    ("n_quoted", "n_rows", "refused"), [(1, 1, False), (2, 2, True), (2, 4, False), (2, 5, False)]
)
def test_most_words_must_stand_in_quotes(n_quoted, n_rows, refused):
    rows = [b'"a" 1'] * n_quoted + [b"b 1"] * (n_rows - n_quoted)
    assert (find_problem(rows) is not None) == refused


@pytest.mark.parametrize("words", [None, ["good", "work"]], ids=["all", "some"])
@pytest.mark.parametrize("kind", NO_TEXT)
def test_the_true_cause_is_named(kind, words, tmp_path):
    content, message = NO_TEXT[kind]
    path = tmp_path / "VECTORS"
    path.write_bytes(content)
    for keeps in (False, True, True):
        with pytest.raises(VectorFileError, match=f"(?s)VECTORS.*(?:{message})"):
            load_word_vectors(path, words, cache=keeps)


def test_odd_files_that_are_read(tmp_path):
    for content in (
        b"\xef\xbb\xbf\r\n\r\n" + GLOVE.replace(b"\n", b" \r\n"),
        b"\n \n4 3\n" + GLOVE.replace(b"\n", b"\n\n"),
        codecs.BOM_UTF8 + b"4 3\r\n" + GLOVE.rstrip(),
    ):
        path = tmp_path / "v"
        path.write_bytes(content)
        for keeps in (False, True, True):
            assert_same_vectors(as_dict(load_word_vectors(path, cache=keeps)), TABLE)


def test_the_numbers_of_rows_with_tabs_are_those_of_rows_with_spaces(tmp_path):
    values = np.random.default_rng(0).normal(size=(500, 20)).astype(np.float32)
    table = {f"word{i}": row.tolist() for i, row in enumerate(values)}
    (tmp_path / "v").write_bytes(b"\n".join([*rows("\t", "\t", table), b""]))
    assert np.array_equal(load_word_vectors(tmp_path / "v").vectors, values)
