"""Reviews from small archives of the layout of the public ones, whole and broken."""

import gzip
import hashlib
import io
import logging
import re
import struct
import subprocess
import sys
import tarfile
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from helpers import Answer, serving, unused_port
from sklearn.datasets import fetch_20newsgroups

from skembed.datasets import (
    _imdb,
    _movie_reviews,
    _review_archives,
    fetch_imdb,
    fetch_movie_reviews,
)
from skembed.errors import ArchiveError, ArchiveNotFoundError, DownloadError, SkembedError


def typed(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def packed(*contents, **header):
    """A packed archive of names with bytes, and of members that have none."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", **header) as archive:
        for content in contents:
            for name, data in content.items():
                if isinstance(data, tarfile.TarInfo):
                    archive.addfile(data)
                    continue
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return gzip.compress(file.getvalue(), compresslevel=1, mtime=0)  # the same at any time


def folders(*names):
    return {name: typed(name, tarfile.DIRTYPE) for name in names}


class DataSet(NamedTuple):
    """A small one like a public one: how it is fetched, and what its archive holds."""

    fetch: object
    module: object
    name: str
    archive: str
    n_reviews: tuple
    reviews: dict  # as the archive has them: not in the order in which they are returned
    others: dict

    @property
    def good(self):
        return packed(self.others, self.reviews)

    @property
    def first(self):
        return next(iter(self.reviews))


MOVIE_REVIEWS = DataSet(
    fetch_movie_reviews,
    _movie_reviews,
    "MOVIE_REVIEWS",
    "review_polarity.tar.gz",
    (3, 2),
    {
        f"txt_sentoken/{label}/cv{number:03}_{number * 7}.txt": f"{label} , {number} .\n".encode()
        for label in ("pos", "neg")
        for number in (901, 0, 2, 1, 900)
    },
    {"poldata.README.2.0": b"Read me.", **folders("txt_sentoken", "txt_sentoken/neg")},
)
IMDB = DataSet(
    fetch_imdb,
    _imdb,
    "IMDB",
    "aclImdb_v1.tar.gz",
    (3, 2),
    {
        f"aclImdb/{part}/{label}/{number}_{stars}.txt": f"Café<br />{label} {number}".encode()
        for part, numbers in (("test", (0, 1)), ("train", (10, 0, 9)))
        for label, stars in (("pos", 10), ("neg", 3))
        for number in numbers
    },
    {
        **folders("aclImdb", "aclImdb/train/unsup", "aclImdb/test"),
        "aclImdb/README": b"Read me.",
        "aclImdb/imdb.vocab": "café\n".encode(),
        "aclImdb/train/labeledBow.feat": b"9 0:9",
        "aclImdb/train/unsupBow.feat": b"0 0:8",
        "aclImdb/train/urls_neg.txt": b"http://www.imdb.com/title/tt0064354/usercomments",
        "aclImdb/train/unsup/0_0.txt": b"no label",
        "aclImdb/train/unsup/1_0.txt": b"\xff no text",
    },
)
BOTH = pytest.mark.parametrize("data_set", [MOVIE_REVIEWS, IMDB], ids=lambda d: d.name)


def publish(monkeypatch, data_set, port, **changes):
    facts = getattr(data_set.module, data_set.name)
    changes = {
        "url": f"http://127.0.0.1:{port}/{data_set.archive}",
        "sha256": hashlib.sha256(data_set.good).hexdigest(),
        "n_reviews": data_set.n_reviews,
        **changes,
    }
    monkeypatch.setattr(data_set.module, data_set.name, facts._replace(**changes))


@pytest.fixture
def data_set():
    return MOVIE_REVIEWS


@pytest.fixture
def server(monkeypatch, data_set):
    """A server that has the archive of the small data set, and a name that leads there."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(data_set.good) as server:
        publish(monkeypatch, data_set, server.server_port)
        yield server


@pytest.fixture
def fetch(tmp_path, data_set):
    return partial(data_set.fetch, data_home=tmp_path, verbose=False, delay=1e-3)


@pytest.fixture
def given(tmp_path, data_set):
    """Have an archive of given bytes read by its path, and nothing else touched."""

    def given(content, **parameters):
        path = tmp_path / data_set.archive
        path.write_bytes(content)
        try:
            return data_set.fetch(archive=path, data_home=tmp_path, verbose=False, **parameters)
        finally:
            assert path.read_bytes() == content
            assert [*tmp_path.iterdir()] == [path]

    return given


def kept(tmp_path, data_set):
    return tmp_path / "skembed" / data_set.archive.replace(".tar.gz", ".npy")


def names(tmp_path):
    return {path.name for path in (tmp_path / "skembed").iterdir()}


def lock_of(data_set):
    return f"{data_set.archive}.lock"


@BOTH
def test_downloads_checks_and_keeps_texts(server, fetch, tmp_path, data_set):
    reviews = fetch(subset="all")
    assert dict(zip(reviews.filenames, reviews.data)) == {
        name: text.decode() for name, text in data_set.reviews.items()
    }
    assert server.requests == [None]
    assert names(tmp_path) == {kept(tmp_path, data_set).name, lock_of(data_set)}
    assert [*tmp_path.iterdir()] == [tmp_path / "skembed"]


@BOTH
def test_a_second_call_makes_no_request(server, fetch, data_set):
    first, second = fetch(), fetch(download_if_missing=False)
    assert second.data.tolist() == first.data.tolist()
    assert second.filenames.tolist() == first.filenames.tolist()
    fetch(subset="test")
    assert len(server.requests) == 1


@BOTH
def test_an_archive_is_read_where_it_is(server, given, data_set):
    reviews = given(data_set.good, subset="all")
    assert set(reviews.filenames) == set(data_set.reviews)
    assert server.requests == []


def test_order_and_classes(server, fetch):
    reviews = fetch(subset="all")
    order = [("neg", 0), ("neg", 1), ("neg", 2), ("pos", 0), ("pos", 1), ("pos", 2)]
    order += [("neg", 900), ("neg", 901), ("pos", 900), ("pos", 901)]
    assert reviews.data.tolist() == [f"{label} , {number} .\n" for label, number in order]
    assert [reviews.target_names[label] for label in reviews.target] == [
        label for label, _ in order
    ]
    assert reviews.target_names == ["neg", "pos"]


@pytest.mark.parametrize("data_set", [IMDB])
def test_numbers_are_no_text(server, fetch):
    names = fetch(subset="train").filenames.tolist()
    assert names[:3] == [f"aclImdb/train/neg/{number}_3.txt" for number in (0, 9, 10)]


@BOTH
def test_parts(server, fetch, data_set):
    train, test, both = (fetch(subset=subset) for subset in ("train", "test", "all"))
    assert (len(train.data), len(test.data), len(both.data)) == (6, 4, 10)
    assert both.data.tolist() == [*train.data, *test.data]
    assert both.target.tolist() == [*train.target, *test.target]
    assert fetch().data.tolist() == train.data.tolist()
    assert train.target.tolist() == [0, 0, 0, 1, 1, 1]


@BOTH
def test_forms_of_the_answer(server, fetch, data_set):
    bunch = fetch()
    assert (bunch.data.dtype, bunch.filenames.dtype) == (object, object)
    assert {type(text) for text in (*bunch.data, *bunch.filenames)} == {str}
    assert (bunch.data.shape, bunch.target.shape, bunch.target.dtype) == ((6,), (6,), np.int64)
    assert bunch.frame is None
    assert "Proceedings of the ACL" in bunch.DESCR
    X, y = fetch(return_X_y=True)
    assert X.tolist() == bunch.data.tolist()
    assert y.tolist() == bunch.target.tolist()
    framed = fetch(as_frame=True)
    assert [*framed.frame] == ["text", "target"]
    assert framed.frame["text"].tolist() == bunch.data.tolist()
    assert (framed.data.name, framed.target.name) == ("text", "target")
    assert framed.data.dtype == object
    assert framed.filenames.tolist() == bunch.filenames.tolist()
    X, y = fetch(return_X_y=True, as_frame=True)
    assert isinstance(X, pd.Series)
    assert y.tolist() == bunch.target.tolist()


def test_a_caller_may_change_what_he_gets(server, fetch):
    fetch().target_names.append("mixed")
    assert fetch().target_names == ["neg", "pos"]


def test_the_path_of_an_archive(server, tmp_path, monkeypatch, data_set):
    path = tmp_path / "other name"
    path.write_bytes(data_set.good)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for archive in (path, str(path), "~/other name"):
        assert len(data_set.fetch(archive=archive).data) == 6
    with pytest.raises(ArchiveNotFoundError, match="nowhere") as caught:
        data_set.fetch(archive=tmp_path / "nowhere")
    assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(ArchiveError, match=r"is a folder; pass .*review_polarity\.tar\.gz"):
        data_set.fetch(archive=tmp_path)


def test_the_folder(server, fetch, tmp_path, monkeypatch, data_set):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "set"))
    fetch(data_home=None)
    fetch(data_home=str(tmp_path / "given"))
    for folder in ("set", "given"):
        assert kept(tmp_path / folder, data_set).exists()


