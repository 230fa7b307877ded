"""What every test shares, including those in docstrings and in the documentation."""

import gc
import os
import signal
import sys
from collections import Counter
from importlib.util import find_spec

import bounds
import fuzzing
import global_state
import pytest
import scipy.sparse  # noqa: F401  # sets a filter of warnings: not in the first test
import sklearn  # noqa: F401  # sets variables of OpenMP
from hypothesis import HealthCheck, settings

# A shell lets processes in the background ignore Ctrl-C, which tests raise in this one and others.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if "PYTEST_XDIST_WORKER" in os.environ:  # test processes side by side share the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A test passes or fails by what it tests, not by the examples drawn or the machine's speed.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")
settings.register_profile("fuzz", settings.get_profile("repeatable"), derandomize=False)
if fuzzing.IS_LONG:
    settings.load_profile("fuzz")


# The engine of a backend that is not installed cannot be imported to look for examples.
collect_ignore_glob = [] if find_spec("torch") else ["skembed/networks/torch_epochs/*"]
collect_ignore_glob += ["docs/*.py", "docs/_ext/*"]  # for Sphinx, which these tests do not need


@pytest.fixture(scope="session", autouse=True)
def _data_home_of_the_tests(tmp_path_factory):
    """No test writes into the home of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCIKIT_LEARN_DATA", str(tmp_path_factory.mktemp("scikit_learn_data")))
        yield


@pytest.fixture(autouse=True)
def _global_state_is_unchanged(request):
    """No test changes the state of the process for those that run after it."""
    before = global_state.snapshot()
    yield
    if isinstance(request.node, pytest.DoctestItem) and "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")  # an example shows its figures
    changed = global_state.changes(before, global_state.snapshot())
    if changed:  # an error that was raised may still hold what it could not read
        gc.collect()
        changed = global_state.changes(before, global_state.snapshot())
    assert not changed, "this test has changed\n" + "\n".join(changed)


def pytest_report_header():
    """Say with which seed the fuzz tests run."""
    return f"fuzz: {'long' if fuzzing.IS_LONG else 'short'}, seed {fuzzing.SEED}"


def pytest_terminal_summary(terminalreporter):
    """Say how many cases the fuzz tests tried, and which ended their process."""
    reports = (report for found in terminalreporter.stats.values() for report in found)
    tried = Counter()
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == "tried" and report.when == "teardown":
                tried[value[0]] += value[1]
    if tried:
        terminalreporter.section(f"fuzz: {tried.total():,} cases, seed {fuzzing.SEED}")
        for group, n in sorted(tried.items()):
            terminalreporter.line(f"{n:>10,}  {group}")
    if "PYTEST_XDIST_WORKER" not in os.environ:
        for case in bounds.unfinished(bounds.folder_of()):
            terminalreporter.section("fuzz: a case that ended its process")
            terminalreporter.line(case)
