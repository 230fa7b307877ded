"""Memory of this process, read from ``/proc`` (Linux only)."""

import gc
from pathlib import Path

__all__ = ["peak", "resident"]


def resident():
    """Return the resident memory of this process in megabytes."""
    gc.collect()
    return _read_megabytes("VmRSS")


def peak():
    """Return the peak resident memory of this process in megabytes."""
    return _read_megabytes("VmHWM")  # getrusage would include the memory of the parent


def _read_megabytes(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    (kibibytes,) = (int(line.split()[1]) for line in lines if line.startswith(name))
    return kibibytes * 1024 / 1e6
