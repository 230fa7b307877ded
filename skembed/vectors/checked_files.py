"""Files of the cache that are believed only if they are as they were written."""

import io
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import numpy.typing as npt

from skembed._whole_file import whole_file

__all__ = ["DamagedError", "SummedCopy", "SummedFile", "load_arrays", "save_arrays"]

_BLOCK = 1 << 14  # bytes that have a sum of their own

UInt32 = npt.NDArray[np.uint32]


class DamagedError(Exception):
    """A file is not as it was written."""


def save_arrays(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write small arrays and a sum of their bytes into a file that appears once it is whole."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part, part.open("wb") as file:
        file.write(buffer.getbuffer())
        file.write(zlib.crc32(buffer.getbuffer()).to_bytes(4, "little"))


def load_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Read arrays.

    Raises
    ------
    DamagedError
        If the file is not there, or not as it was written.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedError(str(error)) from error
    if (
        zlib.crc32(memoryview(content)[:-4]) != int.from_bytes(content[-4:], "little")
        or not content
    ):
        raise DamagedError(f"{path} is damaged.")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


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

    def read(self, start: int, length: int) -> bytes:
        """Read some bytes.

        Raises
        ------
        DamagedError
            If they are not as they were written.
        """
        if not self._sums:
            self._file.seek(start)
            return self._file.read(length)
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
