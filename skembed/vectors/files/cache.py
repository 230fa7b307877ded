"""What was found out about a word-vector file, kept for the next fold and the next process."""

import functools
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed._whole_file import whole_file
from skembed.vectors.files.checksums import (
    DamagedError,
    SummedCopy,
    SummedFile,
    load_arrays,
    save_arrays,
)
from skembed.vectors.files.formats import Layout
from skembed.vectors.files.parse_rows import Rows

__all__ = ["Index", "VectorCache", "fingerprint"]

_PARTS = 16  # of a file that are looked at, to tell it from others
_PART_BYTES = 1 << 16
_KEPT = 4  # files whose index stays in memory
_LONGEST_NAME = 40  # characters of a file's name in that of its folder
_TOGETHER = 500  # rows: what is copied stays in the processor's cache
_NO_SUMS = np.zeros(0, np.uint32)


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
    sums : ndarray of shape (n_blocks,), dtype uint32
        The sums of the blocks of the cache's plain copy, if it has one.
    """

    layout: Layout
    keys: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.int64]
    size: int
    not_utf8: str = ""
    sums: npt.NDArray[np.uint32] = field(default_factory=_NO_SUMS.copy)


def fingerprint(path: Path, member: str | None) -> str:
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
        name = f"{path.name[:_LONGEST_NAME]}-{fingerprint(path, member)}"
        return _cache_in(home / "skembed" / "vectors" / name)

    def index(self) -> Index | None:
        """Return the index, if the file was read before."""
        if self._index is None:
            with suppress(DamagedError):
                arrays = load_arrays(self._folder / "index.npy")
                kind, vector_size, n_rows, size, not_utf8 = arrays.pop("header").tolist()
                layout = Layout(kind, int(vector_size), None if n_rows == "None" else int(n_rows))
                self._index = Index(layout, size=int(size), not_utf8=not_utf8, **arrays)
        return self._index

    def keep_index(self, index: Index) -> None:
        """Keep the index, in memory and on the disk."""
        self._index = index
        layout = index.layout
        header = [layout.kind, layout.vector_size, layout.n_rows, index.size, index.not_utf8]
        arrays: dict[str, npt.NDArray[Any]] = {
            "keys": index.keys,
            "starts": index.starts,
            "header": np.array(header, np.str_),
            "sums": index.sums,
        }
        with suppress(OSError):
            save_arrays(self._folder / "index.npy", arrays)

    def keep_rows(self, rows: Rows) -> None:
        """Keep rows that were parsed: the numbers in one file, and what they are in another."""
        if not rows.words:
            return
        path = self._folder / f"rows-{uuid.uuid4().hex}.npy"
        words = np.frombuffer(b"\n".join(rows.words), np.uint8)
        table: dict[str, npt.NDArray[Any]] = {
            "numbers": rows.numbers,
            "words": words,
            "sums": _sums(rows.values),
        }
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole_file(_values_beside(path)) as part:
                rows.values.tofile(part)
            save_arrays(path, table)

    def rows(self, numbers: npt.NDArray[np.int64], vector_size: int) -> Iterator[Rows]:
        """Give those of some rows, in rising order, that are kept, some hundreds at a time."""
        for path in self._tables():
            found = [np.zeros(0, np.int64)]
            with suppress(DamagedError):
                for rows in _picked(path, numbers, vector_size):
                    found.append(rows.numbers)
                    yield rows
            numbers = np.setdiff1d(numbers, np.concatenate(found), assume_unique=True)

    def _tables(self) -> list[Path]:
        with suppress(OSError):
            return sorted(self._folder.glob("rows-*.npy"))
        return []

    @contextmanager
    def copying(self) -> Iterator[SummedCopy | None]:
        """Take the blocks of the plain copy, which appears once the file was read."""
        with ExitStack() as stack:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                part = stack.enter_context(whole_file(self._plain))
                # Unbuffered: what cannot be written is lost, and no error in closing.
                file = stack.enter_context(part.open("wb", buffering=0))
            except OSError:
                yield None
                return
            yield SummedCopy(file)

    @contextmanager
    def plain(self, path: Path, index: Index) -> Iterator[SummedFile]:
        """Open the plain bytes: those of a file, or their copy if it is packed.

        Raises
        ------
        DamagedError
            If they are not there, or too few.
        """
        source = self._plain if len(index.sums) else path
        try:
            size = source.stat().st_size
        except OSError as error:
            raise DamagedError(str(error)) from error
        if size != index.size:
            raise DamagedError(f"{source} has {size} bytes, expected {index.size}.")
        with SummedFile(source, index.sums) as file:
            yield file

    @property
    def _plain(self) -> Path:
        return self._folder / "plain"


@functools.lru_cache(maxsize=_KEPT)
def _cache_in(folder: Path) -> VectorCache:
    return VectorCache(folder)


def _picked(path: Path, numbers: npt.NDArray[np.int64], vector_size: int) -> Iterator[Rows]:
    """Some of the rows in a file; those whose sums are wrong are left out."""
    table = load_arrays(path)
    here = np.flatnonzero(np.isin(table["numbers"], numbers, assume_unique=True))
    words = table["words"].tobytes().split(b"\n")
    try:
        mapped = np.memmap(_values_beside(path), np.float32, mode="r")
        values = mapped.reshape(len(words), vector_size)
    except (OSError, ValueError) as error:
        raise DamagedError(str(error)) from error
    for some in np.array_split(here, range(_TOGETHER, len(here), _TOGETHER)):
        picked = np.asarray(values[some])
        whole = _sums(picked) == table["sums"][some]
        if not whole.all():
            some, picked = some[whole], picked[whole]
        yield Rows(table["numbers"][some], [words[i] for i in some.tolist()], picked)


def _values_beside(table: Path) -> Path:
    return table.with_suffix(".float32")


def _sums(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
    """A sum of the bits of each row that a row which was not written does not have."""
    weights = np.arange(1, 2 * values.shape[1], 2, dtype=np.uint32) * np.uint32(0x9E3779B1)
    sums: npt.NDArray[np.uint32] = values.view(np.uint32) @ weights
    return sums
