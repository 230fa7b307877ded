"""What all groups of damaged files share."""

import fuzzing
import pytest
from fuzz.files.bounded import BoundedProcess


@pytest.fixture(scope="session")
def bounded_process():
    process = BoundedProcess()
    yield process
    process.stop()


@pytest.fixture
def try_files(bounded_process, tried):
    """Try damaged files of a group: in the long run, 300 or a multiple of it."""

    def try_files(group, short, long=300):
        n = fuzzing.cases(short, long)
        failures = bounded_process.run(group, fuzzing.SEED, 0, n)
        tried(f"files: {group}", n)
        if failures:
            raise AssertionError("\n\n".join(as_tests(group, failures)))

    return try_files


def as_tests(group, failures):
    for index, why in failures:
        yield (
            f"{why}\nTo try this file alone:\n\n"
            "    def test_one_file(bounded_process):\n"
            f"        run = bounded_process.run({group!r}, {fuzzing.SEED}, {index}, {index + 1})\n"
            "        assert run == []\n"
        )
