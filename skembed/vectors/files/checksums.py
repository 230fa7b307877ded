"""Cache files with checksums, to detect damage."""

import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import numpy.typing as npt

from skembed._whole_file import whole_file

__all__ = ["ChecksummedCopy", "ChecksummedFile", "DamagedError", "load_arrays", "save_arrays"]

_BLOCK_BYTES = 1 << 14  # per checksum
_CHECKSUM_BYTES = 4

UInt32 = npt.NDArray[np.uint32]


class DamagedError(Exception):
    """A cache file is missing, or differs from what was written."""


def save_arrays(path: Path, arrays: dict[str, npt.NDArray[Any]], version: int | str) -> None:
    """Write arrays and their checksum to a file that appears only when it is complete.

    It is a ``.npy`` file of one record with the arrays as fields, followed by the checksum.
    The version is that of what the arrays mean.
    """
    arrays = {"version": np.array([version]), **arrays}
    kind = np.dtype([(name, array.dtype, array.shape) for name, array in arrays.items()])
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": ()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part, part.open("wb") as file:
        np.lib.format.write_array_header_2_0(file, header)
        for array in arrays.values():
            file.write(array.reshape(-1).view(np.uint8).data)
        file.write(_compute_checksum(kind, arrays).to_bytes(_CHECKSUM_BYTES, "little"))


def load_arrays(path: Path, version: int | str) -> dict[str, npt.NDArray[Any]]:
    """Memory-map the arrays in a file, which uses less memory than reading them.

    Raises
    ------
    DamagedError
        If the file is missing or damaged, or has another version.
    """
    try:
        record = np.lib.format.open_memmap(path, mode="r")
        arrays = {name: np.asarray(record[name]) for name in record.dtype.fields or ()}
        with path.open("rb") as file:
            file.seek(-_CHECKSUM_BYTES, os.SEEK_END)
            whole = int.from_bytes(file.read(), "little") == _compute_checksum(record.dtype, arrays)
    except Exception as error:  # NumPy raises many types of errors for a damaged header
        raise DamagedError(str(error)) from error
    if not whole:
        raise DamagedError(f"{path} is damaged.")
    found = arrays.pop("version", None)
    if found is None or found.tolist() != [version]:
        raise DamagedError(f"{path} has the version {found}, expected {version}.")
    return arrays


def _compute_checksum(kind: np.dtype[Any], arrays: dict[str, npt.NDArray[Any]]) -> int:
    total = zlib.crc32(str(kind).encode())
    for array in arrays.values():
        total = zlib.crc32(array.view(np.uint8).data, total)
    return total


class ChecksummedCopy:
    """Write a file and compute a checksum of each block.

    Parameters
    ----------
    file : binary file
        File to write to. If a write fails, nothing more is written.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._is_whole = True
        self._sums: list[int] = []
        self._rest = b""

    def write(self, block: memoryview) -> None:
        """Write bytes and update the checksums."""
        try:
            self._is_whole = self._is_whole and self._file.write(block) == len(block)
        except OSError:
            self._is_whole = False
        if not self._is_whole:  # the disk is full
            return
        data = memoryview(self._rest + block)
        whole = len(data) - len(data) % _BLOCK_BYTES
        starts = range(0, whole, _BLOCK_BYTES)
        self._sums += [zlib.crc32(data[i : i + _BLOCK_BYTES]) for i in starts]
        self._rest = bytes(data[whole:])

    def check_whole(self) -> None:
        """Check that everything was written.

        Raises
        ------
        DamagedError
            If it was not.
        """
        if not self._is_whole:
            raise DamagedError(f"{self._file.name} could not be written.")

    def sums(self) -> UInt32:
        """Return the checksums of the blocks; the last block may be shorter."""
        return np.array([*self._sums, zlib.crc32(self._rest)], np.uint32)


class ChecksummedFile:
    """Read parts of a file and verify the checksums of their blocks.

    Parameters
    ----------
    path : Path
        The file.
    sums : ndarray of shape (n_blocks,), dtype uint32
        Checksums of the blocks; empty to read without verification.
    """

    def __init__(self, path: Path, sums: UInt32) -> None:
        self._sums = sums.tolist()
        self._file = path.open("rb", buffering=0)
        self._number, self._block = -1, b""

    def read(self, starts: list[int], lengths: list[int]) -> list[bytes]:
        """Read the parts at some byte offsets.

        Raises
        ------
        DamagedError
            If a checksum differs.
        """
        if self._sums:
            return [*map(self._read_part, starts, lengths)]
        parts = []
        for start, length in zip(starts, lengths):
            self._file.seek(start)
            parts.append(self._file.read(length))
        return parts

    def _read_part(self, start: int, length: int) -> bytes:
        first, last = start // _BLOCK_BYTES, (start + length - 1) // _BLOCK_BYTES
        blocks = b"".join([self._read_block(number) for number in range(first, last + 1)])
        return blocks[start - first * _BLOCK_BYTES :][:length]

    def _read_block(self, number: int) -> bytes:
        if number != self._number:
            self._file.seek(number * _BLOCK_BYTES)
            block = self._file.read(_BLOCK_BYTES)
            if number >= len(self._sums) or zlib.crc32(block) != self._sums[number]:
                raise DamagedError(f"{self._file.name} is damaged.")
            self._number, self._block = number, block
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
