"""How many cases the fuzz tests try, with which seed, and within which bounds."""

import inspect
import os
import secrets
from functools import wraps

from bounds import bounded
from hypothesis import HealthCheck, given, seed, settings

IS_LONG = os.environ.get("SKEMBED_FUZZ") == "long"
if IS_LONG:  # the workers of pytest-xdist are started with the environment of this process
    os.environ.setdefault("SKEMBED_FUZZ_SEED", str(secrets.randbelow(2**32)))
SEED = int(os.environ.get("SKEMBED_FUZZ_SEED", "0"))


def cases(short, long):
    """Return how many cases a test tries: ``short`` in the usual run, ``long`` in the long one."""
    return long if IS_LONG else short


def drawn(short, long, /, *, within=None, **strategies):
    """Return a decorator like ``hypothesis.given``, for as many cases as `cases` says.

    Each case is bounded, and counted under the name of its file unless the test counts by itself.
    If it fails, its values are shown as a test to paste: strategies must draw what its ``repr``
    makes again.

    Parameters
    ----------
    short, long : int
        The number of cases.
    within : dict, default=None
        Bounds of a case, as for ``bounds.bounded``.
    **strategies
        What is drawn for each argument of the test.
    """

    def decorate(test):
        group = test.__module__.rpartition(".")[2].removeprefix("test_")

        fixtures = [p for p in inspect.signature(test).parameters if p not in strategies]
        counts_itself = "tried" in fixtures

        @wraps(test)
        def case(tried, **values):
            if counts_itself:
                values["tried"] = tried
            else:
                tried(group)
            pasted = as_test(test, {name: values[name] for name in strategies})
            try:
                with bounded(pasted, **within or {}):
                    test(**values)
            except BaseException as error:
                error.add_note(f"The case as a test:\n\n{pasted}")
                raise

        case.__signature__ = inspect.Signature(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY)
            for name in dict.fromkeys(["tried", *fixtures, *strategies])
        )
        limits = settings(
            max_examples=cases(short, long),
            deadline=None,  # `bounded` knows the processor's time
            database=None,  # only the seed says which cases are tried
            # cases may be large, and fixtures are only read
            suppress_health_check=list(HealthCheck),
        )
        decorated = limits(seed(SEED)(given(**strategies)(case)))
        decorated.once = test
        return decorated

    return decorate


def as_test(test, values):
    """Return the source of a test of one case."""
    module = test.__module__.rpartition("tests.")[2]
    arguments = "".join(f"        {name}={value!r},\n" for name, value in values.items())
    return (
        f"def test_a_case_of_fuzzing():\n    from {module} import {test.__name__}\n\n"
        f"    {test.__name__}.once(\n{arguments}    )\n"
    )
