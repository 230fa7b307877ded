"""The digests by which ``Pipeline(memory=...)`` knows a file of vectors."""

import os

import numpy as np
import pytest

from skembed.vectors.files import cache
from skembed.vectors.files.read import fingerprints


def test_a_file_has_one_digest_that_follows_its_content(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("a 1 2\n")
    (first,) = fingerprints(path)
    assert fingerprints(str(path)) == [first]
    status = path.stat()
    path.write_text("b 1 2\n")  # of the same size, and as old
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert fingerprints(path) != [first]
    path.write_text("a 1 2\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert fingerprints(path) == [first]
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    assert fingerprints(path) != [first]


def n_digests(path, size, places):
    """Count the digests of files that are as large and as old, and differ in one byte."""
    digests = set()
    for place in places:
        changed = bytearray(size)
        changed[place] = 1
        path.write_bytes(changed)
        os.utime(path, (0, 0))
        digests.update(fingerprints(path))
    return len(digests)


def test_any_byte_of_a_small_file_counts(tmp_path):
    assert n_digests(tmp_path / "v.txt", 300_000, (0, 70_000, 150_000, 299_999)) == 4


def test_both_ends_of_a_large_file_count(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_PART_BYTES", 4)
    assert n_digests(tmp_path / "v.txt", 1_000, (0, 996, 999)) == 3


def test_the_words_beside_an_array_count(tmp_path):
    path, words = tmp_path / "v.npy", tmp_path / "v.txt"
    np.save(path, np.eye(2))
    (array,) = fingerprints(path)
    words.write_text("a\nb\n")
    assert fingerprints(path)[0] == array
    assert len(fingerprints(path)) == 2
    before = fingerprints(path)
    words.write_text("a\nlonger\n")
    assert fingerprints(path) != before
    assert fingerprints(words) == fingerprints(path)[1:]


@pytest.mark.parametrize("source", [{"a": [1.0]}, None, "", "nowhere.txt", "a\0b", "x" * 5_000])
def test_what_is_no_file_has_none(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert fingerprints(source) == []
    assert fingerprints(tmp_path) == []
