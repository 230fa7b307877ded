"""Read word vectors from a file in any supported format."""

from collections.abc import Collection
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Literal

from numpy.lib.format import MAGIC_PREFIX

from skembed.vectors.files.cache import VectorCache, fingerprint
from skembed.vectors.files.fasttext_bin import read_fasttext
from skembed.vectors.files.file_errors import naming_the_file
from skembed.vectors.files.formats import detect_layout
from skembed.vectors.files.numpy_files import read_npy, read_npz
from skembed.vectors.files.scan import Wanted
from skembed.vectors.files.select_rows import read_and_index, read_indexed
from skembed.vectors.result import FoundVectors

__all__ = ["fingerprints", "read_vectors"]


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
        Words to read; None reads all words.
    member : str, default=None
        File to read from a zip archive; may be None if the archive holds a single file.
    decode_error : {"strict", "replace"}, default="strict"
        Whether a word that is not valid UTF-8 raises an error or is decoded with
        replacement characters.
    cache : bool, default=True
        Cache the row index and the parsed rows for later calls.
    verbose : bool, default=False
        Show a progress bar if reading takes long.

    Returns
    -------
    FoundVectors
        The requested words that the file contains, and their vectors.

    Raises
    ------
    VectorFileNotFoundError
        If the file does not exist.
    VectorFileError
        If the file is of an unknown format, malformed, or truncated.

    Warns
    -----
    VectorFileWarning
        If the file repeats words, or if a text file has more or fewer rows than its header
        declares.
    """
    path = Path(path)
    wanted = Wanted(words)
    with naming_the_file(path):
        store = None
        if cache and path.is_file():
            store = VectorCache.of(path, member)
            found = read_indexed(path, wanted, store, decode_error)
            if found is not None:
                return found
        layout = detect_layout(path, member)
        if layout.kind == "npy":
            return read_npy(path, words, decode_error)
        if layout.kind == "npz":
            return read_npz(path, words, decode_error)
        if layout.kind == "fasttext":
            return read_fasttext(path, words, member, decode_error, cache=cache)
        return read_and_index(path, member, layout, wanted, store, decode_error, verbose)


def fingerprints(source: object) -> list[str]:
    """Return digests of the files that a path stands for, as far as they can be read.

    They change with the size, modification time or sampled content of a file, as those of the
    cache do, and are missing if the file is. A source in memory has none.

    Parameters
    ----------
    source : object
        A path, or any other source of vectors.
    """
    found: list[str] = []
    if isinstance(source, str | PathLike):
        path = Path(source)
        with suppress(OSError, ValueError):  # ValueError: no path could be named like this
            found.append(fingerprint(path, None))
            with path.open("rb") as file:
                is_npy = file.read(len(MAGIC_PREFIX)) == MAGIC_PREFIX
            if is_npy:  # its words are in another file
                found.append(fingerprint(path.with_suffix(".txt"), None))
    return found
