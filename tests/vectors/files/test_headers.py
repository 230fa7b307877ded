"""A header with a wrong number of rows is warned of; a file that ends within a row is refused."""

import gzip
import warnings

import pytest

from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix, load_word_vectors
from skembed.errors import VectorFileError, VectorFileWarning
from skembed.vectors.files import cache

TABLE = {"good": [1.0, 2.0], "work": [3.0, 4.0], "poor": [5.0, 6.0], "very": [7.0, 8.0]}
GLOVE = "".join(f"{word} {a} {b}\n" for word, (a, b) in TABLE.items()).encode()
VARIANTS = {
    "plain": GLOVE,
    "trailing space": GLOVE.replace(b"\n", b" \n"),  # fastText's .vec
    "CRLF": GLOVE.replace(b"\n", b"\r\n"),
    "blank lines": b"\n" + GLOVE.replace(b"\n", b"\n\n") + b"\r\n",
    "tabs": GLOVE.replace(b" ", b"\t"),
}


def read(path, words=None, **reading):
    vectors = load_word_vectors(path, words, **reading)
    return {word: vectors[word].tolist() for word in vectors.index_to_key}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize("declared", [0, 1, 3, 5, 9, 10**17])
@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_there_is_read_and_both_counts_are_named_each_time(
    variant, declared, pack, tmp_path
):
    path = tmp_path / "VECTORS"
    path.write_bytes(pack(b"%d 2\n" % declared + VARIANTS[variant]))
    message = rf"VECTORS: the header declares {declared} words but the file has 4, which are used"
    sequences = KerasTokenizerTransformer().fit_transform(["good poor"])
    for keeps in (False, True, True):
        with pytest.warns(VectorFileWarning, match=message) as caught:
            assert read(path, cache=keeps) == TABLE
        assert len(caught) == 1
        with pytest.warns(VectorFileWarning, match=message):
            assert read(path, ["poor"], cache=keeps) == {"poor": TABLE["poor"]}
        with pytest.warns(VectorFileWarning, match=message):
            PretrainedEmbeddingMatrix(path, cache=keeps).fit(sequences)
        cache._open_cache.cache_clear()  # as in a new process


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_right_header_is_not_warned_of(variant, tmp_path):
    (tmp_path / "v").write_bytes(b"4 2\n" + VARIANTS[variant])
    for keeps in (False, True, True):
        assert read(tmp_path / "v", cache=keeps) == TABLE


@pytest.mark.parametrize("keeps", [True, False])
def test_a_file_cut_anywhere_is_refused_or_warned_of_and_gives_no_wrong_number(keeps, tmp_path):
    content = b"4 2\n" + GLOVE
    last_number = len(content) - len(b"8.0\n")  # all rows are there: this cut cannot be seen
    for end in range(len(b"4 2\n"), last_number + 1):
        path = tmp_path / f"cut at {end}"
        path.write_bytes(content[:end])
        for _ in range(2):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    found = read(path, cache=keeps)
                except VectorFileError:
                    continue
            assert content[:end].endswith(b"\n")
            assert found == dict([*TABLE.items()][: len(found)])
            counts = f"declares 4 words but the file has {len(found)},"
            assert [counts in str(warning.message) for warning in caught] == [True]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b" good 1 2", "line 2: the rows start with a blank"),
        (b"good  1 2", "line 2: several blanks"),
        (b"good,1,2", "line 2: commas stand between the word and its numbers"),
        (b"good [1 2]", "line 2: brackets stand around the numbers"),
    ],
)
def test_a_single_row_after_a_header_is_looked_at(row, message, tmp_path):
    (tmp_path / "v").write_bytes(b"1 2\ngood 1 2\n")
    assert read(tmp_path / "v") == {"good": [1.0, 2.0]}
    (tmp_path / "v").write_bytes(b"1 2\n" + row + b"\n")
    with pytest.raises(VectorFileError, match=message):
        read(tmp_path / "v")
