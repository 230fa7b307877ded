"""Downloads of word vectors, from a local server that fails in chosen ways."""

import hashlib
import io
import logging
import re
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import Answer, Server, names_in, serving, unused_port

from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix
from skembed.datasets import _connection, _download, fetch_word_vectors
from skembed.datasets._word_vectors import WORD_VECTORS, Archive
from skembed.errors import DownloadError, SkembedError

N_ROWS = 6
SIZES = (50, 100, 200, 300)


def glove_text(vector_size, n_rows=N_ROWS):
    numbers = np.random.RandomState(vector_size).normal(size=(n_rows, vector_size)).round(4)
    words = [*(f"word{i}" for i in range(n_rows - 1)), "at 2 pm"]  # glove.840B has such words
    rows = (f"{word} {' '.join(map(str, row))}\n" for word, row in zip(words, numbers))
    return "".join(rows).encode()


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


MEMBERS = {f"glove.6B.{size}d.txt": glove_text(size) for size in SIZES}
GOOD = zipped({"../climbs_out.txt": b"0", **MEMBERS})
HALF = len(GOOD) // 2


@pytest.fixture
def server(monkeypatch):
    """A server with ``glove.6B.zip``, whose address replaces the published one."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(GOOD) as server:
        publish(monkeypatch, f"http://127.0.0.1:{server.server_port}/glove.6B.zip")
        yield server


def publish(monkeypatch, url, sha256=None, n_rows=None, max_bytes=1 << 20):
    for size in SIZES:
        name = f"glove.6B.{size}d"
        archive = Archive(url, max_bytes, sha256)
        vectors = WORD_VECTORS[name]._replace(archive=archive, n_rows=n_rows)
        monkeypatch.setitem(WORD_VECTORS, name, vectors)


def url_of(name="glove.6B.50d"):
    return WORD_VECTORS[name].archive.url


@pytest.fixture
def fetch(tmp_path):
    def fetch(name="glove.6B.50d", **parameters):
        parameters = {"data_home": tmp_path, "verbose": False, "delay": 1e-3, **parameters}
        return fetch_word_vectors(name, **parameters)

    return fetch


@pytest.fixture
def nobody(monkeypatch):
    """An address where no server listens."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    publish(monkeypatch, f"http://127.0.0.1:{unused_port()}/glove.6B.zip")


def test_downloads_checks_and_unpacks_one_member(server, fetch, tmp_path, monkeypatch):
    publish(monkeypatch, url_of(), hashlib.sha256(GOOD).hexdigest(), N_ROWS)
    path = fetch()
    assert path == tmp_path / "skembed" / "glove.6B.50d.txt"
    assert path.read_bytes() == MEMBERS[path.name]
    assert server.requests == [None]
    assert names_in(tmp_path) == {"glove.6B.50d.txt", "glove.6B.zip", "glove.6B.zip.lock"}
    assert [*tmp_path.iterdir()] == [tmp_path / "skembed"]


def test_the_embed_step_reads_it(server, fetch):
    ids = KerasTokenizerTransformer().fit_transform(["word1 word2", "word4 nothing"])
    step = PretrainedEmbeddingMatrix(fetch()).fit(ids)
    assert step.vector_size_ == 50
    assert step.coverage_.missing == ("nothing",)
    row = MEMBERS["glove.6B.50d.txt"].splitlines()[2].split()[1:]
    np.testing.assert_array_equal(
        step.matrix_[ids.vocabulary["word2"]], np.array(row, dtype=np.float32)
    )


def test_a_second_call_makes_no_request(server, fetch):
    assert fetch() == fetch(download_if_missing=False)
    assert len(server.requests) == 1


def test_the_archive_stays_until_all_of_it_is_unpacked(server, fetch, tmp_path):
    for size in SIZES:
        assert (tmp_path / "skembed" / "glove.6B.zip").exists() == (size != 50)
        assert fetch(f"glove.6B.{size}d").read_bytes() == MEMBERS[f"glove.6B.{size}d.txt"]
    assert not (tmp_path / "skembed" / "glove.6B.zip").exists()
    assert len(server.requests) == 1


