"""Reviews from small archives with the layout of the published ones."""

import hashlib
import logging
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pandas as pd
import pytest
from helpers import (
    BOTH,
    IMDB,
    Answer,
    kept_texts,
    lock_of,
    names_in,
    packed_tar,
    publish_reviews,
    unused_port,
)

from skembed.datasets import _imdb, _movie_reviews
from skembed.errors import ArchiveError, ArchiveNotFoundError, DownloadError, SkembedError


@BOTH
def test_downloads_checks_and_keeps_texts(server, fetch, tmp_path, data_set):
    reviews = fetch(subset="all")
    assert dict(zip(reviews.filenames, reviews.data)) == {
        name: text.decode() for name, text in data_set.reviews.items()
    }
    assert server.requests == [None]
    assert names_in(tmp_path) == {kept_texts(tmp_path, data_set).name, lock_of(data_set)}
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
        assert kept_texts(tmp_path / folder, data_set).exists()


def test_without_a_network(fetch, tmp_path, monkeypatch, data_set):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    publish_reviews(monkeypatch, data_set, unused_port())
    archive = tmp_path / "skembed" / data_set.archive
    with pytest.raises(DownloadError, match=re.escape(str(archive))) as caught:
        fetch()
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, SkembedError)
    assert names_in(tmp_path) == {lock_of(data_set)}
    archive.write_bytes(data_set.good)  # put there by hand, as the message says
    assert len(fetch().data) == 6


def test_download_if_missing(server, fetch, tmp_path, data_set):
    with pytest.raises(DownloadError, match=r"does not exist.*download_if_missing=True") as caught:
        fetch(download_if_missing=False)
    assert str(kept_texts(tmp_path, data_set)) in str(caught.value)
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
    assert names_in(tmp_path) == {kept_texts(tmp_path, data_set).name, lock_of(data_set)}


def test_a_later_call_resumes(server, fetch, tmp_path, data_set):
    server.otherwise = Answer(cut=50)
    with pytest.raises(DownloadError, match=f"broke after 100 of {len(data_set.good)} bytes"):
        fetch(n_retries=1)
    part = f"{data_set.archive}.part"
    assert names_in(tmp_path) == {part, f"{part}.etag", lock_of(data_set)}
    server.otherwise = Answer()
    assert len(fetch().data) == 6
    assert server.requests[2:] == ["bytes=100-"]


@BOTH
def test_another_digest(server, fetch, tmp_path, data_set):
    server.body = packed_tar(data_set.reviews)  # valid, but not the published archive
    digest = hashlib.sha256(server.body).hexdigest()
    with pytest.raises(DownloadError, match=rf"digest {digest}, expected [0-9a-f]{{64}}\. It was"):
        fetch()
    assert names_in(tmp_path) == {lock_of(data_set)}


def test_a_full_disk_is_not_the_archive_s_fault(server, fetch, tmp_path, monkeypatch, data_set):
    def no_room(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("skembed.datasets._reviews.save_texts", no_room)
        with pytest.raises(OSError, match="No space left"):
            fetch()
    assert names_in(tmp_path) == {data_set.archive, lock_of(data_set)}
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
    assert capfd.readouterr() == ("", "")  # bars are drawn on terminals only


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
