"""Which kind of word-vector file this is, told by its content."""

import bz2
import gzip
import lzma
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, Any, cast

from skembed.errors import VectorFileError, VectorFileNotFoundError

__all__ = ["TextLayout", "open_vectors", "text_layout"]

_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_FOREIGN = {
    b"PK\x03\x04": "a zip archive: unpack it, and name the file inside",
    b"\x80": "a Python pickle, which is never opened unasked: load it with "
    "gensim.models.KeyedVectors.load(path) and pass the result",
    b"<": "a web page or XML: was the download redirected?",
}


@dataclass(frozen=True)
class TextLayout:
    """How a text file of word vectors is laid out.

    Attributes
    ----------
    vector_size : int
        Numbers after each word.
    n_rows : int or None
        Rows that a word2vec header promises; None for GloVe text, which has no header.
    """

    vector_size: int
    n_rows: int | None


def open_vectors(path: str | PathLike[str]) -> IO[bytes]:
    """Open a file for reading bytes, inflated if it is in gzip, bzip2 or xz.

    Raises
    ------
    VectorFileNotFoundError
        If there is no such file.
    VectorFileError
        If the file is empty or of a foreign kind.
    """
    path = Path(path)
    if not path.is_file():
        raise VectorFileNotFoundError(
            f"There is no word-vector file at {str(path)!r}; the current directory is "
            f"{str(Path.cwd())!r}."
        )
    with path.open("rb") as file:
        magic = file.read(6)
    if not magic:
        raise VectorFileError(f"{path} is empty; download it again.")
    for start, kind in _FOREIGN.items():
        if magic.startswith(start):
            raise VectorFileError(f"{path} looks like {kind}.")
    for start, opener in _OPENERS.items():
        if magic.startswith(start):
            return cast(IO[bytes], opener(path, "rb"))
    return path.open("rb")


def text_layout(path: str | PathLike[str]) -> TextLayout:
    """Tell GloVe text from word2vec text by its first two lines.

    Raises
    ------
    VectorFileError
        If the file is neither.
    """
    with open_vectors(path) as file:
        first, second = file.readline(), file.readline()
    header = first.split()
    if len(header) == 2 and header[0].isdigit() and header[1].isdigit():
        n_rows, vector_size = int(header[0]), int(header[1])
        if _numbers_at_end(second) < vector_size:
            raise VectorFileError(
                f"{path}, line 2: the header promises {vector_size} numbers a word, and here "
                f"are {_numbers_at_end(second)}. If this is word2vec's binary format, load it "
                "with gensim.models.KeyedVectors.load_word2vec_format(path, binary=True) and "
                "pass the result."
            )
        return TextLayout(vector_size, n_rows)
    vector_size = min(_numbers_at_end(line) for line in (first, second or first))
    if vector_size == 0:
        raise VectorFileError(
            f"{path}, line 1: expected a word and its numbers, parted by spaces (GloVe text), or "
            f"a header of two integers (word2vec text); got {first[:60]!r}."
        )
    return TextLayout(vector_size, None)


def _numbers_at_end(line: bytes) -> int:
    """How many fields at the end of a line are numbers; the word itself is none."""
    fields = line.split()[1:]
    for n, field in enumerate(reversed(fields)):
        try:
            float(field)
        except ValueError:
            return n
    return len(fields)
