"""How many cases the fuzz tests try, and with which seed."""

import os
import secrets

from hypothesis import HealthCheck, given, seed, settings

IS_LONG = os.environ.get("SKEMBED_FUZZ") == "long"
if IS_LONG:  # the workers of pytest-xdist are started with the environment of this process
    os.environ.setdefault("SKEMBED_FUZZ_SEED", str(secrets.randbelow(2**32)))
SEED = int(os.environ.get("SKEMBED_FUZZ_SEED", "0"))


def cases(short, long):
    """Return how many cases a test tries: ``short`` in the usual run, ``long`` in the long one."""
    return long if IS_LONG else short


def drawn(short, long, /, **strategies):
    """Return a decorator like ``hypothesis.given``, for as many cases as `cases` says."""

    def decorate(test):
        limits = settings(
            max_examples=cases(short, long),
            suppress_health_check=list(
                HealthCheck
            ),  # cases may be large, and fixtures are only read
        )
        return limits(seed(SEED)(given(**strategies)(test)))

    return decorate
