"""Texts that are chosen to be hard: no step of text takes more than linear time.

``python -m benchmarks linear_text`` prints the exponents. Here a text that would take quadratic
time is stopped.
"""

import signal
import sys
from contextlib import contextmanager

import pytest
from fuzzing import drawn
from hypothesis import strategies as st

from benchmarks.linear_text import STEPS, UNITS
from skembed.errors import EmptyVocabularyError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="timers of POSIX")
LIMIT_SECONDS = 20  # of processor time; linear steps take less than one
N_CHARACTERS = 100_000

pieces = st.lists(st.sampled_from(UNITS), max_size=3).map("".join)
units = st.lists(st.sampled_from(UNITS), min_size=1, max_size=3).map("".join)


@contextmanager
def limit(told):
    def stop(*_):
        raise AssertionError(f"not linear: {told}")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def repeated(unit, numbered):
    n = N_CHARACTERS // (len(unit) + 5 * numbered)
    return "".join(f"{unit}{i}" for i in range(n)) if numbered else unit * n


@pytest.mark.filterwarnings("ignore::skembed.errors.UnsplitTextWarning")
@drawn(2, 150, start=pieces, unit=units, end=pieces, numbered=st.booleans())
def test_each_step_is_linear(start, unit, end, numbered, tried):
    text = f"{start}{repeated(unit, numbered)}{end} end"
    for name, step in STEPS.items():
        with limit(name):
            try:
                step.fit_transform([text])
            except EmptyVocabularyError:
                continue
    tried("hard texts, through each step of text")
