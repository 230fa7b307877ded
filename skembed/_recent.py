"""Results kept for whoever asks for the same again: in a search, the next candidate."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from hashlib import blake2b
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["FEW", "Recent", "fingerprint"]

Value = TypeVar("Value")

#: With fewer documents, to compute anew is faster than to look up.
FEW = 100


class Recent(Generic[Value]):
    """The results of a pure computation that were used last, in bounded memory.

    The candidates of a search that share their text steps run these on the same folds, one
    after another in a process. So ``fit`` keeps results, and ``transform`` only looks them up:
    a stream or a server, which do not fit, keep nothing. Results must not be changed by
    whoever gets them.

    Parameters
    ----------
    limit : int
        Bytes that all results together may take.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._held = 0
        self._results: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        """Return the result that was kept for a key, or None."""
        with self._lock:
            if key not in self._results:
                return None
            self._results.move_to_end(key)
            return self._results[key][0]

    def keep(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a result of so many bytes, and drop those used longest ago for it."""
        with self._lock:
            self._held += size - self._results.pop(key, (None, 0))[1]
            self._results[key] = value, size
            while self._held > self.limit:
                self._held -= self._results.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Drop all results."""
        with self._lock:
            self._results.clear()
            self._held = 0


def fingerprint(texts: Iterable[str]) -> bytes:
    """Return 16 bytes that stand for these texts in this order."""
    digest = blake2b(digest_size=16)
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.digest()