@pytest.mark.parametrize(
    "repacked",
    [
        packed(IMDB.reviews),
        packed(IMDB.reviews, format=tarfile.PAX_FORMAT, pax_headers={"comment": "again" * 99}),
        packed({f"./{name}": text for name, text in IMDB.reviews.items()}),
        packed(IMDB.reviews, {"aclImdb/train/neg/._0_3.txt": b"\xff\xfe"}),  # from a Mac
        packed(IMDB.reviews, {"aclImdb/" + 99 * "long/": b"", "aclImdb/large": bytes(1 << 22)}),
        packed(IMDB.reviews) + bytes(512),
    ],
)
@pytest.mark.parametrize("data_set", [IMDB])
def test_one_that_was_packed_again(server, given, data_set, repacked):
    assert set(given(repacked, subset="all").filenames) == set(data_set.reviews)


def test_without_a_network(fetch, tmp_path, monkeypatch, data_set):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    publish(monkeypatch, data_set, unused_port())
    archive = tmp_path / "skembed" / data_set.archive
    with pytest.raises(DownloadError, match=re.escape(str(archive))) as caught:
        fetch()
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, SkembedError)
    assert names(tmp_path) == {lock_of(data_set)}
    archive.write_bytes(data_set.good)  # brought by hand, as the message says
    assert len(fetch().data) == 6


