"""Files of the cache that are believed only if they are as they were written."""

import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import numpy.typing as npt

from skembed._whole_file import whole_file

__all__ = ["DamagedError", "SummedCopy", "SummedFile", "load_arrays", "save_arrays"]

_BLOCK = 1 << 14  # bytes that have a sum of their own
_SUM_BYTES = 4

UInt32 = npt.NDArray[np.uint32]


class DamagedError(Exception):
    """A file is not as it was written."""


def save_arrays(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write arrays and their sum into a file that appears once it is whole.

    It is a ``.npy`` file of one record, whose fields are the arrays; the sum is behind it.
    """
    kind = np.dtype([(name, array.dtype, array.shape) for name, array in arrays.items()])
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": ()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part, part.open("wb") as file:
        np.lib.format.write_array_header_2_0(file, header)
        for array in arrays.values():
            array.tofile(file)
        file.write(_sum(kind, arrays).to_bytes(_SUM_BYTES, "little"))


def load_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Map arrays into memory, which touches less of it than to read them.

    Raises
    ------
    DamagedError
        If the file is not there, or not as it was written.
    """
    try:
        record = np.lib.format.open_memmap(path, mode="r")
        arrays = {name: np.asarray(record[name]) for name in record.dtype.fields or ()}
        with path.open("rb") as file:
            file.seek(-_SUM_BYTES, os.SEEK_END)
            whole = int.from_bytes(file.read(), "little") == _sum(record.dtype, arrays)
    except Exception as error:  # a damaged header makes NumPy raise one of a dozen kinds
        raise DamagedError(str(error)) from error
    if not whole:
        raise DamagedError(f"{path} is damaged.")
    return arrays


def _sum(kind: np.dtype[Any], arrays: dict[str, npt.NDArray[Any]]) -> int:
    total = zlib.crc32(str(kind).encode())
    for array in arrays.values():
        total = zlib.crc32(array.view(np.uint8).data, total)
    return total


class SummedCopy:
    """Writes a file, and sums up its bytes block by block.

    Parameters
    ----------
    file : binary file
        Where to write; once it fails, the rest is lost, and the file too short.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sums: list[int] = []
        self._rest = b""

    def write(self, block: memoryview) -> None:
        """Write some bytes."""
        try:
            self._file.write(block)
        except OSError:  # the disk is full
            return
        data = memoryview(self._rest + block)
        whole = len(data) - len(data) % _BLOCK
        self._sums += [zlib.crc32(data[i : i + _BLOCK]) for i in range(0, whole, _BLOCK)]
        self._rest = bytes(data[whole:])

    def sums(self) -> UInt32:
        """Return the sums of the blocks, the last of which may be short."""
        return np.array([*self._sums, zlib.crc32(self._rest)], np.uint32)


class SummedFile:
    """Reads parts of a file, and compares their sums with those that were written.

    Parameters
    ----------
    path : Path
        The file.
    sums : ndarray of shape (n_blocks,), dtype uint32
        The sums of its blocks; none at all for a file that is believed.
    """

    def __init__(self, path: Path, sums: UInt32) -> None:
        self._sums = sums.tolist()
        self._file = path.open("rb", buffering=0)
        self._number, self._block = -1, b""

    def read(self, starts: list[int], lengths: list[int]) -> list[bytes]:
        """Read some parts.

        Raises
        ------
        DamagedError
            If they are not as they were written.
        """
        if self._sums:
            return [*map(self._summed_part, starts, lengths)]
        parts = []
        for start, length in zip(starts, lengths):
            self._file.seek(start)
            parts.append(self._file.read(length))
        return parts

    def _summed_part(self, start: int, length: int) -> bytes:
        first, last = start // _BLOCK, (start + length - 1) // _BLOCK
        blocks = b"".join([self._summed_block(number) for number in range(first, last + 1)])
        return blocks[start - first * _BLOCK :][:length]

    def _summed_block(self, number: int) -> bytes:
        if number != self._number:
            self._file.seek(number * _BLOCK)
            self._number, self._block = number, self._file.read(_BLOCK)
            if number >= len(self._sums) or zlib.crc32(self._block) != self._sums[number]:
                raise DamagedError(f"{self._file.name} is damaged.")
        return self._block

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
