"""Archives of reviews that are repacked, damaged or malicious."""

import gzip
import hashlib
import struct
import tarfile
import tracemalloc

import pytest
from helpers import (
    IMDB,
    MOVIE_REVIEWS,
    lock_of,
    names_in,
    packed_tar,
    publish_reviews,
    tar_folders,
    tar_member,
)

from skembed.datasets import _review_archives
from skembed.errors import ArchiveError, DownloadError


@pytest.mark.parametrize(
    "repacked",
    [
        packed_tar(IMDB.reviews),
        packed_tar(IMDB.reviews, format=tarfile.PAX_FORMAT, pax_headers={"comment": "again" * 99}),
        packed_tar({f"./{name}": text for name, text in IMDB.reviews.items()}),
        packed_tar(IMDB.reviews, {"aclImdb/train/neg/._0_3.txt": b"\xff\xfe"}),  # from a Mac
        packed_tar(IMDB.reviews, {"aclImdb/" + 99 * "long/": b"", "aclImdb/large": bytes(1 << 22)}),
        packed_tar(IMDB.reviews) + bytes(512),
    ],
)
@pytest.mark.parametrize("data_set", [IMDB])
def test_one_that_was_packed_again(server, given, data_set, repacked):
    assert set(given(repacked, subset="all").filenames) == set(data_set.reviews)


def plain(content):
    return gzip.decompress(content)


def without(data_set, name):
    return {other: text for other, text in data_set.reviews.items() if other != name}


