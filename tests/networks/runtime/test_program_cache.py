"""Compiled programs are kept on disk, for all processes and within a limit."""

import os
import shutil
import subprocess
import sys

import keras
import pytest

from skembed._data_folder import data_folder
from skembed.networks.runtime import program_cache
from skembed.networks.runtime.program_cache import programs_on_disk

ON_JAX = keras.backend.backend() == "jax"
needs_jax = pytest.mark.skipif(not ON_JAX, reason="only JAX has such a cache")

SETTINGS = [
    "jax_compilation_cache_dir",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
    "jax_persistent_cache_enable_xla_caches",
]
COMPILE = """
import sys
import jax
from skembed.networks.runtime.program_cache import programs_on_disk

compiled = []
jax.monitoring.register_event_listener(lambda name, **kw: compiled.append(name))
with programs_on_disk():
    jax.jit(lambda x: x * 3.5 + float(sys.argv[1]))(jax.numpy.arange(7.0))
print(compiled.count("/jax/compilation_cache/cache_misses"))
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    return tmp_path


def kept():
    return [*data_folder("programs").glob("*-cache")]


def compile_in_a_process(constant):
    command = [sys.executable, "-c", COMPILE, str(constant)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def compile_here(constant, **limit):
    import jax

    with programs_on_disk(**limit):
        jax.jit(lambda x: x * 2.5 + constant)(jax.numpy.arange(7.0))
        return {name: getattr(jax.config, name) for name in SETTINGS}


@pytest.mark.skipif(ON_JAX, reason="JAX keeps its programs")
def test_other_backends_keep_nothing(home):
    with programs_on_disk():
        pass
    assert not [*home.iterdir()]


@needs_jax
def test_processes_that_compile_at_the_same_time(home):
    first = [compile_in_a_process(constant) for constant in (1, 1)]
    assert max(int(process.communicate()[0]) for process in first) > 0
    files = {file.name for file in data_folder("programs").iterdir()}
    assert files
    assert all(name.endswith("-cache") for name in files)
    assert compile_in_a_process(1).communicate()[0] == "0\n"
    assert {file.name for file in data_folder("programs").iterdir()} == files


@needs_jax
def test_settings_are_restored_and_those_of_the_user_kept(home, monkeypatch):
    import jax

    before = {name: getattr(jax.config, name) for name in SETTINGS}
    assert compile_here(1.0) != before
    assert {name: getattr(jax.config, name) for name in SETTINGS} == before
    n_files = len(kept())
    assert n_files
    for name, value in [("jax_enable_compilation_cache", False), (SETTINGS[0], str(home / "own"))]:
        was = getattr(jax.config, name)
        jax.config.update(name, value)
        try:
            compile_here(2.0)
        finally:
            jax.config.update(name, was)
    assert len(kept()) == n_files


@needs_jax
def test_the_cache_is_bounded(monkeypatch):
    for constant in range(6):
        compile_here(float(constant))
    files = kept()
    assert len(files) >= 6
    size = sum(file.stat().st_size for file in files)
    oldest = files[0]
    os.utime(oldest, (1, 1))
    compile_here(7.0, max_bytes=size)
    assert not oldest.exists()
    assert sum(file.stat().st_size for file in kept()) <= size
    compile_here(8.0, max_bytes=0)
    assert not kept()


KILLED = COMPILE.replace("print(", "import os; os.kill(os.getpid(), 9)\nprint(")


@needs_jax
def test_what_killed_processes_leave_is_deleted_by_the_next(home):
    for constant in (1, 2):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(constant)])
        assert killed.returncode == -9
        (left,) = data_folder("programs").glob(f"{program_cache._PREFIX}*")
    old = data_folder("programs") / f"{program_cache._PREFIX}of-an-earlier-version"
    old.mkdir()
    os.utime(old, (1, 1))
    assert compile_in_a_process(3).communicate()[0] != "0\n"
    assert kept()
    assert not left.exists()
    assert not old.exists()


@needs_jax
def test_a_damaged_file_and_a_folder_that_cannot_be_written(home):
    compile_here(9.0)
    import jax

    for file in kept():
        file.write_bytes(b"damaged")
    jax.clear_caches()
    compile_here(9.0)
    shutil.rmtree(data_folder("programs"))
    data_folder("programs").write_text("no folder")
    compile_here(10.0)
