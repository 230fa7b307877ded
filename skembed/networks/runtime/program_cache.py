"""Keep compiled programs on disk, for other processes and later runs."""

import os
import shutil
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from skembed._data_folder import data_folder
from skembed._whole_file import try_to_hold
from skembed.networks.runtime.keras_import import keras

__all__ = ["programs_on_disk"]

_MAX_BYTES = 2**29
_FILES = "*-cache"  # as JAX names them
_UNREADABLE = "Error (reading|writing) persistent compilation cache"
_PREFIX = "of-process-"
_HELD = "in-use"  # a file in such a folder, which its process holds until it ends
_ABANDONED = 7 * 24 * 3600  # seconds until a folder is old, if it is not known who holds it
_MAX_FILES = 2000
_TURN = threading.Lock()  # JAX has one cache per process
#: The temporary folder of this process for each cache.
_FOLDERS: dict[Path, tempfile.TemporaryDirectory[str]] = {}


@contextmanager
def programs_on_disk(max_bytes: int = _MAX_BYTES) -> Iterator[None]:
    """Let JAX use a cache of compiled programs on disk within the context.

    JAX names a program by everything that it depends on: its operations, the device and the
    versions of JAX and its drivers. JAX writes files in place, so each process has a folder of
    its own with links to the cache, and new files are linked into the cache when they are
    complete. So several processes can write at the same time.

    JAX is left alone if the user has chosen a cache for it (``jax_compilation_cache_dir``) or
    has switched caching off (``jax_enable_compilation_cache``). Nothing is kept if the folder
    is not writable. Other backends have no such cache.

    Parameters
    ----------
    max_bytes : int, default=2**29
        Maximum size of the cache, which also has at most 2,000 files. The programs that were
        not used for longest are deleted.
    """
    # In a second thread, or within another context, JAX has the cache already.
    if not _can_be_set() or not _TURN.acquire(blocking=False):
        yield
        return
    try:
        try:
            folder = _folder_of_process(data_folder("programs"))
        except OSError:
            yield
            return
        with _settings_of_jax(folder), warnings.catch_warnings():
            warnings.filterwarnings("ignore", _UNREADABLE)  # it is compiled again
            yield
        if _link(folder, data_folder("programs")):
            _limit(max_bytes)
    finally:
        _TURN.release()


def _can_be_set() -> bool:
    """Tell whether JAX is the backend and the user has not decided on its cache."""
    if keras.backend.backend() != "jax":
        return False
    import jax

    is_on = jax.config.jax_enable_compilation_cache
    return bool(is_on and not jax.config.jax_compilation_cache_dir)


def _folder_of_process(cache: Path) -> Path:
    """Return the folder of this process, with links to the cache; deleted when it ends."""
    folder = _FOLDERS.get(cache)
    if folder is None or not Path(folder.name).is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        _delete_leftovers(cache)
        _FOLDERS[cache] = folder = tempfile.TemporaryDirectory(
            prefix=_PREFIX, dir=cache, ignore_cleanup_errors=True
        )
        # The descriptor is closed when the process ends, for any reason.
        try_to_hold(os.open(Path(folder.name, _HELD), os.O_RDWR | os.O_CREAT))
        _link(cache, Path(folder.name))
    return Path(folder.name)


def _delete_leftovers(cache: Path) -> None:
    """Delete the folders of processes that were killed."""
    for folder in cache.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _ABANDONED or _is_left(folder / _HELD):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(held: Path) -> bool:
    """Whether no process holds a file; not known on Windows."""
    if sys.platform == "win32":
        return False
    descriptor = os.open(held, os.O_RDWR)
    try:
        return try_to_hold(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _settings_of_jax(folder: Path) -> Iterator[None]:
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    settings = {
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
        # Caches of parts of programs; the name of their folder would be a part of every key.
        "jax_persistent_cache_enable_xla_caches": "none",
    }
    before = {name: getattr(jax.config, name) for name in settings}
    try:
        for name, value in settings.items():
            jax.config.update(name, value)
        compilation_cache.reset_cache()
        yield
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
        compilation_cache.reset_cache()


def _link(source: Path, target: Path) -> int:
    """Link the files of a folder into another one, and return how many were new there."""
    n_new = 0
    known = {file.name for file in target.glob(_FILES)}
    for file in source.glob(_FILES):
        if file.name not in known:
            with suppress(OSError):  # deleted meanwhile, or a file system without links
                os.link(file, target / file.name)
                n_new += 1
    return n_new


def _limit(max_bytes: int) -> None:
    """Delete the files that were not used for longest until the cache is small enough."""
    files = []
    for file in data_folder("programs").glob(_FILES):
        with suppress(OSError):
            status = file.stat()
            files.append((max(status.st_atime, status.st_mtime), status.st_size, file))
    n_bytes, n_files = sum(size for _, size, _ in files), len(files)
    for _, size, file in sorted(files):
        if n_bytes <= max_bytes and n_files <= _MAX_FILES:
            break
        file.unlink(missing_ok=True)
        n_bytes, n_files = n_bytes - size, n_files - 1
