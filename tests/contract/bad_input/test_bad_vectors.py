"""Bad files of word vectors, bad vectors in memory, and ids that have no words."""

import bz2
import gzip
import lzma
import pickle

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from helpers import FEW_TEXTS, assert_refuses
from sklearn.base import clone

from skembed import HashingTokenizerTransformer, KerasTokenizerTransformer
from skembed.errors import (
    NotSequencesError,
    NoVectorsFoundError,
    SkembedError,
    VectorFileError,
    VectorFileNotFoundError,
    VectorSourceError,
)

GLOVE = b"good 1.0 2.0\nwork 3.0 4.0\npoor 5.0 6.0\nvery 7.0 8.0\n"


BAD_FILES = {
    "empty": (b"", "is empty; download it again"),
    "blank": (b"\n\n", "is empty; download it again"),
    "prose": (b"Not Found\n", r"line 1: expected a word and its numbers.* got b'Not Found"),
    "commas": (
        b"good,1.0,2.0\n",
        "line 1: commas stand between the word and its numbers.*DataFrame",
    ),
    "UTF-16": (GLOVE.decode().encode("utf-16"), "looks like UTF-16 .*: save it as UTF-8"),
    "row too short": (
        b"good 1 2\npoor 3\nwork 5 6\n",
        "line 2: expected 2 numbers after the word b'poor', got 1; correct or delete the line",
    ),
    "row too long": (
        b"good 1 2\npoor 3 4 5\nwork 5 6\n",
        "line 2: expected 2 numbers after the word b'poor', got 3; correct or delete the line",
    ),
    "cut in a row": (
        b"good 1 2\nwork 3 4\nof 5",
        "line 3: the last line has fewer than 2 numbers; the file is truncated: download it again",
    ),
    "second row too short": (b"good 1 2\nwork 3\npoor 5 6\n", "line 2"),
    "first row too short": (b"good 1\nwork 3 4\npoor 5 6\n", "line 1"),
    "not a number": (
        b"good 1 2\nwork 3 4\npoor 5 six\n",
        "line 3.*'six'.*correct or delete the line",
    ),
    "not a number in line 2": (b"good 1 2\nwork 3 four\npoor 5 6\n", "line 2"),
    "NaN": (GLOVE.replace(b"5.0", b"nan"), "line 3: expected 2 finite numbers .* got 1"),
    "infinity": (GLOVE.replace(b"5.0", b"inf"), "line 3: expected 2 finite numbers .* got 1"),
    "header with a larger dimension": (
        b"4 3\n" + GLOVE,
        "header declares 3 numbers per word but the rows have 2. Correct the header, or delete",
    ),
    "header with a smaller dimension": (b"4 1\n" + GLOVE, "header declares 1 "),
    "header of dimension zero": (b"2 0\ngood\nwork\n", "header declares 0 "),
    "header with more rows, cut": (
        b"9 2\n" + GLOVE[:-2],
        "line 5: the header declares 9 words but the file has 4.*truncated: download",
    ),
    "header alone": (b"4 2\n", "header declares 4 words but the file has none"),
    "zip": (b"PK\x03\x04" + GLOVE, "is truncated or corrupt"),
    "pickle": (
        pickle.dumps({"good": [1.0]}),
        "Python pickle, .*never opened.*KeyedVectors.load",
    ),
    "web page": (b"<!DOCTYPE html><html>404</html>", "looks like a web page.*redirected"),
    "web page after blanks": (b"\n\n <!DOCTYPE html>", "looks like a web page.*redirected"),
    "word2vec binary, cut": (
        b"2 3\n" + b"".join(w + np.float32([1, 2, 3]).tobytes() for w in (b"good ", b"poo")),
        "byte 21: expected .* a word and 3 numbers, .*the file is truncated or corrupt: download",
    ),
    "gzip cut short": (gzip.compress(GLOVE * 99)[:-30], "(?i)cut|corrupt|damaged.*download"),
    "gzip of nonsense": (b"\x1f\x8bnonsense", "(?i)cut|corrupt|damaged.*download"),
    "bzip2 cut short": (bz2.compress(GLOVE * 99)[:-30], "(?i)cut|corrupt|damaged.*download"),
    "xz cut short": (lzma.compress(GLOVE * 99)[:-30], "(?i)cut|corrupt|damaged.*download"),
    "xz of nonsense": (b"\xfd7zXZ\x00nonsense", "(?i)cut|corrupt|damaged.*download"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_vector_files(kind, embedded, sequences, tmp_path):
    content, words = BAD_FILES[kind]
    path = tmp_path / "VECTORS.txt"
    path.write_bytes(content)
    for source in (path, str(path)):
        assert_refuses(
            embedded, (sequences,), VectorFileError, f"(?s){words}", sequences, vectors=source
        )
    with pytest.raises(VectorFileError, match=r"VECTORS\.txt"):
        clone(embedded).set_params(vectors=path).fit(sequences)


@pytest.mark.parametrize("name", ["nowhere.txt", "."])
def test_vector_file_that_is_missing(name, embedded, sequences, tmp_path):
    assert_refuses(
        embedded,
        (sequences,),
        VectorFileNotFoundError,
        f"no word-vector file at '{tmp_path / name}'; the current directory is",
        sequences,
        vectors=str(tmp_path / name),
    )
    assert issubclass(VectorFileNotFoundError, FileNotFoundError)


def keyed_vectors(values):
    vectors = KeyedVectors(len(values[0]))
    vectors.add_vectors(["good", "poor"], np.asarray(values, np.float32))
    return vectors


BAD_VECTORS = {
    "list": (
        [1.0],
        VectorSourceError,
        "path, a gensim KeyedVectors, .* DataFrame .* encode.*got list",
    ),
    "number": (
        3,
        VectorSourceError,
        "path, a gensim KeyedVectors, .* DataFrame .* encode.*got int",
    ),
    "empty mapping": ({}, VectorFileError, "mapping of word vectors is empty"),
    "two dimensions": (
        {"good": [1.0], "poor": [1.0, 2.0]},
        VectorFileError,
        r"'poor' is \[1.0, 2.0\]; expected a 1-D array of 1 numbers",
    ),
    "NaN": ({"good": [1.0, np.nan]}, VectorFileError, "'good' .* finite"),
    "numbers, not vectors": ({"good": 1.0}, SkembedError, "'good'.* expected"),
    "None": ({"good": None}, SkembedError, "'good'.* expected"),
    "text": ({"good": "one two"}, SkembedError, "'good'.* expected"),
    "texts": ({"good": ["one", "two"]}, SkembedError, "'good'.* expected"),
    "lists of two depths": ({"good": [1.0, ["two"]]}, VectorFileError, "'good'.* expected a 1-D"),
    "integers beyond all floats": ({"good": [10**400]}, VectorFileError, "'good'.* expected a 1-D"),
    "such integers in a frame": (
        pd.DataFrame([[10**400]], ["good"], dtype=object),
        VectorFileError,
        "values that are not numbers .int too large",
    ),
    "no numbers": ({"good": [], "poor": []}, SkembedError, "'good'.* expected"),
    "too large for float32": ({"good": [1e300]}, SkembedError, "'good'.* finite"),
    "matrices": ({"good": [[1.0]]}, VectorFileError, r"'good' is \[\[1.0\]\]"),
    "KeyedVectors with NaN": (keyed_vectors([[1, np.nan], [1, 2]]), SkembedError, "'good'.*finite"),
    "another language": (
        {"gut": [1.0]},
        NoVectorsFoundError,
        r"None of the 4 words \(.*good.*\) has a vector .* another language, .*lookup='fallback'",
    ),
    "another case": (
        keyed_vectors([[1, 2], [3, 4]]),
        NoVectorsFoundError,
        r"None of the 4 words \(.*GOOD.*lookup='fallback'",
    ),
}


@pytest.mark.parametrize("kind", BAD_VECTORS)
def test_vectors_in_memory(kind, embedded, sequences):
    vectors, error, words = BAD_VECTORS[kind]
    X = sequences
    if kind == "another case":
        upper = KerasTokenizerTransformer(lower=False)
        X = upper.fit_transform([text.upper() for text in FEW_TEXTS])
    assert_refuses(embedded, (X,), error, words, sequences, vectors=vectors)


@pytest.mark.parametrize(
    "vectors", [{"good": [1.0]}, keyed_vectors([[1, 2], [3, 4]])], ids=["mapping", "KeyedVectors"]
)
def test_a_member_of_vectors_in_memory(vectors, embedded, sequences):
    words = f"member='a.txt' names a file in a zip archive, .* as {type(vectors).__name__}: leave"
    assert_refuses(
        embedded, (sequences,), VectorSourceError, words, sequences, vectors=vectors, member="a.txt"
    )


@pytest.mark.parametrize(
    "without_words",
    [
        HashingTokenizerTransformer(50).transform(FEW_TEXTS),
        HashingTokenizerTransformer(50).transform(FEW_TEXTS).padded(3),
        [[2, 3]],
        np.array([[2, 3]]),
    ],
    ids=["hashed", "hashed and padded", "lists", "array"],
)
def test_vectors_for_ids_without_words(without_words, embedded, sequences):
    words = r"come without a vocabulary \(from HashingTokenizerTransformer, .*: use KerasTokenizer"
    assert_refuses(embedded, (without_words,), NotSequencesError, words, sequences)
    with pytest.raises(NotSequencesError, match=words):
        embedded.transform(without_words)
