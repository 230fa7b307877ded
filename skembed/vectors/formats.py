"""Which kind of word-vector file this is, told by its content."""

import bz2
import codecs
import gzip
import lzma
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import IO, Any

from skembed.errors import VectorFileError, VectorFileNotFoundError

__all__ = ["TextLayout", "open_vectors", "text_layout"]

_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_FOREIGN = {
    b"PK\x03\x04": "a zip archive: unpack it, and name the file inside.",
    b"\x80": "a Python pickle, which is never opened unasked: load it with "
    "gensim.models.KeyedVectors.load(path) and pass the result.",
    b"<!": "a web page: was the download redirected?",
    b"<html": "a web page: was the download redirected?",
    b"<HTML": "a web page: was the download redirected?",
    b"<?xml": "XML: was the download redirected?",
}


_SAMPLE = 20  # lines that tell the layout
_LONGEST_LINE = 1 << 20  # bytes of a line that are looked at: binary files have no lines


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


@contextmanager
def open_vectors(path: str | PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file for reading bytes, inflated if it is in gzip, bzip2 or xz.

    Raises
    ------
    VectorFileNotFoundError
        If there is no such file.
    VectorFileError
        If the file is empty, of a foreign kind, or cannot be inflated.
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
            raise VectorFileError(f"{path} looks like {kind}")
    opener = next((o for start, o in _OPENERS.items() if magic.startswith(start)), open)
    try:
        with opener(path, "rb") as file:
            if magic.startswith(codecs.BOM_UTF8):
                file.read(len(codecs.BOM_UTF8))
            yield file
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        raise VectorFileError(f"{path} is cut or corrupt ({error}); download it again.") from error


def text_layout(path: str | PathLike[str]) -> TextLayout:
    """Tell GloVe text from word2vec text by its first lines.

    Raises
    ------
    VectorFileError
        If the file is neither, or its header does not fit its rows.
    """
    with open_vectors(path) as file:
        lines = [*islice(iter(partial(file.readline, _LONGEST_LINE), b""), _SAMPLE)]
    header = lines[0].split()
    has_header = len(header) == 2 and header[0].isdigit() and header[1].isdigit()
    rows = lines[1:] if has_header else lines
    sizes = Counter(map(_numbers_at_end, rows)) or Counter([0])
    vector_size = sizes.most_common(1)[0][0]  # a broken row among these does not count
    if has_header and (vector_size == 0 or vector_size != int(header[1])):
        raise VectorFileError(
            f"{path}, line 1: the header promises {int(header[1])} numbers a word, and the rows "
            f"have {vector_size}. Mend the header; or, if this is word2vec's binary format, load "
            "it with gensim.models.KeyedVectors.load_word2vec_format(path, binary=True) and pass "
            "the result."
        )
    if vector_size == 0:
        raise VectorFileError(
            f"{path}, line 1: expected a word and its numbers, parted by spaces (GloVe text), or "
            f"a header of two integers (word2vec text); got {lines[0][:60]!r}. Single spaces part "
            "word and numbers, no tabs."
        )
    return TextLayout(vector_size, int(header[0]) if has_header else None)


def _numbers_at_end(line: bytes) -> int:
    """How many fields at the end of a line are numbers; the word itself is none."""
    fields = line.rstrip().split(b" ")[1:]
    for n, field in enumerate(reversed(fields)):
        try:
            float(field)
        except ValueError:
            return n
    return len(fields)
