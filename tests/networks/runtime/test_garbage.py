"""No garbage is collected while Keras is imported, and collections go on as before afterwards."""

import gc

import pytest

from skembed.networks.runtime.garbage import without_collections


@pytest.fixture
def collections():
    """The generations that were collected."""
    found = []

    def note(phase, info):
        if phase == "start":
            found.append(info["generation"])

    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)


def test_many_new_objects_are_not_looked_through(collections):
    with without_collections():
        made = [[] for _ in range(100_000)]
        assert collections == []
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    collections.clear()
    more = [[] for _ in range(gc.get_threshold()[0] + 10)]
    young = gc.get_objects(generation=0)
    assert len(young) < len(made)
    assert 2 not in collections
    assert more is not made


def test_garbage_is_found_afterwards():
    with without_collections():
        cycle = []
        cycle.append(cycle)
        del cycle
    assert gc.collect() > 0


def test_collections_are_enabled_after_an_error():
    with pytest.raises(ImportError), without_collections():
        raise ImportError
    assert gc.isenabled()


def test_disabled_collections_stay_disabled():
    gc.disable()
    try:
        with without_collections():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_frozen_objects_stay_frozen():
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with without_collections():
            assert gc.isenabled()
        assert gc.get_freeze_count() >= frozen - 100  # some of them may be gone
    finally:
        gc.unfreeze()