def test_download_if_missing(server, fetch, tmp_path, data_set):
    with pytest.raises(DownloadError, match=r"does not exist.*download_if_missing=True") as caught:
        fetch(download_if_missing=False)
    assert str(kept(tmp_path, data_set)) in str(caught.value)
    assert f"http://127.0.0.1:{server.server_port}/{data_set.archive}" in str(caught.value)
    assert [*tmp_path.iterdir()] == []
    archive = tmp_path / "skembed" / data_set.archive
    archive.parent.mkdir()
    archive.write_bytes(data_set.good)
    assert len(fetch(download_if_missing=False).data) == 6
    assert server.requests == []


def test_a_broken_download_is_resumed(server, fetch, tmp_path, data_set):
    half = len(data_set.good) // 2
    server.script = [Answer(cut=half), Answer(status=503)]
    assert len(fetch().data) == 6
    assert server.requests == [None, f"bytes={half}-", f"bytes={half}-"]
    assert names(tmp_path) == {kept(tmp_path, data_set).name, lock_of(data_set)}


def test_a_later_call_resumes(server, fetch, tmp_path, data_set):
    server.otherwise = Answer(cut=50)
    with pytest.raises(DownloadError, match=f"broke after 100 of {len(data_set.good)} bytes"):
        fetch(n_retries=1)
    part = f"{data_set.archive}.part"
    assert names(tmp_path) == {part, f"{part}.etag", lock_of(data_set)}
    server.otherwise = Answer()
    assert len(fetch().data) == 6
    assert server.requests[2:] == ["bytes=100-"]


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
        r"holds \d distinct reviews|is truncated",
    ),
    "cut within a review": (
        gzip.compress(plain(packed(REVIEWS))[: 512 + 3]),
        r"is truncated, corrupt .*_6307\.txt is truncated",
    ),
    "another data set": (IMDB.good, "holds no file like txt_sentoken/neg/cv000_29416.txt: is it"),
    "one review less": (
        packed(without(MOVIE_REVIEWS, FIRST)),
        "holds 1 distinct reviews of the class pos in the part test, expected 2",
    ),
    "one review more": (
        packed(REVIEWS, {"txt_sentoken/neg/cv003_9.txt": b"more"}),
        "holds 4 distinct reviews of the class neg in the part train, expected 3",
    ),
    "another name": (
        packed(without(MOVIE_REVIEWS, FIRST), {FIRST.replace("_", "-"): b"text"}),
        "holds 1 distinct reviews",
    ),
    "twice": (packed(REVIEWS, {FIRST: b"text"}), f"holds {FIRST} twice"),
    "twice in other words": (packed(REVIEWS, {f"./{FIRST}": b"text"}), f"holds {FIRST} twice"),
    "a number twice": (
        packed(REVIEWS, {FIRST.replace("6307", "6308"): b"text"}),
        "holds several reviews with the same number",
    ),
    "climbs": (packed(REVIEWS, {"../climbs": b"out"}), "holds '../climbs', a path that leads out"),
    "climbs later": (packed(REVIEWS, {"txt_sentoken/neg/../../../x": b"x"}), "that leads out"),
    "climbs on Windows": (packed({"txt_sentoken\\..\\..\\x": b"x"}, REVIEWS), "that leads out"),
    "absolute": (packed({"/etc/x": b"x"}, REVIEWS), "holds '/etc/x', a path that leads out"),
    "absolute on Windows": (packed({"C:\\x": b"x"}, REVIEWS), "that leads out"),
    "a climbing folder": (packed(folders("../x"), REVIEWS), "that leads out"),
    "a name that cannot be printed": (packed({"../\udcff": b"x"}, REVIEWS), "that leads out"),
    "link": (
        packed(without(MOVIE_REVIEWS, FIRST), {FIRST: typed(FIRST, tarfile.SYMTYPE, "/etc/x")}),
        f"holds '{FIRST}', which is neither a plain file nor a folder",
    ),
    "hard link": (packed(REVIEWS, {"x": typed("x", tarfile.LNKTYPE, FIRST)}), "neither a plain"),
    "device": (packed({"x": typed("x", tarfile.CHRTYPE)}, REVIEWS), "neither a plain"),
    "pipe": (packed(REVIEWS, {"x": typed("x", tarfile.FIFOTYPE)}), "neither a plain"),
    "folder for a review": (
        packed(without(MOVIE_REVIEWS, FIRST), folders(FIRST)),
        "holds 1 distinct reviews",
    ),
    "no text": (
        packed(without(MOVIE_REVIEWS, FIRST), {FIRST: b""}),
        f"holds {FIRST} with 0 bytes, expected 1 to",
    ),
    "a long review": (
        packed(without(MOVIE_REVIEWS, FIRST), {FIRST: bytes((1 << 16) + 1)}),
        f"holds {FIRST} with 65,537 bytes, expected 1 to 65,536",
    ),
    "no UTF-8": (
        packed(without(MOVIE_REVIEWS, FIRST), {FIRST: b"caf\xe9 ."}),
        f"holds {FIRST}, which is not UTF-8.*0xe9 in position 3",
    ),
    "a long header": (packed({"x" * (1 << 21): b"x"}, REVIEWS), "claims sizes that no archive"),
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
    publish(monkeypatch, data_set, server.server_port, sha256=hashlib.sha256(body).hexdigest())
    server.body = body
    with pytest.raises(DownloadError, match=rf"review_polarity\.tar\.gz .*({problem}).* deleted"):
        fetch()
    assert len(server.requests) == 1
    assert names(tmp_path) == {lock_of(data_set)}
    publish(monkeypatch, data_set, server.server_port)
    server.body = data_set.good
    assert len(fetch().data) == 6


