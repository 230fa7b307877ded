"""A case that needs too much time or memory fails, and one that ends its process is kept."""

import os
import subprocess
import sys
import time
from pathlib import Path

import bounds
import pytest
from bounds import bounded
from fuzzing import as_test, drawn
from hypothesis import strategies as st

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")


@on_linux
def test_a_loop_and_a_wait_without_an_end():
    with pytest.raises(pytest.fail.Exception, match="took more than"), bounded(seconds=0.02):
        all(number == 0 for number in iter(int, 1))
    with pytest.raises(pytest.fail.Exception, match="took more than"), bounded(seconds=0.01):
        time.sleep(60)


@on_linux
def test_memory():
    with pytest.raises(MemoryError), bounded(gibibytes=0.5):
        bytearray(2**30)
    assert len(bytearray(2**20)) == 2**20


@on_linux
def test_a_case_that_no_signal_ends_is_kept_with_its_place():
    hanging = (
        "import bounds; bounds._WATCHED_SECONDS = 0\n"
        "import ctypes, signal; from bounds import bounded\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n"
        "with bounded('the case', seconds=.01): ctypes.CDLL(None).sleep(60)"
    )
    run = f"{os.getpid()}-hanging"
    ended = subprocess.run(
        [sys.executable, "-c", hanging],
        cwd=Path(bounds.__file__).parent,
        env={**os.environ, "SKEMBED_FUZZ_RUN": run},
    )
    assert ended.returncode == 1
    (case,) = bounds.unfinished(bounds.folder_of(run))
    assert case.startswith("the case\n")
    assert 'File "<string>", line 4' in case
    assert bounds.unfinished(bounds.folder_of(run)) == []


@drawn(5, 5, texts=st.lists(st.text(st.characters(codec=None))), n=st.integers())
def test_a_failure_is_shown_as_a_test_to_paste(texts, n):
    tried, shown = [], {}

    def test_it(texts, n):
        tried.append((texts, n))

    test_it.once, test_it.__module__ = test_it, "tests.fuzz.strategies"
    source = as_test(test_it, {"texts": texts, "n": n})
    exec(source.replace("from fuzz.strategies import test_it", "test_it = given"), shown)
    shown["given"] = test_it
    shown["test_a_case_of_fuzzing"]()
    assert tried == [(texts, n)]
