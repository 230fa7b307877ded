"""Read word vectors from ``.npy`` and ``.npz`` files."""

import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError
from skembed.vectors.files.decompress import is_compressed
from skembed.vectors.result import FoundVectors, number_rows, pick_rows

__all__ = ["read_npy", "read_npz"]

_READ_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    MemoryError,
    RuntimeError,
    BadZipFile,
    zlib.error,
)  # RuntimeError: encrypted, or unsupported compression method


def read_npy(path: Path, words: Collection[str] | None) -> FoundVectors:
    """Read rows of a 2-D array whose words are in a text file of the same name.

    Parameters
    ----------
    path : Path
        For ``vectors.npy``, the words are in ``vectors.txt``, one per line.
    words : collection of str or None
        Words to read; None reads all words.

    Raises
    ------
    VectorFileError
        If the file is compressed, or the word list is missing or does not fit the array.
    """
    if is_compressed(path):
        raise VectorFileError(f"{path} is a compressed NumPy array: decompress it first.")
    listed = path.with_suffix(".txt")
    if not listed.is_file():
        raise VectorFileError(
            f"{path} is an array of vectors whose words are missing: write them to {listed}, one "
            "per line, in the order of the rows."
        )
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
        names = listed.read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except _READ_ERRORS as error:
        raise VectorFileError(f"{path} cannot be read ({error}); save it again.") from error
    return _check_and_pick(path, [name.removesuffix("\r") for name in names], values, words)


def read_npz(path: Path, words: Collection[str] | None) -> FoundVectors:
    """Read rows of the 2-D array in an ``.npz`` file; its 1-D array of str has the words.

    Parameters
    ----------
    path : Path
        The file, as ``numpy.savez(path, words=words, vectors=vectors)`` writes it.
    words : collection of str or None
        Words to read; None reads all words.

    Raises
    ------
    VectorFileError
        If the file does not contain exactly one array of each kind, or their lengths differ.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = [np.asarray(archive[name]) for name in archive.files]
        listed = [
            (np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array).tolist()
            for array in arrays
            if array.ndim == 1 and array.dtype.kind in "US"
        ]
    except _READ_ERRORS as error:
        raise VectorFileError(
            f"{path} cannot be read ({error}): save it with numpy.savez(path, words=words, "
            "vectors=vectors), where words is an array of str, not of objects."
        ) from error
    values = [array for array in arrays if array.ndim == 2 and array.dtype.kind in "fiu"]
    if len(listed) != 1 or len(values) != 1:
        shapes = ", ".join(f"{array.dtype} {array.shape}" for array in arrays)
        raise VectorFileError(
            f"{path}: expected one array of words (n,) and one of vectors (n, size), got "
            f"{shapes or 'nothing'}: save only these two arrays."
        )
    return _check_and_pick(path, listed[0], values[0], words)


def _check_and_pick(
    path: Path, names: Sequence[str], values: npt.NDArray[Any], words: Collection[str] | None
) -> FoundVectors:
    if (
        values.ndim != 2
        or values.shape != (len(names), max(1, values.shape[1]))
        or values.dtype.kind not in "fiu"
        or not names
    ):
        raise VectorFileError(
            f"{path}: expected a 2-D array of numbers with a row for each of {len(names)} words, "
            f"got {values.dtype} {values.shape}: save words and vectors of the same length."
        )
    return pick_rows(number_rows(names, path), values, words, path)
