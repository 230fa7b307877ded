"""The memory of this process, as Linux knows it."""

import gc
from pathlib import Path

__all__ = ["peak", "resident"]


def resident():
    """Return the megabytes that this process holds."""
    gc.collect()
    return _megabytes("VmRSS")


def peak():
    """Return the most megabytes that this process has held at once."""
    return _megabytes("VmHWM")  # getrusage would count what its parent held, too


def _megabytes(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    (kibibytes,) = (int(line.split()[1]) for line in lines if line.startswith(name))
    return kibibytes * 1024 / 1e6
