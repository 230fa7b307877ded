"""On-disk cache of the index and parsed rows of word-vector files."""

import functools
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed._data_folder import data_folder
from skembed._whole_file import delete_leftovers, whole_file
from skembed.vectors.files.checksums import (
    ChecksummedCopy,
    ChecksummedFile,
    DamagedError,
    load_arrays,
    save_arrays,
)
from skembed.vectors.files.formats import Layout
from skembed.vectors.files.parse_rows import Rows

__all__ = ["Index", "VectorCache", "fingerprint"]

_FORMAT = 4  # of the cache; files with another number are not used
_N_PARTS = 16  # of a file, covered by its fingerprint
_PART_BYTES = 1 << 16
_N_KEPT_INDEXES = 4  # in memory
_MAX_NAME_CHARACTERS = 40  # of the file name, in the folder name
_ROWS_PER_BATCH = 500  # small enough for the copied rows to stay in the CPU cache
_UNUSABLE = (DamagedError, LookupError, TypeError, ValueError)  # also files of other programs
_NO_CHECKSUMS = np.zeros(0, np.uint32)


@dataclass(frozen=True)
class Index:
    """Positions of the rows in a file.

    Attributes
    ----------
    layout : Layout
        Layout of the file.
    keys : ndarray of shape (n_rows,), dtype uint64
        Keys of the words.
    starts : ndarray of shape (n_rows + 1,), dtype int64
        Byte offsets of the rows in the uncompressed file, and the end of the last row.
    size : int
        Size of the uncompressed file in bytes.
    n_words : int
        Number of rows that are not blank.
    not_utf8 : str
        Position and bytes of the first word that is not UTF-8; empty if there is none.
    sums : ndarray of shape (n_blocks,), dtype uint32
        Checksums of the blocks of the uncompressed copy; empty without a copy.
    """

    layout: Layout
    keys: npt.NDArray[np.uint64]
    starts: npt.NDArray[np.int64]
    size: int
    n_words: int
    not_utf8: str = ""
    sums: npt.NDArray[np.uint32] = field(default_factory=_NO_CHECKSUMS.copy)


def fingerprint(path: Path, member: str | None) -> str:
    """Return a digest of a file's size, modification time and sixteen of its parts.

    The parts cover a file of up to one megabyte completely.
    """
    status = path.stat()
    digest = hashlib.blake2b(
        f"{_FORMAT} {status.st_size} {status.st_mtime_ns} {member}".encode(), digest_size=16
    )
    with path.open("rb") as file:
        for begin in np.linspace(0, max(0, status.st_size - _PART_BYTES), _N_PARTS).tolist():
            file.seek(int(begin))
            digest.update(file.read(_PART_BYTES))
    return digest.hexdigest()


