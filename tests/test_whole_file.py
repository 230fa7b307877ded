"""Files under their names are whole, and what a killed process leaves is cleaned up."""

import subprocess
import sys
from contextlib import suppress

import pytest

from skembed import load_word_vectors, save_word_vectors
from skembed._whole_file import whole_file

ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
VECTORS = {f"word{i}": [0.125 * i, -1.0] for i in range(1000)}


def names_in(folder):
    return {path.name for path in folder.rglob("*") if path.is_file()}


def run(program, *arguments):
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True
    )


def test_it_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "v"
    with whole_file(path) as part:
        part.write_text("new")
        assert not path.exists()
    assert names_in(tmp_path) == {"v"}
    with suppress(ZeroDivisionError), whole_file(path) as part:
        part.write_text("newer")
        raise ZeroDivisionError
    assert names_in(tmp_path) == {"v"}
    assert path.read_text() == "new"


@pytest.mark.parametrize("letter", ["n", "ü", "語"])
def test_the_longest_names(letter, tmp_path):
    path = tmp_path / (letter * (255 // len(letter.encode())))
    save_word_vectors(VECTORS, path)
    assert names_in(tmp_path) == {path.name}


def test_files_that_are_being_written_are_no_leftovers(tmp_path):
    with whole_file(tmp_path / "a") as first, whole_file(tmp_path / "a") as second:
        first.write_text("first")
        second.write_text("second")
        with whole_file(tmp_path / "b") as third:
            third.write_text("third")
        assert first.exists()
        assert second.exists()
    assert names_in(tmp_path) == {"a", "b"}
    assert (tmp_path / "a").read_text() == "first"


def test_files_of_others_are_no_leftovers(tmp_path):
    others = {"v.part", "v.0123.part", "v.txt", ".part"}
    for name in others:
        (tmp_path / name).write_text("")
    save_word_vectors(VECTORS, tmp_path / "v")
    assert names_in(tmp_path) == others | {"v"}


KILLED = """
import os, pathlib, signal, sys
from skembed import load_word_vectors, save_word_vectors

folder = pathlib.Path(sys.argv[1])
vectors = {f"word{i}": [0.125 * i, -1.0] for i in range(1000)}
if sys.argv[2] == "cache":
    save_word_vectors(vectors, folder / "vectors")
pathlib.Path.replace = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "save":
    save_word_vectors(vectors, folder / "vectors")
else:
    load_word_vectors(folder / "vectors", ["word1"])
"""


@ON_POSIX
@pytest.mark.parametrize("what", ["save", "cache"])
def test_what_killed_processes_leave_is_deleted_by_the_next(what, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(home))
    for _ in range(2):  # the cache has a folder for each time that the file was written
        assert run(KILLED, tmp_path, what).returncode == -9
        assert [name for name in names_in(tmp_path) if name.endswith(".part")]
    save_word_vectors(VECTORS, tmp_path / "vectors")
    assert load_word_vectors(tmp_path / "vectors", ["word1"])["word1"].tolist() == [0.125, -1.0]
    assert not [name for name in names_in(tmp_path) if name.endswith(".part")]


ON_A_FULL_DISK = """
import resource, sys
from skembed import save_word_vectors

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
save_word_vectors({f"word{i}": [0.125 * i, -1.0] for i in range(1000)}, sys.argv[1])
"""


@ON_POSIX
@pytest.mark.parametrize("bytes_left", [0, 1, 10_000])
def test_a_full_disk_leaves_the_old_file(bytes_left, tmp_path):
    path = tmp_path / "vectors"
    save_word_vectors({"old": [1.0]}, path)
    failed = run(ON_A_FULL_DISK, path, bytes_left)
    assert "OSError" in failed.stderr
    assert names_in(tmp_path) == {"vectors"}
    assert path.read_text() == "old 1.0\n"