@BOTH
def test_another_digest(server, fetch, tmp_path, data_set):
    server.body = packed(data_set.reviews)  # good, but not what was published
    digest = hashlib.sha256(server.body).hexdigest()
    with pytest.raises(DownloadError, match=rf"digest {digest}, expected [0-9a-f]{{64}}\. It was"):
        fetch()
    assert names(tmp_path) == {lock_of(data_set)}


def test_no_archive_fills_the_disk_or_the_memory(server, given, monkeypatch):
    zeros = {f"x{i}": bytes(1 << 20) for i in range(40)}
    headers = {f"x{i}": b"" for i in range(20_000)}
    member = typed("x", tarfile.REGTYPE).tobuf()
    notes = [
        tarfile.TarInfo.create_pax_global_header({f"note {i}": "x" * (1 << 19)}) for i in range(20)
    ]
    reviews = {f"txt_sentoken/neg/cv000_{i}.txt": b"x" * (1 << 16) for i in range(100)}
    monkeypatch.setattr(_review_archives, "_LARGEST", 1 << 23)
    monkeypatch.setattr(_review_archives, "_LARGEST_TEXTS", 1 << 20)
    for bomb in (
        packed(reviews),
        packed(zeros, REVIEWS),
        packed(headers, REVIEWS),
        packed({"x": bytes(1 << 25)}, REVIEWS),
        gzip.compress(plain(packed(REVIEWS)) + bytes(1 << 25)),
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


@pytest.mark.parametrize("place", [3, 20, 300, -600, -300, -6, -1])
def test_a_damaged_file_of_texts_is_made_anew(server, fetch, tmp_path, data_set, place):
    whole = fetch(subset="all").data.tolist()
    path = kept(tmp_path, data_set)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(DownloadError, match=r"is damaged\. Call with download_if_missing=True"):
        fetch(download_if_missing=False)
    assert fetch(subset="all").data.tolist() == whole
    assert len(server.requests) == 2
    assert fetch(download_if_missing=False, subset="all").data.tolist() == whole


@pytest.mark.parametrize("change", [b"", b"\x93NUMPY", "cut", "longer", "other", "numbers"])
def test_what_is_no_file_of_its_texts(server, fetch, tmp_path, data_set, change, caplog):
    fetch()
    path = kept(tmp_path, data_set)
    if change == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif change == "longer":
        path.write_bytes(path.read_bytes() + b"x")
    elif change == "other":
        from skembed.datasets._texts_file import save_texts

        save_texts(path, {"aclImdb/train/neg/0_3.txt": "another data set"})
    elif change == "numbers":
        from skembed.vectors.files.checksums import save_arrays

        save_arrays(path, {"names": np.arange(3), "ends": np.arange(3), "contents": np.ones(3)})
    else:
        path.write_bytes(change)
    assert len(fetch(verbose=True).data) == 6
    assert "is damaged and will be created again" in caplog.text
    assert len(server.requests) == 2


def test_a_full_disk_is_not_the_archive_s_fault(server, fetch, tmp_path, monkeypatch, data_set):
    def no_room(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("skembed.datasets._reviews.save_texts", no_room)
        with pytest.raises(OSError, match="No space left"):
            fetch()
    assert names(tmp_path) == {data_set.archive, lock_of(data_set)}
    assert len(fetch().data) == 6
    assert len(server.requests) == 1


def test_several_threads_share_one_download(server, fetch, data_set):
    server.script = [Answer(cut=100)]
    together = Barrier(8, timeout=300)

    def fetch_together(subset):
        together.wait()
        return fetch(subset=subset)

    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(fetch_together, ["train", "test"] * 4)]
    assert [len(reviews.data) for reviews in found] == [6, 4] * 4
    assert server.requests == [None, "bytes=100-"]


def test_several_processes_share_one_download(server, tmp_path, data_set):
    facts = getattr(data_set.module, data_set.name)
    program = """
import sys
from skembed.datasets import _movie_reviews as module, fetch_movie_reviews
url, sha256, home = sys.argv[1:]
facts = module.MOVIE_REVIEWS._replace(url=url, sha256=sha256, n_reviews=(3, 2))
module.MOVIE_REVIEWS = facts
print(len(fetch_movie_reviews(data_home=home, verbose=False).data))
"""
    command = [sys.executable, "-c", program, facts.url, facts.sha256, tmp_path]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0] for process in running] == ["6\n", "6\n"]
    assert server.requests == [None]


