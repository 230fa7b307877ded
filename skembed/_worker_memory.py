"""Bound what a worker of joblib keeps in memory from one fit to the next."""

import ctypes
import gc
import math
import multiprocessing
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import Protocol
from weakref import WeakSet

__all__ = ["STORES", "GrowthLimit", "Store", "release_growth"]


class Store(Protocol):
    """What keeps results that could be computed again."""

    def clear(self) -> None:
        """Remove all results."""


class GrowthLimit:
    """Release memory when a process has grown since its first fit.

    joblib measures a worker after its first task, and replaces it once it has grown by 300 MB
    (``joblib.externals.loky.process_executor``). The new worker imports and traces everything
    again. So a worker first collects garbage, since discarded networks are full of reference
    cycles, and returns free memory to the system. If that is not enough, it clears its caches.

    Parameters
    ----------
    resident : callable
        Returns the bytes of memory that the process uses.
    stores : iterable of Store
        The caches.
    max_growth : int, default=200 MB
        From this growth on, in bytes, memory is released. What is missing to joblib's limit is
        for the next fit: a traced network takes 10 to 50 MB, a corpus of 25,000 reviews 60 MB.
    min_gain : int, default=50 MB
        If garbage collection frees fewer bytes than this, the caches are cleared. If that leaves
        less than half of `max_growth` for the next fits, memory is needed for something else:
        nothing is released any more, since fits without caches cost more than a new worker.
    """

    def __init__(
        self,
        resident: Callable[[], int],
        stores: Iterable[Store],
        max_growth: int = 200 * 10**6,
        min_gain: int = 50 * 10**6,
    ) -> None:
        self.resident, self.stores = resident, stores
        self.max_growth, self.min_gain = max_growth, min_gain
        self.n_fits = 0
        self.limit: float = 0

    def before_fit(self) -> None:
        """Release memory if the process has grown by more than the limit."""
        self.n_fits += 1
        if self.n_fits == 2:  # the first fit has loaded what all fits use
            self.limit = self.resident() + self.max_growth
        if self.n_fits < 2 or self.resident() <= self.limit:
            return
        _collect()
        if self.resident() <= self.limit - self.min_gain:
            return
        for store in [*self.stores]:
            store.clear()
        _collect()
        if self.resident() > self.limit - self.max_growth / 2:
            self.limit = math.inf


def release_growth() -> None:
    """Release memory, before a network is built, if this is a worker of joblib that has grown.

    Without psutil, joblib does not measure its workers, and nothing is released.
    """
    is_worker = multiprocessing.current_process().name.startswith("LokyProcess")
    limit = _limit_of_this_process() if is_worker else None
    if limit is not None:
        limit.before_fit()


def _collect() -> None:
    gc.collect()
    with suppress(AttributeError, TypeError):  # only the C library of GNU has it
        ctypes.CDLL(None).malloc_trim(0)


@cache
def _limit_of_this_process() -> GrowthLimit | None:
    try:
        import psutil
    except ImportError:
        return None
    return GrowthLimit(lambda: psutil.Process().memory_info().rss, STORES)


#: The caches of this process.
STORES: WeakSet[Store] = WeakSet()