def test_the_folder(server, fetch, tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "set"))
    assert fetch(data_home=None).parent == tmp_path / "set" / "skembed"
    assert fetch(data_home=str(tmp_path / "given")).parent == tmp_path / "given" / "skembed"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert fetch(data_home="~/mine").parent == tmp_path / "mine" / "skembed"


def test_without_a_network(nobody, fetch, tmp_path):
    archive = tmp_path / "skembed" / "glove.6B.zip"
    with pytest.raises(DownloadError, match=re.escape(url_of())) as caught:
        fetch()
    assert str(archive) in str(caught.value)
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, SkembedError)
    archive.write_bytes(GOOD)  # put there by hand, as the message says
    path = fetch()
    archive.unlink()
    assert fetch() == path


def test_download_if_missing(server, fetch, tmp_path):
    archive = tmp_path / "skembed" / "glove.6B.zip"
    with pytest.raises(DownloadError, match="download_if_missing=True") as caught:
        fetch(download_if_missing=False)
    assert str(archive) in str(caught.value)
    assert url_of() in str(caught.value)
    assert not archive.parent.exists()
    archive.parent.mkdir()
    archive.write_bytes(GOOD)
    assert fetch(download_if_missing=False).read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests == []


def test_a_broken_download_is_resumed(server, fetch, tmp_path):
    server.script = [Answer(cut=HALF), Answer(cut=100)]
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests == [None, f"bytes={HALF}-", f"bytes={HALF + 100}-"]
    assert not [name for name in names_in(tmp_path) if "part" in name]


def test_a_later_call_resumes(server, fetch, tmp_path):
    server.otherwise = Answer(cut=100)
    with pytest.raises(DownloadError, match=f"broke after 300 of {len(GOOD)} bytes"):
        fetch(n_retries=2)
    assert server.requests == [None, "bytes=100-", "bytes=200-"]
    assert names_in(tmp_path) == {
        "glove.6B.zip.part",
        "glove.6B.zip.part.etag",
        "glove.6B.zip.lock",
    }
    server.otherwise = Answer()
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests[3:] == ["bytes=300-"]


def test_a_connection_that_stalls_counts_as_broken(server, fetch, monkeypatch):
    monkeypatch.setattr(_connection, "_TIMEOUT_SECONDS", 0.5)
    server.script = [Answer(cut=HALF, stalls=True)]
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests == [None, f"bytes={HALF}-"]


def test_a_server_without_ranges_sends_all_again(server, fetch):
    server.otherwise = Answer(ranges=False)
    server.script = [Answer(cut=HALF)]
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests == [None, f"bytes={HALF}-"]


@pytest.mark.parametrize("if_range", [True, False])
def test_a_file_that_changed_meanwhile_is_begun_anew(server, fetch, if_range):
    server.otherwise = Answer(if_range=if_range)
    server.script = [Answer(cut=HALF), Answer(status=404)]
    with pytest.raises(DownloadError):
        fetch()
    server.body = zipped({"first.txt": glove_text(70), **MEMBERS})
    server.headers = {"ETag": '"2"'}
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests[2:] == [f"bytes={HALF}-"] + [None] * (not if_range)


@pytest.mark.parametrize(
    ("headers", "resumes"),
    [
        ({}, False),
        ({"ETag": 'W/"1"'}, False),
        ({"ETag": 'W/"1"', "Last-Modified": Server.date}, True),
        ({"Last-Modified": Server.date}, True),
    ],
)
def test_only_what_is_surely_the_same_file_is_resumed(server, fetch, headers, resumes):
    server.headers = headers
    server.script = [Answer(cut=HALF)]
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests == [None, f"bytes={HALF}-" if resumes else None]


