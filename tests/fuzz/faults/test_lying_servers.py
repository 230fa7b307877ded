"""Fetchers and servers that lie: a typed error in the end, and nothing that looks whole."""

import hashlib
import io
import threading
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fuzz.faults.lying_server import LIES, serving_lies
from fuzzing import drawn
from helpers import IMDB, MOVIE_REVIEWS, publish_reviews
from hypothesis import strategies as st

from skembed.datasets import _connection, fetch_word_vectors
from skembed.datasets._word_vectors import WORD_VECTORS, Archive
from skembed.errors import DownloadError

NAME = "glove.6B.50d"
ROWS = b"".join(b"word%d%s\n" % (i, b" 0.5" * 50) for i in range(200))
_FILE = io.BytesIO()
with zipfile.ZipFile(_FILE, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr(f"{NAME}.txt", ROWS)
GLOVE = _FILE.getvalue()
MAX_BYTES = 1 << 15


class WordVectors:
    """The fetcher of word vectors, with or without a published digest."""

    body, whole = GLOVE, {"glove.6B.zip", f"{NAME}.txt"}

    def __init__(self, sha256):
        self.sha256 = sha256

    def publish(self, patch, port):
        archive = Archive(f"http://127.0.0.1:{port}/glove.6B.zip", MAX_BYTES, self.sha256)
        facts = WORD_VECTORS[NAME]._replace(archive=archive, n_rows=200)
        patch.setitem(WORD_VECTORS, NAME, facts)
        return archive.url

    def fetch(self, **how):
        return fetch_word_vectors(NAME, **how).read_bytes() == ROWS


class Reviews:
    """A fetcher of reviews."""

    def __init__(self, data_set):
        self.data_set, self.body, self.sha256 = data_set, data_set.good, "published"
        self.whole = {data_set.archive, data_set.archive.replace(".tar.gz", ".npy")}

    def publish(self, patch, port):
        publish_reviews(patch, self.data_set, port, max_bytes=MAX_BYTES)
        return getattr(self.data_set.module, self.data_set.name).url

    def fetch(self, **how):
        found = self.data_set.fetch(subset="all", **how)
        texts = {name: text.encode() for name, text in zip(found.filenames, found.data)}
        return texts == self.data_set.reviews


FETCHERS = {
    "fetch_word_vectors": WordVectors(hashlib.sha256(GLOVE).hexdigest()),
    "fetch_word_vectors, no digest": WordVectors(None),
    "fetch_movie_reviews": Reviews(MOVIE_REVIEWS),
    "fetch_imdb": Reviews(IMDB),
}


def outcome(fetch, seconds=120):
    """Return what a function returns, or its error; fail if it does not end."""
    found = []

    def run():
        try:
            found.append(fetch())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert found, f"no end in {seconds} seconds"
    return found[0]


def try_lies(fetcher, script, seed):
    """A server that lies, and then an honest one."""
    with TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        fetch = partial(fetcher.fetch, data_home=home, n_retries=2, delay=1e-3, verbose=False)
        with serving_lies(fetcher.body, script, seed) as server, patch.context() as short:
            short.setenv("no_proxy", "127.0.0.1")
            short.setattr(_connection, "_TIMEOUT_SECONDS", 0.3)
            short.setattr(_connection, "_SLOW_SECONDS", 0.2)
            url = fetcher.publish(short, server.server_address[1])
            found = outcome(fetch)
            assert server.n_requests <= 3 * 11  # retries, each with ten redirects
        names = {path.name for path in Path(home, "skembed").iterdir()}
        if found is not True:
            assert isinstance(found, DownloadError), repr(found)
            assert url in str(found)
            assert home in str(found)  # the remedy says where the file belongs
            assert not names & fetcher.whole
        patch.setenv("no_proxy", "127.0.0.1")
        with serving_lies(fetcher.body, ["honest"]) as server:
            fetcher.publish(patch, server.server_address[1])
            if fetcher.sha256 is None and "part" in "".join(names):  # it cannot be told at once
                with suppress(DownloadError):
                    fetch()
            assert fetch() is True
            assert server.n_requests <= (0 if found is True else 2)
        left = {path.name for path in Path(home, "skembed").iterdir()}
        assert not [name for name in left if "part" in name]


@pytest.mark.parametrize("name", FETCHERS)
@drawn(
    8, 100, script=st.lists(st.sampled_from([*LIES]), min_size=1, max_size=3), seed=st.integers(0)
)
def test_no_lie_is_believed(name, script, seed, tried):
    try_lies(FETCHERS[name], script, seed)
    tried(f"servers that lie to {name.partition(',')[0]}")


@pytest.mark.slow
@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("name", FETCHERS)
def test_each_lie_alone(name, lie, tried):
    for seed in range(3):
        try_lies(FETCHERS[name], [lie], seed)
        tried(f"servers that lie to {name.partition(',')[0]}")