def test_progress(server, fetch, caplog, capfd):
    caplog.set_level(logging.INFO, "skembed.datasets")
    server.script = [Answer(cut=100)]
    fetch(verbose=True)
    told = [record.getMessage() for record in caplog.records]
    assert told[0].startswith("Downloading review_polarity.tar.gz (")
    assert "Trying again" in told[1]
    assert told[3].startswith("Reading review_polarity.tar.gz (")
    assert capfd.readouterr() == ("", "")  # a bar is for screens


def test_silence(server, fetch, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    server.script = [Answer(cut=100)]
    fetch()
    assert not [record for record in caplog.records if record.name.startswith("skembed")]
    assert capfd.readouterr() == ("", "")


@BOTH
@pytest.mark.parametrize(
    "parameters",
    [
        {"subset": "dev"},
        {"archive": 3},
        {"data_home": 3},
        {"download_if_missing": "no"},
        {"return_X_y": None},
        {"as_frame": "yes"},
        {"n_retries": 0},
        {"delay": 0},
        {"verbose": 2},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_parameters(fetch, parameters, data_set):
    with pytest.raises(ValueError, match=f"'{next(iter(parameters))}' parameter"):
        fetch(**parameters)


@pytest.mark.parametrize("facts", [_movie_reviews.MOVIE_REVIEWS, _imdb.IMDB])
def test_the_facts(facts):
    assert re.fullmatch(r"https://[\w./~-]+\.tar\.gz", facts.url)
    assert re.fullmatch("[0-9a-f]{64}", facts.sha256)
    assert facts.key(facts.example) == (0, 0, 0)
    assert facts.key(facts.example.replace("neg", "unsup")) is None


@pytest.mark.slow
def test_real_movie_reviews(shared_data):
    fetch = partial(fetch_movie_reviews, archive=shared_data / "review_polarity.tar.gz")
    train, test = fetch(), fetch(subset="test")
    assert np.bincount(train.target).tolist() == [900, 900]
    assert np.bincount(test.target).tolist() == [100, 100]
    numbers = [int(re.search(r"cv(\d+)_", name)[1]) for name in (*train.filenames, *test.filenames)]
    assert numbers == [*range(900)] * 2 + [*range(900, 1000)] * 2
    folds = [int(name.split("/cv")[1][0]) for name in fetch(subset="all").filenames]
    assert np.bincount(folds).tolist() == [200] * 10  # as the guide makes them
    assert all(
        name.split("/")[1] == train.target_names[y]
        for name, y in zip(train.filenames, train.target)
    )
    assert all(text.isascii() and text.endswith("\n") for text in train.data)


@pytest.mark.slow
def test_real_imdb_reviews(shared_data):
    archive = shared_data / "aclImdb_v1.tar.gz"
    if not archive.is_file():
        pytest.skip("SKEMBED_DATA has no aclImdb_v1.tar.gz")
    reviews = fetch_imdb(subset="all", archive=archive)
    found = np.array([name.split("/")[1:3] for name in reviews.filenames])
    expected = [("train", "neg"), ("train", "pos"), ("test", "neg"), ("test", "pos")]
    assert np.array_equal(found, np.repeat(expected, 12_500, axis=0))
    assert reviews.target.tolist() == (found[:, 1] == "pos").tolist()
    stars = np.array([int(name[:-4].rpartition("_")[2]) for name in reviews.filenames])
    assert np.array_equal(stars >= 7, reviews.target == 1)
    assert max(stars[reviews.target == 0]) == 4


@pytest.mark.slow
def test_real_archives_are_not_taken_for_each_other(shared_data):
    with pytest.raises(ArchiveError, match=r"holds no file like aclImdb/train/neg/0_3\.txt"):
        fetch_imdb(archive=shared_data / "review_polarity.tar.gz")


@pytest.mark.slow
def test_real_newsgroups_come_from_scikit_learn(shared_data):
    data_home = shared_data / "scikit_learn_data"
    if not data_home.is_dir():
        pytest.skip("SKEMBED_DATA has no scikit_learn_data")
    parts = [
        fetch_20newsgroups(
            subset=subset,
            remove=("headers", "footers", "quotes"),
            data_home=data_home,
            download_if_missing=False,
        )
        for subset in ("train", "test")
    ]
    assert [len(part.data) for part in parts] == [11_314, 7_532]
    assert [len(part.target_names) for part in parts] == [20, 20]