def test_the_rest_of_another_file_under_the_same_mark(server, fetch, monkeypatch):
    publish(monkeypatch, url_of(), hashlib.sha256(GOOD).hexdigest(), N_ROWS)
    server.body = bytes(len(GOOD))
    server.script = [Answer(cut=HALF), Answer(status=404)]
    with pytest.raises(DownloadError):
        fetch()
    server.body = GOOD
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests[2:] == [f"bytes={HALF}-", None]


def test_more_bytes_here_than_there(server, fetch, tmp_path):
    (tmp_path / "skembed").mkdir()
    (tmp_path / "skembed" / "glove.6B.zip.part").write_bytes(GOOD + b"0")
    (tmp_path / "skembed" / "glove.6B.zip.part.etag").write_text('"1"')
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests == [f"bytes={len(GOOD) + 1}-", None]


def test_what_may_pass_is_tried_again_and_nothing_else(server, fetch):
    server.script = [Answer(status=503), Answer(status=429)]
    fetch()
    assert len(server.requests) == 3
    server.requests.clear()
    server.otherwise = Answer(status=404)
    with pytest.raises(DownloadError, match="404"):
        fetch(data_home=fetch().parent)
    assert len(server.requests) == 1


def test_a_length_that_is_never_reached(server, fetch, tmp_path):
    server.otherwise = Answer(length=len(GOOD) + 1, ranges=False)
    with pytest.raises(DownloadError, match=f"{len(GOOD)} of {len(GOOD) + 1} bytes"):
        fetch()
    assert len(server.requests) == 4
    assert not names_in(tmp_path) & {"glove.6B.zip", "glove.6B.50d.txt"}


@pytest.mark.parametrize("how", [Answer(endless=True), Answer(length=1 << 40)])
def test_a_download_that_is_larger_than_the_file_is_cut_off(how, server, fetch, tmp_path):
    server.otherwise = how
    with pytest.raises(DownloadError, match="sends more than 1,048,576 bytes") as caught:
        fetch()
    assert url_of() in str(caught.value)
    assert len(server.requests) == 1
    assert names_in(tmp_path) == {"glove.6B.zip.lock"}


def test_a_download_that_drips_is_cut_off_and_tried_again(server, fetch, tmp_path, monkeypatch):
    monkeypatch.setattr(_connection, "_SLOW_SECONDS", 0.1)
    server.script = [Answer(drips=True)]
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests == [None, None]
    server.otherwise = Answer(drips=True)
    with pytest.raises(DownloadError, match=r"only \d+ bytes arrived in \d+ seconds"):
        fetch(data_home=tmp_path / "other")
    assert len(server.requests) == 2 + 4


def test_headers_that_drip_are_cut_off(server, fetch, tmp_path, monkeypatch):
    monkeypatch.setattr(_connection, "_SLOW_SECONDS", 0.2)
    server.otherwise = Answer(drips_header=True)
    with pytest.raises(DownloadError, match=r"no answer in 0\.2 seconds"):
        fetch(n_retries=1)
    assert len(server.requests) == 2
    assert names_in(tmp_path) == {"glove.6B.zip.lock"}


def test_headers_without_an_end_behind_the_body_are_cut_off(server, fetch, monkeypatch):
    monkeypatch.setattr(_connection, "_SLOW_SECONDS", 0.2)
    server.otherwise = Answer(trailer=True)
    with pytest.raises(DownloadError, match=r"no byte of the file in 0\.2 seconds"):
        fetch(n_retries=1)


def test_threads_end_when_a_connection_is_given_up(server, fetch, monkeypatch):
    monkeypatch.setattr(_connection, "_SLOW_SECONDS", 0.2)
    n_threads = threading.active_count()
    server.otherwise = Answer(drips_header=True)
    with pytest.raises(DownloadError):
        fetch(n_retries=1)
    while threading.active_count() > n_threads:  # those of the server end, too
        time.sleep(0.01)