class VectorCache:
    """Cache folder for one version of a word-vector file, in scikit-learn's data home.

    The folder holds the index, created when the file is first read; the rows parsed so far,
    so that no row of text is parsed twice; and an uncompressed copy of a compressed file,
    written during decompression. Every cache file is written under a temporary name and
    renamed when complete, so that several processes can write concurrently. Checksums detect
    damaged files, which are ignored. If the folder is not writable, only the index is kept,
    in memory.

    Parameters
    ----------
    folder : Path
        The cache folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: Index | None = None

    @classmethod
    def of(cls, path: Path, member: str | None) -> "VectorCache":
        """Return the cache for the current version of a file."""
        name = f"{path.name[:_MAX_NAME_CHARACTERS]}-{fingerprint(path, member)}"
        return _open_cache(data_folder("vectors") / name)

    def index(self) -> Index | None:
        """Return the cached index; None if there is none."""
        if self._index is None:
            with suppress(*_UNUSABLE):
                arrays = load_arrays(self._folder / "index.npy", _version(self._folder))
                kind, vector_size, n_rows, *sizes, not_utf8 = arrays.pop("header").tolist()
                layout = Layout(kind, int(vector_size), None if n_rows == "None" else int(n_rows))
                size, n_words = map(int, sizes)
                self._index = Index(layout, size=size, n_words=n_words, not_utf8=not_utf8, **arrays)
        return self._index

    def keep_index(self, index: Index) -> None:
        """Store the index in memory and on disk."""
        self._index = index
        layout = index.layout
        sizes = layout.vector_size, layout.n_rows, index.size, index.n_words
        header = [layout.kind, *sizes, index.not_utf8]
        arrays: dict[str, npt.NDArray[Any]] = {
            "keys": index.keys,
            "starts": index.starts,
            "header": np.array(header, np.str_),
            "sums": index.sums,
        }
        with suppress(OSError):
            save_arrays(self._folder / "index.npy", arrays, _version(self._folder))
            for folder in self._folder.parent.iterdir():  # also of files that have changed
                delete_leftovers(folder)

    def keep_rows(self, rows: Rows) -> None:
        """Store parsed rows: the vectors in one file, their words and row numbers in another."""
        if not rows.words:
            return
        path = self._folder / f"rows-{uuid.uuid4().hex}.npy"
        words = np.frombuffer(b"\n".join(rows.words), np.uint8)
        table: dict[str, npt.NDArray[Any]] = {
            "numbers": rows.numbers,
            "words": words,
            "sums": _compute_checksums(rows.values),
        }
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole_file(_values_path(path)) as part:
                part.write_bytes(rows.values.data)
                save_arrays(
                    path, table, _version(path.parent)
                )  # before the values, as the smaller leftover

    def rows(self, numbers: npt.NDArray[np.int64], vector_size: int) -> Iterator[Rows]:
        """Yield those of some rows (sorted by number) that are cached, in batches."""
        for path in self._tables():
            found = [np.zeros(0, np.int64)]
            with suppress(*_UNUSABLE):
                for rows in _read_cached_rows(path, numbers, vector_size):
                    found.append(rows.numbers)
                    yield rows
            numbers = np.setdiff1d(numbers, np.concatenate(found), assume_unique=True)

    def _tables(self) -> list[Path]:
        with suppress(OSError):
            return sorted(self._folder.glob("rows-*.npy"))
        return []

    @contextmanager
    def copying(self) -> Iterator[ChecksummedCopy | None]:
        """Write the uncompressed copy, which appears when the file has been read completely."""
        with suppress(DamagedError), ExitStack() as stack:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                part = stack.enter_context(whole_file(self._plain))
                # Unbuffered, so that closing the file on a full disk raises no error.
                file = stack.enter_context(part.open("wb", buffering=0))
            except OSError:
                yield None
                return
            copy = ChecksummedCopy(file)
            yield copy
            copy.check_whole()  # otherwise it is deleted
            with suppress(OSError):  # it cannot be renamed; the result does not need it
                stack.close()

    @contextmanager
    def plain(self, path: Path, index: Index) -> Iterator[ChecksummedFile]:
        """Open an uncompressed file, or the uncompressed copy of a compressed one.

        Raises
        ------
        DamagedError
            If it is missing or has the wrong size.
        """
        source = self._plain if len(index.sums) else path
        try:
            size = source.stat().st_size
        except OSError as error:
            raise DamagedError(str(error)) from error
        if size != index.size:
            raise DamagedError(f"{source} has {size} bytes, expected {index.size}.")
        with ChecksummedFile(source, index.sums) as file:
            yield file

    @property
    def _plain(self) -> Path:
        return self._folder / "plain"


@functools.lru_cache(maxsize=_N_KEPT_INDEXES)
def _open_cache(folder: Path) -> VectorCache:
    return VectorCache(folder)


def _read_cached_rows(
    path: Path, numbers: npt.NDArray[np.int64], vector_size: int
) -> Iterator[Rows]:
    """Yield the requested rows of a cache file, except those with a wrong checksum."""
    table = load_arrays(path, _version(path.parent))
    here = np.flatnonzero(np.isin(table["numbers"], numbers, assume_unique=True))
    words = table["words"].tobytes().split(b"\n")
    try:
        mapped = np.memmap(_values_path(path), np.float32, mode="r")
        values = mapped.reshape(len(words), vector_size)
    except (OSError, ValueError) as error:
        raise DamagedError(str(error)) from error
    for some in np.array_split(here, range(_ROWS_PER_BATCH, len(here), _ROWS_PER_BATCH)):
        picked = np.asarray(values[some])
        whole = _compute_checksums(picked) == table["sums"][some]
        if not whole.all():
            some, picked = some[whole], picked[whole]
        yield Rows(table["numbers"][some], [words[i] for i in some.tolist()], picked)


def _version(folder: Path) -> str:
    """Return what a file of the cache states: its format, and the word-vector file it is of.

    A cache file that was copied from the folder of another word-vector file is not used.
    """
    return f"{_FORMAT} {folder.name}"


def _values_path(table: Path) -> Path:
    return table.with_suffix(".float32")


def _compute_checksums(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
    """Return a checksum of each row; it differs for rows that were not fully written."""
    weights = np.arange(1, 2 * values.shape[1], 2, dtype=np.uint32) * np.uint32(0x9E3779B1)
    sums: npt.NDArray[np.uint32] = values.view(np.uint32) @ weights
    return sums
