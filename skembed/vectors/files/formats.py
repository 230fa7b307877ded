"""Detect the format of a word-vector file from its content."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from skembed.errors import VectorFileError
from skembed.vectors.files.decompress import open_vectors, zip_members
from skembed.vectors.files.separators import check_separators, find_separator, row_form

__all__ = ["Layout", "check_declared_size", "detect_layout"]

Kind = Literal["text", "tabs", "binary", "fasttext", "npy", "npz"]

_HEAD_BYTES = 1 << 20  # read to detect the layout
_N_SAMPLE_LINES = 20  # parsed to detect the layout
_MAX_ROW_BYTES = 1 << 24  # a header with larger rows is wrong
_MAX_DIGITS = 18
_N_SHOWN = 60  # bytes of a line in a message
_FASTTEXT = (793712314).to_bytes(4, "little")
_PAGE = (b"<!", b"<html", b"<?xml")
_JSON = re.compile(rb"[\[{]\s*[\[{\"]")
_BLANK_LINES = re.compile(rb"\A(?:[ \t\r]*\n)+")
_NPY = b"\x93NUMPY"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # absent from text, common in binary floats


@dataclass(frozen=True)
class Layout:
    """Layout of a word-vector file.

    Attributes
    ----------
    kind : {"text", "tabs", "binary", "fasttext", "npy", "npz"}
        Text (GloVe, word2vec, fastText's ``.vec``) with spaces or with tabs between the
        fields, word2vec's binary format, fastText's ``.bin``, or NumPy arrays.
    vector_size : int
        Dimension of the word vectors; 0 for formats whose readers determine it.
    n_rows : int or None
        Number of rows declared in the header; None without a header.
    """

    kind: Kind
    vector_size: int = 0
    n_rows: int | None = None


def detect_layout(path: Path, member: str | None = None) -> Layout:
    """Detect the layout of a file from its first bytes.

    Raises
    ------
    VectorFileError
        If the format is unknown, or the header contradicts the rows.
    """
    members = zip_members(path) if member is None else []
    if members and all(name.endswith(".npy") for name in members):
        return Layout("npz")
    with open_vectors(path, member) as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_FASTTEXT):
        return Layout("fasttext")
    if head.startswith(_NPY):
        return Layout("npy")
    lines = _BLANK_LINES.sub(b"", head).split(b"\n")
    if len(head) == _HEAD_BYTES and len(lines) > 1:
        lines.pop()  # incomplete
    sample = [*filter(bytes.strip, lines[:_N_SAMPLE_LINES])]
    return _detect_with_header(path, lines, sample) or _detect_without_header(path, sample)


def _detect_with_header(path: Path, lines: list[bytes], sample: list[bytes]) -> Layout | None:
    header = lines[0].split()
    if len(header) != 2 or not all(map(bytes.isdigit, header)):
        return None
    if max(map(len, header)) > _MAX_DIGITS:
        raise VectorFileError(
            f"{path}, line 1: the header declares impossible sizes, {header[0][:20]!r}… words; "
            "download the file again."
        )
    n_rows, size = map(int, header)
    has_tabs, n_in_text = row_form(sample[1:])
    if n_in_text == size > 0:
        check_separators(path, sample[1:], 2)
        return Layout("tabs" if has_tabs else "text", size, n_rows)
    body = b"\n".join(lines[1:])
    if not body.strip():
        raise VectorFileError(
            f"{path}: the header declares {n_rows} words but the file has none; download it again."
        )
    if not _is_binary(body, n_rows, size):
        check_separators(path, sample[1:], 2)
        raise VectorFileError(
            f"{path}, line 1: the header declares {size} numbers per word but the rows have "
            f"{n_in_text}. Correct the header, or delete it."
        )
    row = 4 * size + len(b"w ")  # minimum length
    if size == 0 or row > _MAX_ROW_BYTES:
        raise VectorFileError(
            f"{path}, byte 0: the header declares {size} numbers per word; the file is corrupt or "
            "not in word2vec's binary format: download it again."
        )
    return Layout("binary", size, n_rows)


def _is_binary(body: bytes, n_rows: int, size: int) -> bool:
    """Whether the bytes after a header are in word2vec's binary format."""
    if _CONTROL.search(body) is not None:
        return True
    if find_separator(body.split(b"\n")[:_N_SAMPLE_LINES]) is not None:
        return False
    end = 0
    for _ in range(n_rows):  # in a small file, all bytes of the floats may be printable
        end = body.find(b" ", end) + 1 + 4 * size
        if not 4 * size < end <= len(body):
            return False
    return not body[end:].strip()


def _detect_without_header(path: Path, sample: Sequence[bytes]) -> Layout:
    has_tabs, size = row_form(sample)
    if size == 0 and sample[0].lstrip().lower().startswith(_PAGE):
        raise VectorFileError(
            f"{path} looks like a web page (a redirected download?). Download the file itself."
        )
    if size == 0 and _JSON.match(sample[0].lstrip()):
        raise VectorFileError(
            f"{path} looks like JSON: load it with json.load, and pass a mapping of word to vector."
        )
    check_separators(path, sample, 1)
    if size == 0 and b"\x00" in sample[0][:_N_SHOWN]:
        raise VectorFileError(
            f"{path}, line 1: got zero bytes, {sample[0][:_N_SHOWN]!r}, as in UTF-16 and in "
            "unknown binary formats: save text as UTF-8, or pass a DataFrame or a mapping."
        )
    if size == 0:
        raise VectorFileError(
            f"{path}, line 1: expected a word and its numbers separated by single spaces or tabs "
            "(GloVe text), or a header of two integers (word2vec text or binary, fastText .vec), "
            f"or fastText's .bin; got {sample[0][:_N_SHOWN]!r}. Convert the file, or pass a "
            "DataFrame or a mapping."
        )
    return Layout("tabs" if has_tabs else "text", size)


def check_declared_size(path: Path, layout: Layout) -> None:
    """Check that an uncompressed binary file is large enough for its declared rows.

    Raises
    ------
    VectorFileError
        If the file is too small for the rows.
    """
    min_bytes = (layout.n_rows or 0) * (4 * layout.vector_size + len(b"w "))
    size = path.stat().st_size
    if min_bytes > size:
        raise VectorFileError(
            f"{path}, byte 0: the header declares {layout.n_rows} words of {layout.vector_size} "
            f"numbers, at least {min_bytes} bytes, but the file has {size}: it is truncated, or "
            "the header is wrong; download it again."
        )