@pytest.mark.parametrize(
    "location",
    [
        "http://[bad",
        "http://127.0.0.1:port/",
        "ftp://127.0.0.1:1/v",
        "file:///etc/passwd",
        "http://",
        "http://\xff..x/",
        "http://127.0.0.1:99999999/",
        "//[",
        "\x01",
    ],
)
def test_a_redirect_to_a_malformed_address(location, server, fetch, tmp_path):
    server.otherwise = Answer(location=location)
    with pytest.raises(DownloadError, match="could not be downloaded") as caught:
        fetch()
    assert url_of() in str(caught.value)
    assert names_in(tmp_path) == {"glove.6B.zip.lock"}


def test_the_body_of_a_redirect_is_not_read(server, fetch):
    server.script = [Answer(location=f"http://127.0.0.1:{server.server_port}/there", endless=True)]
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert len(server.requests) == 2


def test_redirects_in_a_circle(server, fetch):
    server.otherwise = Answer(location=url_of())
    with pytest.raises(DownloadError, match=r"could not be downloaded.*redirect"):
        fetch()


def test_a_validator_that_cannot_be_sent(server, fetch):
    server.headers = {"ETag": '"1\r\n 2"'}
    server.script = [Answer(cut=HALF)]
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]
    assert server.requests == [None, None]


LONG_ROW = b"word 0.5" + b" 0.5" * 50 + b"\n"
NOT_WHAT_IT_SHOULD_BE = {
    "a web page": (b"\n<!DOCTYPE html><title>Log in</title>", "is a web page"),
    "cut": (GOOD[:-30], "is truncated or corrupt"),
    "corrupt": (GOOD[:300] + bytes(100) + GOOD[400:], "is truncated or corrupt"),
    "no zip": (b"word 1 2 3\n" * 100, "is truncated or corrupt"),
    "empty": (b"", "is truncated or corrupt"),
    "member of the future": (
        GOOD.replace(b"PK\1\2\x14\3\x14", b"PK\1\2\x14\3\xff"),
        "is truncated or corrupt",
    ),
    "member that unpacks to too much": (
        zipped({"glove.6B.50d.txt": bytes(1 << 25)}),
        "unpacks to more than 16,777,216 bytes",
    ),
    "member missing": (zipped({"x/glove.6B.50d.txt": b"0"}), r"contains no glove\.6B\.50d\.txt"),
    "member empty": (zipped({"glove.6B.50d.txt": b""}), "0 numbers in its first row, expected 50"),
    "other size": (
        zipped({"glove.6B.50d.txt": glove_text(100)}),
        "100 numbers in its first row, expected 50",
    ),
    "last row cut": (
        zipped({"glove.6B.50d.txt": MEMBERS["glove.6B.50d.txt"][:-100]}),
        r"\d+ numbers in its last row, expected 50",
    ),
    "last row long": (
        zipped({"glove.6B.50d.txt": MEMBERS["glove.6B.50d.txt"] + LONG_ROW}),
        "51 numbers in its last row, expected 50",
    ),
    "rows missing": (
        zipped({"glove.6B.50d.txt": glove_text(50, N_ROWS - 1)}),
        f"{N_ROWS - 1} rows, expected {N_ROWS}",
    ),
}


@pytest.mark.parametrize(
    ("body", "problem"), NOT_WHAT_IT_SHOULD_BE.values(), ids=NOT_WHAT_IT_SHOULD_BE
)
def test_what_fails_its_check_is_deleted(server, fetch, tmp_path, monkeypatch, body, problem):
    publish(monkeypatch, url_of(), n_rows=N_ROWS)
    server.body = body
    with pytest.raises(DownloadError, match=rf"glove\.6B\.zip .*{problem}.* was deleted"):
        fetch()
    assert len(server.requests) == 1
    assert names_in(tmp_path) == {"glove.6B.zip.lock"}
    server.body = GOOD
    assert fetch().read_bytes() == MEMBERS["glove.6B.50d.txt"]


def test_a_length_that_is_too_short(server, fetch, tmp_path):
    server.otherwise = Answer(length=HALF)
    with pytest.raises(DownloadError, match="is truncated or corrupt"):
        fetch()
    assert names_in(tmp_path) == {"glove.6B.zip.lock"}