def resized(content, name, size):
    """An archive in which the header of a member claims another size."""
    content = bytearray(plain(content))
    start = content.index(name.encode() + b"\0")
    header = content[start : start + 512]
    # in base 256, which knows negative numbers
    header[124:136] = (b"\xff" if size < 0 else b"\x80") + size.to_bytes(11, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    content[start : start + 512] = header
    return gzip.compress(bytes(content))


GOOD, FIRST = MOVIE_REVIEWS.good, MOVIE_REVIEWS.first
REVIEWS = MOVIE_REVIEWS.reviews
BAD = {
    "web page": (b"<!DOCTYPE html><title>Log in</title>", "is a web page|not a gzip-comp"),
    "empty": (b"", "is truncated, corrupt or not a gzip-compressed tar archive"),
    "not packed": (plain(GOOD), "not a gzip-compressed tar archive"),
    "no tar": (gzip.compress(b"word 1 2 3\n" * 100), "not a gzip-compressed tar archive"),
    "zip": (b"PK\3\4" + bytes(99), "not a gzip-compressed tar archive"),
    "cut": (GOOD[: len(GOOD) // 2], "is truncated, corrupt"),
    "cut at the end": (GOOD[:-9], "is truncated, corrupt"),
    "sum": (GOOD[:-8] + struct.pack("<L", 0) + GOOD[-4:], "is truncated, corrupt.*CRC"),
    "corrupt": (GOOD[:100] + bytes(100) + GOOD[200:], "is truncated, corrupt"),
    "something behind it": (GOOD + b"something", "is truncated, corrupt"),
    "cut before it was packed": (
        gzip.compress(plain(GOOD)[:9000]),
        r"contains \d distinct reviews|is truncated",
    ),
    "cut within a review": (
        gzip.compress(plain(packed_tar(REVIEWS))[: 512 + 3]),
        r"is truncated, corrupt .*_6307\.txt is truncated",
    ),
    "another data set": (
        IMDB.good,
        "contains no file like txt_sentoken/neg/cv000_29416.txt: is it",
    ),
    "one review less": (
        packed_tar(without(MOVIE_REVIEWS, FIRST)),
        "contains 1 distinct reviews of the class pos in the part test, expected 2",
    ),
    "one review more": (
        packed_tar(REVIEWS, {"txt_sentoken/neg/cv003_9.txt": b"more"}),
        "contains 4 distinct reviews of the class neg in the part train, expected 3",
    ),
    "another name": (
        packed_tar(without(MOVIE_REVIEWS, FIRST), {FIRST.replace("_", "-"): b"text"}),
        "contains 1 distinct reviews",
    ),
    "twice": (packed_tar(REVIEWS, {FIRST: b"text"}), f"contains {FIRST} twice"),
    "twice in other words": (
        packed_tar(REVIEWS, {f"./{FIRST}": b"text"}),
        f"contains {FIRST} twice",
    ),
    "a number twice": (
        packed_tar(REVIEWS, {FIRST.replace("6307", "6308"): b"text"}),
        "contains several reviews with the same number",
    ),
    "climbs": (
        packed_tar(REVIEWS, {"../climbs": b"out"}),
        "contains '../climbs', a path that leads out",
    ),
    "climbs later": (packed_tar(REVIEWS, {"txt_sentoken/neg/../../../x": b"x"}), "that leads out"),
    "climbs on Windows": (packed_tar({"txt_sentoken\\..\\..\\x": b"x"}, REVIEWS), "that leads out"),
    "absolute": (packed_tar({"/etc/x": b"x"}, REVIEWS), "contains '/etc/x', a path that leads out"),
    "absolute on Windows": (packed_tar({"C:\\x": b"x"}, REVIEWS), "that leads out"),
    "a climbing folder": (packed_tar(tar_folders("../x"), REVIEWS), "that leads out"),
    "a name that cannot be printed": (packed_tar({"../\udcff": b"x"}, REVIEWS), "that leads out"),
    "link": (
        packed_tar(
            without(MOVIE_REVIEWS, FIRST), {FIRST: tar_member(FIRST, tarfile.SYMTYPE, "/etc/x")}
        ),
        f"contains '{FIRST}', which is neither a plain file nor a folder",
    ),
    "hard link": (
        packed_tar(REVIEWS, {"x": tar_member("x", tarfile.LNKTYPE, FIRST)}),
        "neither a plain",
    ),
    "device": (packed_tar({"x": tar_member("x", tarfile.CHRTYPE)}, REVIEWS), "neither a plain"),
    "pipe": (packed_tar(REVIEWS, {"x": tar_member("x", tarfile.FIFOTYPE)}), "neither a plain"),
    "folder for a review": (
        packed_tar(without(MOVIE_REVIEWS, FIRST), tar_folders(FIRST)),
        "contains 1 distinct reviews",
    ),
    "no text": (
        packed_tar(without(MOVIE_REVIEWS, FIRST), {FIRST: b""}),
        f"contains {FIRST} with 0 bytes, expected 1 to",
    ),
    "a long review": (
        packed_tar(without(MOVIE_REVIEWS, FIRST), {FIRST: bytes((1 << 16) + 1)}),
        f"contains {FIRST} with 65,537 bytes, expected 1 to 65,536",
    ),
    "no UTF-8": (
        packed_tar(without(MOVIE_REVIEWS, FIRST), {FIRST: b"caf\xe9 ."}),
        f"contains {FIRST}, which is not UTF-8.*0xe9 in position 3",
    ),
    "a long header": (packed_tar({"x" * (1 << 21): b"x"}, REVIEWS), "claims sizes that no archive"),
    "size below zero": (resized(GOOD, FIRST, -9), "with -9 bytes, expected"),
    "another member's below zero": (
        resized(GOOD, "poldata.README.2.0", -10_000),
        "claims sizes that no archive|is truncated, corrupt",
    ),
    "a size without end": (
        resized(GOOD, "poldata.README.2.0", 1 << 60),
        "claims sizes that no archive",
    ),
}
every_bad_one = pytest.mark.parametrize(("body", "problem"), BAD.values(), ids=BAD)


@every_bad_one
def test_a_bad_archive_is_refused(server, given, body, problem):
    with pytest.raises(ArchiveError, match=rf"review_polarity\.tar\.gz .*({problem})") as caught:
        given(body)
    assert "Pass review_polarity.tar.gz as http://127.0.0.1" in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert server.requests == []


@every_bad_one
def test_a_bad_download_is_deleted(server, fetch, tmp_path, monkeypatch, data_set, body, problem):
    publish_reviews(
        monkeypatch, data_set, server.server_port, sha256=hashlib.sha256(body).hexdigest()
    )
    server.body = body
    with pytest.raises(DownloadError, match=rf"review_polarity\.tar\.gz .*({problem}).* deleted"):
        fetch()
    assert len(server.requests) == 1
    assert names_in(tmp_path) == {lock_of(data_set)}
    publish_reviews(monkeypatch, data_set, server.server_port)
    server.body = data_set.good
    assert len(fetch().data) == 6


def test_no_archive_fills_the_disk_or_the_memory(server, given, monkeypatch):
    zeros = {f"x{i}": bytes(1 << 20) for i in range(40)}
    headers = {f"x{i}": b"" for i in range(20_000)}
    member = tar_member("x", tarfile.REGTYPE).tobuf()
    notes = [
        tarfile.TarInfo.create_pax_global_header({f"note {i}": "x" * (1 << 19)}) for i in range(20)
    ]
    reviews = {f"txt_sentoken/neg/cv000_{i}.txt": b"x" * (1 << 16) for i in range(100)}
    monkeypatch.setattr(_review_archives, "_MAX_ARCHIVE_BYTES", 1 << 23)
    monkeypatch.setattr(_review_archives, "_MAX_TEXTS_BYTES", 1 << 20)
    for bomb in (
        packed_tar(reviews),
        packed_tar(zeros, REVIEWS),
        packed_tar(headers, REVIEWS),
        packed_tar({"x": bytes(1 << 25)}, REVIEWS),
        gzip.compress(plain(packed_tar(REVIEWS)) + bytes(1 << 25)),
        gzip.compress(b"".join(notes) + plain(GOOD)),
        gzip.compress(b"".join(note + member for note in notes) + plain(GOOD)),
    ):
        tracemalloc.start()
        with pytest.raises(
            ArchiveError, match=r"more than (8,388,608|1,048,576) bytes|claims sizes"
        ):
            given(bomb)
        assert tracemalloc.get_traced_memory()[1] < 5e6
        tracemalloc.stop()


def test_the_limit_grows_with_the_archive(given):
    with pytest.raises(ArchiveError, match=r"more than 16,777,216 bytes|claims sizes"):
        given(packed_tar({f"x{i}": bytes(1 << 20) for i in range(20)}, REVIEWS))
