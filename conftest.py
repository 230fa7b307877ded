"""What every test shares, including those in docstrings and in the documentation."""

import os
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:  # test processes side by side share the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A test passes or fails by what it tests, not by the examples drawn or the machine's speed.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


# The engine of a backend that is not installed cannot be imported to look for examples.
collect_ignore_glob = [] if find_spec("torch") else ["skembed/networks/torch_epochs/*"]


@pytest.fixture(scope="session", autouse=True)
def _data_home_of_the_tests(tmp_path_factory):
    """No test writes into the home of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCIKIT_LEARN_DATA", str(tmp_path_factory.mktemp("scikit_learn_data")))
        yield
