"""Small archives of reviews, fetched from a server on this machine or read by their path."""

from functools import partial

import pytest
from helpers import MOVIE_REVIEWS, publish_reviews, serving


@pytest.fixture
def data_set():
    return MOVIE_REVIEWS


@pytest.fixture
def server(monkeypatch, data_set):
    """A server that has the archive of the small data set, and a name that leads there."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(data_set.good) as server:
        publish_reviews(monkeypatch, data_set, server.server_port)
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
