"""Read word vectors from ``.npy`` and ``.npz`` files."""

import codecs
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError
from skembed.vectors.files.decompress import is_compressed
from skembed.vectors.files.unpacked_size import max_unpacked_bytes, unpacks_to_too_much
from skembed.vectors.result import FoundVectors, decode_words, number_rows, pick_rows

__all__ = ["read_npy", "read_npz"]

DecodeError = Literal["strict", "replace"]


def read_npy(path: Path, words: Collection[str] | None, decode_error: DecodeError) -> FoundVectors:
    """Read rows of a 2-D array whose words are in a text file of the same name.

    Parameters
    ----------
    path : Path
        For ``vectors.npy``, the words are in ``vectors.txt``, one per line.
    words : collection of str or None
        Words to read; None reads all words.
    decode_error : {"strict", "replace"}
        Whether a word that is not valid UTF-8 raises an error.

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
    with np.errstate(over="ignore"):  # a shape beyond all integers does not fit the file either
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    lines = listed.read_bytes().removeprefix(codecs.BOM_UTF8).removesuffix(b"\n").split(b"\n")
    _check_shape(path, len(lines), values)
    names = decode_words([line.removesuffix(b"\r") for line in lines], decode_error, listed)
    return pick_rows(number_rows(names, path, words), values, words, path)


def read_npz(path: Path, words: Collection[str] | None, decode_error: DecodeError) -> FoundVectors:
    """Read rows of the 2-D array in an ``.npz`` file; its 1-D array of str has the words.

    Parameters
    ----------
    path : Path
        The file, as ``numpy.savez(path, words=words, vectors=vectors)`` writes it.
    words : collection of str or None
        Words to read; None reads all words.
    decode_error : {"strict", "replace"}
        Whether a word that is not valid UTF-8 raises an error.

    Raises
    ------
    VectorFileError
        If the file does not contain exactly one array of each kind, or their lengths differ.
    """
    with zipfile.ZipFile(path) as archive:
        n_bytes = sum(info.file_size for info in archive.infolist())  # no more is read
    limit = max_unpacked_bytes(path.stat().st_size)
    if n_bytes > limit:
        raise unpacks_to_too_much(path, limit)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as loaded:
            arrays = [np.asarray(loaded[name]) for name in loaded.files]
    except ValueError as error:
        raise VectorFileError(
            f"{path} cannot be read ({error}): save it with numpy.savez(path, words=words, "
            "vectors=vectors), where words is an array of str, not of objects."
        ) from error
    listed = [array for array in arrays if array.ndim == 1 and array.dtype.kind in "US"]
    values = [array for array in arrays if array.ndim == 2 and array.dtype.kind in "fiu"]
    if len(listed) != 1 or len(values) != 1:
        shapes = ", ".join(f"{array.dtype} {array.shape}" for array in arrays)
        raise VectorFileError(
            f"{path}: expected one array of words (n,) and one of vectors (n, size), got "
            f"{shapes or 'nothing'}: save only these two arrays."
        )
    _check_shape(path, len(listed[0]), values[0])
    names = [
        word if isinstance(word, bytes) else word.encode("utf-8", "surrogatepass")
        for word in listed[0].tolist()
    ]
    decoded = decode_words(names, decode_error, path)
    return pick_rows(number_rows(decoded, path, words), values[0], words, path)


def _check_shape(path: Path, n_words: int, values: npt.NDArray[Any]) -> None:
    if (
        values.ndim != 2
        or values.shape != (n_words, max(1, values.shape[1]))
        or values.dtype.kind not in "fiu"
        or not n_words
    ):
        raise VectorFileError(
            f"{path}: expected a 2-D array of numbers with a row for each of {n_words} words, "
            f"got {values.dtype} {values.shape}: save words and vectors of the same length."
        )
