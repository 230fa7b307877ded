"""What was found out about a word-vector file, kept for the next fold and the next process."""

import functools
import hashlib
import os
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from skembed._whole_file import whole_file
from skembed.vectors.formats import Layout
from skembed.vectors.rows import Rows

__all__ = ["Index", "VectorCache"]

_PARTS = 16  # of a file that are looked at, to tell it from others
_PART_BYTES = 1 << 16
_KEPT = 4  # files whose index stays in memory
_DAMAGED = (OSError, EOFError, ValueError, KeyError, IndexError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Index:
    """Where each row stands.

    Attributes
    ----------
    layout : Layout
        How the rows are laid out.
    keys : ndarray of shape (n_rows,), dtype uint64
        The keys of their words.
    starts : ndarray of shape (n_rows + 1,), dtype int64
        Where they begin in the plain file, and where the last one ends.
    size : int
        Bytes of the plain file.
    not_utf8 : str
        Which word is not UTF-8, if one is not.
    """

    layout: Layout
    keys: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.int64]
    size: int
    not_utf8: str = ""


def _fingerprint(path: Path, member: str | None) -> str:
    """Return a digest of a file's size, time of change and sixteen of its parts.

    A file of less than a megabyte is looked at whole.
    """
    status = path.stat()
    digest = hashlib.blake2b(
        f"{status.st_size} {status.st_mtime_ns} {member}".encode(), digest_size=16
    )
    with path.open("rb") as file:
        for begin in np.linspace(0, max(0, status.st_size - _PART_BYTES), _PARTS).tolist():
            file.seek(int(begin))
            digest.update(file.read(_PART_BYTES))
    return digest.hexdigest()


class VectorCache:
    """A folder beside scikit-learn's data sets, for one version of one file.

    It holds the index, made when the file is first read; the rows that were parsed so
    far, so that no row of text is parsed twice; and, of a compressed file, a plain copy,
    written while it was inflated. Every file in it is written under another name and
    renamed once it is whole, so that any number of processes may write at once; what is
    damaged all the same is noticed and not used. Where the folder cannot be written, the
    index is kept in memory alone.

    Parameters
    ----------
    folder : Path
        Where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: Index | None = None

    @classmethod
    def of(cls, path: Path, member: str | None) -> "VectorCache":
        """Return the cache of a file as it is now."""
        # sklearn.datasets.get_data_home() says the same, and takes half a second to import.
        home = Path(os.environ.get("SCIKIT_LEARN_DATA", "~/scikit_learn_data")).expanduser()
        name = f"{path.name}-{_fingerprint(path, member)}"
        return _cache_in(home / "skembed" / "vectors" / name)

    @property
    def plain(self) -> Path:
        """The plain copy of a compressed file."""
        return self._folder / "plain"

    def index(self) -> Index | None:
        """Return the index, if the file was read before."""
        if self._index is None:
            self._index = _loaded_index(self._folder / "index.npz")
        return self._index

    def keep_index(self, index: Index) -> None:
        """Keep the index, in memory and on the disk."""
        self._index = index
        layout = index.layout
        header = [layout.kind, layout.vector_size, layout.n_rows, index.size, index.not_utf8]
        with suppress(OSError):
            _write(
                self._folder / "index.npz",
                lambda file: np.savez(
                    file, keys=index.keys, starts=index.starts, header=np.array(header, np.str_)
                ),
            )

    def keep_rows(self, rows: Rows) -> None:
        """Keep rows that were parsed."""
        if not len(rows.numbers):
            return
        name = self._folder / f"rows-{uuid.uuid4().hex}"
        table: dict[str, Any] = {
            "numbers": rows.numbers,
            "words": np.frombuffer(b"\n".join(rows.words), np.uint8),
            "sums": _sums(rows.values),
        }
        with suppress(OSError):
            _write(name.with_suffix(".npy"), lambda file: np.save(file, rows.values))
            _write(name.with_suffix(".npz"), lambda file: np.savez(file, **table))

    def rows(self, numbers: npt.NDArray[np.int64]) -> list[Rows]:
        """Return those of some rows, in rising order, that are kept."""
        found = []
        for path in sorted(self._folder.glob("rows-*.npz")):
            try:
                found.append(_picked(path, numbers))
            except _DAMAGED:
                continue
            numbers = np.setdiff1d(numbers, found[-1].numbers, assume_unique=True)
        return found

    @contextmanager
    def copying(self) -> Iterator[Callable[[memoryview], object] | None]:
        """Take the blocks of the plain copy, which appears once the file was read."""
        with ExitStack() as stack:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                part = stack.enter_context(whole_file(self.plain))
                file = stack.enter_context(part.open("wb"))
            except OSError:
                yield None
                return

            def write(block: memoryview) -> None:
                with suppress(OSError):  # the disk is full: the copy is too short, and not used
                    file.write(block)

            yield write


@functools.lru_cache(maxsize=_KEPT)
def _cache_in(folder: Path) -> VectorCache:
    return VectorCache(folder)


def _loaded_index(path: Path) -> Index | None:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            kind, vector_size, n_rows, size, not_utf8 = arrays["header"].tolist()
            layout = Layout(kind, int(vector_size), None if n_rows == "None" else int(n_rows))
            return Index(layout, arrays["keys"], arrays["starts"], int(size), not_utf8)
    except _DAMAGED:
        return None


def _picked(path: Path, numbers: npt.NDArray[np.int64]) -> Rows:
    """Some of the rows in a file; those whose sums are wrong are left out."""
    values = np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
    with np.load(path, allow_pickle=False) as table:
        here = np.flatnonzero(np.isin(table["numbers"], numbers, assume_unique=True))
        picked = np.asarray(values[here])
        whole = _sums(picked) == table["sums"][here]
        if not whole.all():
            here, picked = here[whole], picked[whole]
        words = table["words"].tobytes().split(b"\n")
        return Rows(table["numbers"][here], [words[i] for i in here.tolist()], picked)


def _sums(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
    """A sum of the bits of each row that a row which was not written does not have."""
    weights = np.arange(1, 2 * values.shape[1], 2, dtype=np.uint32) * np.uint32(0x9E3779B1)
    sums: npt.NDArray[np.uint32] = values.view(np.uint32) @ weights
    return sums


def _write(path: Path, save: Callable[[IO[bytes]], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part, part.open("wb") as file:
        save(file)
