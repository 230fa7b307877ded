"""Full disks: a typed error, or the result without a cache, and no file that is cut."""

import os
import subprocess
import sys
from contextlib import contextmanager
from random import Random

import pytest
from fuzzing import SEED, cases

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tmpfs and limits of Linux")
WITHOUT_CACHE = ("cache",)  # it needs no room; the memory of a search is joblib's
JOBS = ("cache", "search", "download", "save", "save_projector", "save_report")


@contextmanager
def small_disk(folder, n_bytes):
    """Mount a file system of some size on a folder."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", folder], capture_output=True
    )
    if made.returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def assert_promises(job, found, folder, undisturbed, told):
    """Nothing under its final name is cut, and what is wrong is said."""
    if "error" in found:
        assert "OSError" in found["types"], (told, found)
        assert job not in WITHOUT_CACHE, (told, found)
        assert "No space" in found["error"] or "too large" in found["error"], (told, found)
    else:
        assert found["result"] == undisturbed["result"], told
    assert not any(folder.rglob("*.skembed.part")), told
    for path in folder.rglob("*"):
        if path.name in undisturbed["files"] and path.name != "index.npy":
            assert path.read_bytes() == undisturbed["files"][path.name], (told, path)
        if path.name == "report.html":
            assert path.read_text().rstrip().endswith("</html>"), told


@pytest.fixture(scope="module")
def undisturbed(run, fill, tmp_path_factory):
    """The result of a job with room, the files that it writes and how much room they need."""
    known = {}

    def of(job):
        if job not in known:
            folder = tmp_path_factory.mktemp(job)
            fill(folder)
            before = {*folder.iterdir()}
            found = run(job, folder)
            new = [p for p in folder.rglob("*") if p.is_file() and p not in before]
            whole = [p for p in new if "memory" not in p.parts and p.name != "report.html"]
            known[job] = found | {
                "files": {p.name: p.read_bytes() for p in whole},
                "room": sum(p.stat().st_size for p in new),
            }
        return known[job]

    return of


@pytest.mark.parametrize("job", JOBS)
def test_a_small_disk(job, run, fill, undisturbed, tmp_path, tried):
    rng, expected = Random(f"{job} {SEED}"), undisturbed(job)
    for i in range(cases(1, 12)):
        room = 1 << 12 if i == 1 else rng.randint(0, int(1.2 * expected["room"]))
        with small_disk(tmp_path / str(i), 1 << 25) as folder:
            fill(folder)
            left = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            filler = folder / "filler"
            with filler.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, max(1, left - room))
            told = f"{job} with {room} bytes of room"
            assert_promises(job, run(job, folder), folder, expected, told)
            filler.unlink()
            assert run(job, folder).get("result") == expected["result"], told
            assert not any(folder.rglob("*.skembed.part")), told
        tried(f"full disks: {job}")


@pytest.mark.parametrize("job", JOBS)
def test_files_that_cannot_grow(job, run, new_folder, undisturbed, tried):
    rng, expected = Random(f"{job} {SEED} limit"), undisturbed(job)
    largest = max(map(len, expected["files"].values()), default=1 << 14)
    for i in range(cases(1, 12)):
        limit = i - 1 if i in (1, 2) else rng.randint(2, largest)
        folder, told = new_folder(str(i)), f"run({job!r}, folder, ['limit', {limit}])"
        found = run(job, folder, ["limit", limit])
        assert_promises(job, found, folder, expected, told)
        assert run(job, folder).get("result") == expected["result"], told
        tried(f"full disks: {job}")
