"""Atomic file writes."""

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["delete_leftovers", "try_to_hold", "whole_file"]

_ENDING = ".skembed.part"
_MAX_NAME_CHARACTERS = 40  # of the file, in the name of its temporary file


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that is renamed to `path` on success and deleted on error.

    Several processes may write at the same time; the last one to finish wins. If a process is
    killed, its temporary files are deleted when something is next written to the same folder.
    """
    delete_leftovers(path.parent)
    part, descriptor = _create_part(path)
    try:
        yield part
        if sys.platform == "win32":  # an open file cannot be renamed
            os.close(descriptor)
            descriptor = -1
        part.replace(path)
    finally:
        if descriptor >= 0:
            os.close(descriptor)
        part.unlink(missing_ok=True)


def _create_part(path: Path) -> tuple[Path, int]:
    """Create a temporary file, held until its descriptor is closed or its process ends."""
    while True:
        name = f"{path.name[:_MAX_NAME_CHARACTERS]}.{uuid.uuid4().hex}{_ENDING}"
        part = path.with_name(name)
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try_to_hold(descriptor)
        if part.exists():
            return part, descriptor
        os.close(descriptor)  # another process took it for a leftover before it was held


def delete_leftovers(folder: Path) -> None:
    """Delete the temporary files of processes that ended before they were renamed."""
    for part in folder.glob(f"*{_ENDING}"):
        with suppress(OSError):  # renamed meanwhile; or on Windows, open
            descriptor = os.open(part, os.O_RDWR)
            try:
                is_left = try_to_hold(descriptor)
                if is_left and sys.platform != "win32":
                    part.unlink()
            finally:
                os.close(descriptor)
            if is_left and sys.platform == "win32":
                part.unlink()


if sys.platform == "win32":

    def try_to_hold(descriptor: int) -> bool:
        return True  # an open file cannot be deleted

else:
    import fcntl

    def try_to_hold(descriptor: int) -> bool:
        """Lock a file unless another process does; False also if it cannot be locked at all."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
