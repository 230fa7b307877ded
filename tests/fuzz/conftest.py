"""The fuzz tests: what they share, and what they report at the end.

In the usual test run each tries a few cases, always the same ones. ``tox -e fuzz`` tries many, with
a new seed each time, which it prints; ``SKEMBED_FUZZ_SEED`` sets it.
"""

import pytest


@pytest.fixture
def tried(record_property):
    """Return a function that counts cases of a group, for the table at the end of the run."""
    counts = {}

    def count(group, n=1):
        counts[group] = counts.get(group, 0) + n

    yield count
    for group, n in counts.items():
        record_property("tried", [group, n])
