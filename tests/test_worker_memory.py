"""A worker releases memory before joblib would replace it."""

import gc
import multiprocessing
import weakref

import pytest
from joblib import Parallel, delayed

from skembed import _worker_memory
from skembed._recent import Recent
from skembed._worker_memory import STORES, GrowthLimit

MB = 10**6


class Worker:
    """A process whose memory consists of networks in cycles, of a cache, and of the rest."""

    def __init__(self, rest=500 * MB):
        self.rest, self.kept, self.garbage = rest, 0, 0
        self.n_cleared = 0
        self.limit = GrowthLimit(lambda: self.rest + self.kept + self.garbage, [self])

    def clear(self):
        self.kept = 0
        self.n_cleared += 1

    def fit(self, kept=0, garbage=0, rest=0):
        self.limit.before_fit()
        self.kept += kept
        self.garbage += garbage
        self.rest += rest


@pytest.fixture
def worker(monkeypatch):
    worker = Worker()
    monkeypatch.setattr(_worker_memory, "_collect", lambda: setattr(worker, "garbage", 0))
    return worker


def test_the_first_fit_is_no_growth(worker):
    worker.fit(rest=600 * MB)
    reference = worker.limit.resident()
    for _ in range(5):
        worker.fit()
    assert worker.limit.resident() == reference
    assert worker.n_cleared == 0


def test_garbage_is_collected_first(worker):
    for _ in range(100):
        worker.fit(garbage=25 * MB)
        assert worker.limit.resident() < 800 * MB
    assert worker.n_cleared == 0


def test_caches_are_cleared_if_that_is_not_enough(worker):
    for _ in range(100):
        worker.fit(kept=15 * MB, garbage=10 * MB)
        assert worker.limit.resident() < 800 * MB
    assert 0 < worker.n_cleared < 20


def test_what_cannot_be_released_does_not_clear_the_caches_before_each_fit(worker):
    worker.fit()
    for _ in range(20):
        worker.fit(rest=10 * MB, kept=MB)
    worker.fit(rest=300 * MB)  # by the user
    for _ in range(20):
        worker.fit(kept=2 * MB)
    assert worker.n_cleared == 1


@pytest.mark.parametrize("kept", [60, 100, 250])
def test_caches_that_fill_up_at_once_are_not_cleared_before_each_fit(worker, kept):
    """A fit of large documents after the process has grown for another reason."""
    worker.fit()
    worker.fit(rest=300 * MB)
    for _ in range(50):
        worker.fit(kept=kept * MB - worker.kept)
    assert worker.n_cleared == 1


def test_a_recent_cache_is_a_store():
    cache = Recent(limit=100)
    cache.keep("key", "value", 10)
    assert cache in STORES
    reference = weakref.ref(cache)
    del cache
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize(
    ("name", "n_fits"), [("MainProcess", 0), ("Process-1", 0), ("LokyProcess-2", 1)]
)
def test_only_workers_of_joblib_are_limited(monkeypatch, name, n_fits):
    limit = GrowthLimit(lambda: 0, [])
    monkeypatch.setattr(_worker_memory, "_limit_of_this_process", lambda: limit)
    monkeypatch.setattr(_worker_memory.multiprocessing.current_process(), "name", name)
    _worker_memory.release_growth()
    assert limit.n_fits == n_fits


def test_workers_of_joblib_have_such_names():
    (name,) = Parallel(2)([delayed(_name_of_process)()])
    assert name.startswith("LokyProcess")


def _name_of_process():
    return multiprocessing.current_process().name