def test_another_digest(server, fetch, tmp_path, monkeypatch):
    digest = hashlib.sha256(GOOD).hexdigest()
    publish(monkeypatch, url_of(), "0" * 64)
    with pytest.raises(DownloadError, match=rf"digest {digest}, expected 0{{64}}\. It was deleted"):
        fetch()
    assert names_in(tmp_path) == {"glove.6B.zip.lock"}
    (tmp_path / "skembed" / "glove.6B.zip").write_bytes(GOOD)  # this is checked too
    with pytest.raises(DownloadError, match=digest):
        fetch(download_if_missing=False)
    assert names_in(tmp_path) == {"glove.6B.zip.lock"}


def test_a_cached_file_is_checked(server, fetch, tmp_path):
    path = fetch()
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DownloadError, match=r"last row, expected 50.* was deleted"):
        fetch()
    assert not path.exists()
    assert fetch().read_bytes() == MEMBERS[path.name]
    assert len(server.requests) == 1


def test_a_full_disk_is_not_the_archive_s_fault(server, fetch, tmp_path, monkeypatch):
    def no_room(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("skembed.datasets._word_vectors.progress", no_room)
        with pytest.raises(OSError, match="No space left"):
            fetch()
    assert names_in(tmp_path) == {"glove.6B.zip", "glove.6B.zip.lock"}
    fetch()
    assert len(server.requests) == 1


def test_several_at_once_share_one_download(server, fetch):
    wanted = [f"glove.6B.{size}d" for size in SIZES] * 2
    server.script = [Answer(cut=HALF)]
    together = threading.Barrier(len(wanted), timeout=300)

    def fetch_together(name):
        together.wait()
        return fetch(name)

    with ThreadPoolExecutor(len(wanted)) as pool:
        paths = [*pool.map(fetch_together, wanted)]
    assert [path.read_bytes() for path in paths] == [MEMBERS[f"{name}.txt"] for name in wanted]
    assert server.requests == [None, f"bytes={HALF}-"]


def test_a_file_system_without_locks(server, fetch, monkeypatch):
    def no_locks(descriptor):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(_download, "_acquire", no_locks)
    with pytest.raises(DownloadError, match="choose a data_home"):
        fetch()


def test_progress(server, fetch, caplog, capfd):
    caplog.set_level(logging.INFO, "skembed.datasets")
    server.script = [Answer(cut=HALF)]
    fetch(verbose=True)
    told = [record.getMessage() for record in caplog.records]
    assert told[0].startswith("Downloading glove.6B.zip (")
    assert "Trying again" in told[1]
    assert told[3].startswith("Unpacking glove.6B.50d.txt (")
    assert capfd.readouterr() == ("", "")  # bars are drawn on terminals only


def test_silence(server, fetch, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    server.script = [Answer(cut=HALF)]
    fetch()
    assert not [record for record in caplog.records if record.name.startswith("skembed")]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "parameters", [{"name": "glove.7B.50d"}, {"n_retries": 0}, {"delay": 0}, {"verbose": "no"}]
)
def test_parameters(fetch, parameters):
    with pytest.raises(ValueError, match=f"'{next(iter(parameters))}' parameter"):
        fetch(**parameters)


@pytest.mark.parametrize(("name", "vectors"), WORD_VECTORS.items(), ids=WORD_VECTORS)
def test_the_table(name, vectors):
    assert name.endswith(f".{vectors.vector_size}d")
    assert re.fullmatch(r"https://nlp\.stanford\.edu/data/[\w./]+\.zip", vectors.archive.url)
    assert vectors.archive.sha256 is None or re.fullmatch("[0-9a-f]{64}", vectors.archive.sha256)
    stem = vectors.archive.url.rpartition("/")[2].removesuffix(".zip")
    assert name.startswith(stem)
    assert vectors.member.endswith(".txt")
    if "2024" not in name:
        assert vectors.member == f"{name}.txt"
