"""Errors of the libraries that read files, as errors of skembed that name the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skembed.errors import SkembedError, VectorFileError

__all__ = ["naming_the_file"]


@contextmanager
def naming_the_file(path: Path) -> Iterator[None]:
    """Raise whatever is raised while a file is read as a ``VectorFileError``.

    A damaged file makes zipfile, NumPy and the decompressors raise errors of twenty types, which
    no list covers. The original error is the cause of the new one.
    """
    try:
        yield
    except (SkembedError, Warning):
        raise
    except Exception as error:
        raise VectorFileError(
            f"{path} cannot be read ({type(error).__name__}: {error!s:.200}): it is truncated or "
            "corrupt, or may not be opened; download it again."
        ) from error
