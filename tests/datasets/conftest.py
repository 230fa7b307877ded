"""Small archives of reviews, from a local server or from a path."""

from functools import partial

import pytest
from helpers import MOVIE_REVIEWS, publish_reviews, serving


@pytest.fixture
def data_set():
    return MOVIE_REVIEWS


@pytest.fixture
def server(monkeypatch, data_set):
    """A server with the archive of the small data set, whose address replaces the published one."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(data_set.good) as server:
        publish_reviews(monkeypatch, data_set, server.server_port)
        yield server


@pytest.fixture
def fetch(tmp_path, data_set):
    return partial(data_set.fetch, data_home=tmp_path, verbose=False, delay=1e-3)


@pytest.fixture
def given(tmp_path, data_set):
    """Read an archive with the given bytes by its path; check that no other file is written."""

    def given(content, **parameters):
        path = tmp_path / data_set.archive
        path.write_bytes(content)
        try:
            return data_set.fetch(archive=path, data_home=tmp_path, verbose=False, **parameters)
        finally:
            assert path.read_bytes() == content
            assert [*tmp_path.iterdir()] == [path]

    return given
