"""Word vectors from a file of any format."""

from collections.abc import Collection
from os import PathLike
from pathlib import Path
from typing import Literal

from skembed.vectors.files.cache import VectorCache
from skembed.vectors.files.fasttext_bin import read_fasttext
from skembed.vectors.files.formats import layout_of
from skembed.vectors.files.numpy_files import read_npy, read_npz
from skembed.vectors.files.scan import Wanted
from skembed.vectors.files.select_rows import read_again, read_through
from skembed.vectors.result import FoundVectors

__all__ = ["read_vectors"]


def read_vectors(
    path: str | PathLike[str],
    words: Collection[str] | None = None,
    *,
    member: str | None = None,
    decode_error: Literal["strict", "replace"] = "strict",
    cache: bool = True,
    verbose: bool = False,
) -> FoundVectors:
    """Read the vectors of some words from a file.

    Parameters
    ----------
    path : str or path-like
        The file.
    words : collection of str, default=None
        The words that are wanted; None for all.
    member : str, default=None
        The file wanted from a zip archive; None where it holds only one.
    decode_error : {"strict", "replace"}, default="strict"
        Whether words that are not UTF-8 are an error, or get replacement characters.
    cache : bool, default=True
        Keep what is found out for the next time.
    verbose : bool, default=False
        Draw a progress bar once reading takes long.

    Returns
    -------
    FoundVectors
        Those of the words that the file has.

    Raises
    ------
    VectorFileNotFoundError
        If there is no such file.
    VectorFileError
        If the file is of no known format, malformed, or cut.
    """
    path = Path(path)
    wanted = Wanted(words)
    store = None
    if cache and path.is_file():
        store = VectorCache.of(path, member)
        found = read_again(path, wanted, store, decode_error)
        if found is not None:
            return found
    layout = layout_of(path, member)
    if layout.kind == "npy":
        return read_npy(path, words)
    if layout.kind == "npz":
        return read_npz(path, words)
    if layout.kind == "fasttext":
        return read_fasttext(path, words, member, cache=cache)
    return read_through(path, member, layout, wanted, store, decode_error, verbose)
