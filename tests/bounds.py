"""Bounds of one fuzz case in time and memory, and what is left of a case that ended its process."""

import atexit
import faulthandler
import os
import signal
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest

try:
    import resource
except ImportError:  # Windows
    resource = None

PROCESSOR_SECONDS = 10
GIBIBYTES = 2
_WAITING = 12  # a case may take so many times longer by the clock: other processes share the cores
_HANGING = 2  # and C code, which no signal interrupts, so many times longer still

_WATCHED_SECONDS = 5  # for which the clock of C code goes on, as to set it takes a thread

# Named after the process that starts the others, which inherit its environment.
_RUN = os.environ.setdefault("SKEMBED_FUZZ_RUN", str(os.getpid()))
_watched = "", 0.0  # the test, and when the clock was set


def folder_of(run=_RUN):
    """Return the folder in which each process keeps the case that it tries."""
    return Path(tempfile.gettempdir(), f"skembed-fuzz-{run}")


@contextmanager
def bounded(case="", *, seconds=PROCESSOR_SECONDS, gibibytes=GIBIBYTES):
    """Let the code of one case fail if it needs too much time or memory.

    Parameters
    ----------
    case : str, default=""
        The case as a test. If the process ends, it is kept, with the place in the code.
    seconds : float
        Processor time after which the case fails. If it waits for something else instead, it
        fails after 12 times as long. If that does not end it, the process ends.
    gibibytes : float
        Address space that the case may take beyond that of the process before (on Linux).
    """
    note = _note()
    note.write(f"{case}\n")
    note.flush()
    _watch(seconds * _WAITING * _HANGING + _WATCHED_SECONDS, note)
    try:
        with _limited_time(seconds), _limited_memory(gibibytes):
            yield
    finally:
        note.seek(0)
        note.truncate()


@cache
def _note():
    folder_of().mkdir(exist_ok=True)
    name = folder_of() / str(os.getpid())
    note = open(  # noqa: SIM115  # until the process ends
        name, "w", encoding="utf-8", errors="backslashreplace"
    )
    atexit.register(note.close)
    return note


def _watch(seconds, note):
    """End the process if it hangs; pytest stops this clock at the end of each test."""
    global _watched
    test, set_at = _watched
    now = os.environ.get("PYTEST_CURRENT_TEST", ""), time.monotonic()
    if test != now[0] or now[1] - set_at > _WATCHED_SECONDS:
        faulthandler.dump_traceback_later(seconds, file=note, exit=True)
        _watched = now


def unfinished(folder):
    """Return the cases whose processes ended, and forget them."""
    notes = [*folder.glob("*")]
    cases = [note.read_text(encoding="utf-8") for note in notes]
    for note in notes:
        note.unlink()
    with suppress(OSError):
        folder.rmdir()
    return [case for case in cases if case]


@contextmanager
def _limited_time(seconds):
    limits = {"PROF": seconds, "REAL": seconds * _WAITING} if hasattr(signal, "setitimer") else {}
    signals = {"PROF": "SIGPROF", "REAL": "SIGALRM"}

    def fail(number, frame):
        raise pytest.fail.Exception(
            f"The case took more than {seconds} s of processor time, or {seconds * _WAITING} s."
        )

    before = {name: signal.signal(getattr(signal, signals[name]), fail) for name in limits}
    for name, limit in limits.items():
        signal.setitimer(getattr(signal, f"ITIMER_{name}"), limit)
    try:
        yield
    finally:
        for name in limits:
            signal.setitimer(getattr(signal, f"ITIMER_{name}"), 0)
            signal.signal(getattr(signal, signals[name]), before[name])


@contextmanager
def _limited_memory(gibibytes):
    sizes = Path("/proc/self/statm")
    if resource is None or not sizes.exists():
        yield
        return
    taken = int(sizes.read_text().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = taken + int(gibibytes * 2**30)
    resource.setrlimit(
        resource.RLIMIT_AS, (limit if soft == resource.RLIM_INFINITY else min(limit, soft), hard)
    )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
