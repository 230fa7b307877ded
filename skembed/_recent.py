"""In-memory cache of recent results, shared by the candidates of a search."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from hashlib import blake2b
from threading import Lock
from typing import Generic, TypeVar

from skembed._worker_memory import STORES

__all__ = ["MIN_CACHED_DOCUMENTS", "Recent", "fingerprint"]

Value = TypeVar("Value")

#: With fewer documents than this, recomputing is faster than a cache lookup.
MIN_CACHED_DOCUMENTS = 100


class Recent(Generic[Value]):
    """Least-recently-used cache for the results of a pure function, with bounded memory.

    Search candidates with the same text steps run them on the same folds, one after another
    in each process. Therefore ``fit`` stores results, while ``transform`` only looks them up:
    a stream or a server, which only transforms, stores nothing. Callers must not modify the
    results they get.

    Parameters
    ----------
    limit : int
        Maximum total size of the results, in bytes.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._total_bytes = 0
        self._results: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()
        STORES.add(self)

    def get(self, key: Hashable) -> Value | None:
        """Return the cached result for a key, or None."""
        with self._lock:
            if key not in self._results:
                return None
            self._results.move_to_end(key)
            return self._results[key][0]

    def keep(self, key: Hashable, value: Value, size: int) -> None:
        """Store a result of `size` bytes, evicting the least recently used ones as needed."""
        with self._lock:
            self._total_bytes += size - self._results.pop(key, (None, 0))[1]
            self._results[key] = value, size
            while self._total_bytes > self.limit:
                self._total_bytes -= self._results.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Remove all results."""
        with self._lock:
            self._results.clear()
            self._total_bytes = 0


def fingerprint(texts: Iterable[str]) -> bytes:
    """Return a 16-byte digest of the texts, in their order."""
    digest = blake2b(digest_size=16)
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.digest()
