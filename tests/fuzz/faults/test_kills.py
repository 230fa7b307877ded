"""Processes that are killed: nothing looks whole that is not, and the next one gets it right."""

import sys
import time
from random import Random

import pytest
from fuzz.faults.jobs import JOBS
from fuzzing import SEED, cases

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="signals, limits and /proc of Linux"),
]
SLOW = ("fit", "search_in_two_processes")
WRITTEN_BY_JOBLIB = ("memory", "fitted.joblib")
INDEX = (
    "index.npy"  # it also says whether there is a plain copy; a checksum tells whether it is whole
)


def moment(rng, job, undisturbed):
    """When to kill a process: spread over its time, its files or its bytes."""
    name = rng.choice(["SIGKILL"] * 4 + ["SIGTERM", "SIGINT"])
    kinds = ["seconds"] if "two_processes" in job else ["seconds", "events", "bytes"]
    kind = rng.choice(kinds)
    if kind == "seconds":
        return kind, rng.uniform(0.05, 1) * undisturbed["seconds"], name
    if kind == "events":
        return kind, rng.randint(1, undisturbed["n_events"]), name
    return kind, rng.randrange(undisturbed["n_bytes"]), "SIGXFSZ"


def assert_whole(folder, undisturbed, told):
    """Files under the names that an undisturbed process gave them hold what it wrote."""
    for path in folder.rglob("*"):
        place = path.relative_to(folder)
        if path.name == "report.html":  # which says when it was made
            assert path.read_text().rstrip().endswith("</html>"), told
        elif path.is_file() and path.name != INDEX and place.parts[0] not in WRITTEN_BY_JOBLIB:
            expected = undisturbed / place
            if place.match("programs/*-cache") and expected.exists():
                unpacked_program(path)  # which also holds how long it took to compile
            elif expected.exists():
                assert path.read_bytes() == expected.read_bytes(), (told, place)


def unpacked_program(path):
    from jax._src.compilation_cache import decompress_executable

    return decompress_executable(path.read_bytes())


def leftovers(folder, since):
    """Temporary files that are still there although something was written beside them since."""
    parts = [path for path in folder.rglob("*") if ".part" in path.suffixes]
    return [
        path.name for path in parts if max(path.stat().st_mtime_ns, since) < last_write(path.parent)
    ]


def last_write(folder):
    return max(path.stat().st_mtime_ns for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize(
    "job", [pytest.param(job, marks=[pytest.mark.slow] * (job in SLOW)) for job in JOBS]
)
def test_the_next_process_is_right(job, run, new_folder, tried):
    undisturbed = new_folder("undisturbed")
    first = run(job, undisturbed)
    assert "result" in first, first
    rng, n_killed, n_kills = Random(f"{job} {SEED}"), 0, cases(1, 20)
    for i in range(4 * n_kills):  # some end before they are killed
        if i % 4 == 0:  # the others find what those before them have left
            folder = new_folder(f"killed {i}")
        when = moment(rng, job, first)
        told = f"run({job!r}, folder, {when})"
        killed = run(job, folder, when)
        n_killed += "result" not in killed
        assert killed["is_alone"], told
        assert_whole(folder, undisturbed, told)
        if i % 4 == 3 or n_killed == n_kills:
            # A search gives the same in one process, which takes less time.
            since = time.time_ns()
            again = run(job.removesuffix("_in_two_processes"), folder)
            assert again.get("result") == first["result"], (told, again)
            assert not leftovers(folder, since), told
            assert_whole(folder, undisturbed, told)
        if n_killed == n_kills:
            break
    tried(f"processes killed: {job}", n_killed)
