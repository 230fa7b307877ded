"""A search on a cluster gives the results of one process, also if a worker is killed.

The search is that of ``examples/cluster_search.py``.
"""

import gc
import os
import signal
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def example():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        yield import_module("cluster_search")


@pytest.fixture(scope="module")
def found_alone(example):
    search, texts, labels = example.search_and_lists(full=False, data=None)
    return example.scores(search.fit(texts, labels))


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        yield cluster
    gc.collect()  # then dask removes its handlers of logs


def test_dask_finds_what_one_process_finds(example, found_alone, cluster):
    found = example.main(full=False, data=None, address=cluster.scheduler_address)
    pd.testing.assert_frame_equal(found, found_alone, check_exact=True)


def test_a_worker_that_is_killed_does_not_lose_the_search(example, found_alone, cluster):
    from distributed import SchedulerPlugin

    class KillsAWorker(SchedulerPlugin):
        """After the first task ends, kill the worker that did not run it."""

        killed = None

        def transition(self, key, start, finish, *, worker=None, **more):
            if finish == "memory" and str(key).startswith("batch_of") and self.killed is None:
                nannies = cluster.workers.values()
                other = next(nanny for nanny in nannies if nanny.worker_address != worker)
                self.was_busy = bool(cluster.scheduler.workers[other.worker_address].processing)
                self.killed = other.pid
                os.kill(other.pid, signal.SIGKILL)

    killer = KillsAWorker()
    cluster.scheduler.add_plugin(killer)
    search, texts, labels = example.search_and_lists(full=False, data=None)
    with example.on_dask(cluster.scheduler_address):
        search.fit(texts, labels)
    assert killer.was_busy
    assert killer.killed not in {nanny.pid for nanny in cluster.workers.values()}
    pd.testing.assert_frame_equal(example.scores(search), found_alone, check_exact=True)


def test_ray_finds_what_one_process_finds(example, found_alone, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # or it writes a token into the home
    found = example.main(full=False, data=None, engine="ray")
    pd.testing.assert_frame_equal(found, found_alone, check_exact=True)
