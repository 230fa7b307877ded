"""Scan a file for the positions of all rows, and for the rows of the requested words.

A file is scanned in blocks. Each row is matched by the key of its first word, an integer
computed from the first sixteen bytes of the word. Words with equal keys are distinguished
when their rows are parsed.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError
from skembed.vectors.files.formats import Layout

__all__ = [
    "KEY_BYTES",
    "MAX_WORD_BYTES",
    "Block",
    "Wanted",
    "compute_keys",
    "scan_binary",
    "scan_text",
]

UInt64 = npt.NDArray[np.uint64]
Int64 = npt.NDArray[np.int64]

_BLOCK_BYTES = 1 << 20  # small enough for the CPU cache
_MAX_LINE_BYTES = 1 << 26
MAX_WORD_BYTES = 1 << 12  # in the binary format
KEY_BYTES = 16
_NEWLINE = ord("\n")
_BLANK = ord(" ")
_TAB, _RETURN = ord("\t"), ord("\r")  # with the white space between them
_ONES = np.uint64(0x0101010101010101)
_HIGH_BITS = np.uint64(0x8080808080808080)
_PRINTABLE = np.uint64(0x21)  # the bytes below it end a word
_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_TABLE_BITS = 20


class Block(NamedTuple):
    """Consecutive rows of a file.

    Attributes
    ----------
    keys : ndarray of shape (n_rows,), dtype uint64
        Keys of the words.
    starts : ndarray of shape (n_rows,), dtype int64
        Byte offsets of the rows in the uncompressed file.
    end : int
        Byte offset of the end of the last row.
    numbers : ndarray of int64
        Positions in the block of the rows that match the key of a requested word.
    rows : list of bytes
        The matching rows.
    undecodable : (int, bytes) or None
        Position in the block of the first row whose word is not UTF-8, and the word.
    n_blank : int
        Number of blank lines among the rows.
    """

    keys: UInt64
    starts: Int64
    end: int
    numbers: Int64
    rows: list[bytes]
    undecodable: tuple[int, bytes] | None = None
    n_blank: int = 0


class Wanted:
    """The requested words.

    Parameters
    ----------
    words : iterable of str or None
        Words to find; None matches all words.

    Attributes
    ----------
    n_words : int
        Number of words; 0 if all words match.
    """

    def __init__(self, words: Iterable[str] | None) -> None:
        self.n_words = 0
        self._words: dict[bytes, str] | None = None
        if words is None:
            return
        requested = [word for word in words if "\n" not in word]  # no file contains such a word
        text = "\n".join(requested).encode("utf-8", "surrogatepass")
        encoded_words = text.split(b"\n")
        self._words = dict(zip(encoded_words, requested))
        self.n_words = len(self._words)
        lengths = np.fromiter(map(len, encoded_words), np.int64, len(encoded_words)) + 1
        codes = np.frombuffer(text + b" " * (KEY_BYTES + 1), np.uint8)
        keys = compute_keys(codes, np.cumsum(lengths) - lengths)
        self._keys = np.sort(keys)
        self._table = np.zeros(1 << _TABLE_BITS, np.bool_)
        self._table[_compute_slots(self._keys)] = True

    def match(self, keys: UInt64) -> Int64:
        """Return the positions of the keys that match a requested word."""
        if self._words is None:
            return np.arange(len(keys))
        places = np.flatnonzero(self._table[_compute_slots(keys)])
        nearest = np.searchsorted(self._keys[:-1], keys[places])
        found: Int64 = places[self._keys[nearest] == keys[places]]
        return found

    def decode(self, words: list[bytes], decode_error: str) -> list[str | None]:
        """Decode words; None for words that were not requested."""
        if self._words is None:
            return [word.decode("utf-8", decode_error) for word in words]
        return [*map(self._words.get, words)]


class _Window:
    """Buffer with the part of a file that is being scanned.

    Attributes
    ----------
    buffer : bytearray
        The bytes, followed by padding.
    filled : int
        Number of bytes before the padding.
    position : int
        Offset of the buffer in the file.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.buffer = bytearray(_BLOCK_BYTES + KEY_BYTES)
        self.filled = 0
        self.position = file.tell()

    def move(self, used: int) -> bool:
        """Drop the first `used` bytes and refill; return whether any bytes were read."""
        rest = self.buffer[used : self.filled]
        if len(rest) > len(self.buffer) // 2:
            self.buffer = bytearray(2 * len(self.buffer))
        self.buffer[: len(rest)] = rest
        self.position += used
        free = memoryview(self.buffer)[len(rest) : -KEY_BYTES]
        n_read: int = self._file.readinto(free)  # type: ignore[attr-defined]
        self.filled = len(rest) + n_read
        return n_read > 0


def scan_text(file: IO[bytes], layout: Layout, wanted: Wanted, path: Path) -> Iterator[Block]:
    """Scan the lines of a text file.

    Raises
    ------
    VectorFileError
        If the file ends within a row.
    """
    if layout.n_rows is not None:
        _skip_header(file)
    window, used = _Window(file), 0
    n_rows, n_blank, last, ends_whole = 0, 0, b"", True
    while (more := window.move(used)) or window.filled:
        if not more:
            ends_whole = False
            window.buffer[window.filled] = _NEWLINE  # the last line may have no line break
            window.filled += 1
        ends = _find_line_ends(window)
        if len(ends):
            starts = np.concatenate([[0], ends[:-1]])
            n_blank_here = _count_blank(window, starts, ends)
            whole = memoryview(window.buffer)[: ends[-1]]
            words = _iter_words(window, starts, ends, layout)
            yield _make_block(window, starts, ends, wanted)._replace(
                n_blank=n_blank_here, undecodable=_find_undecodable(whole, words)
            )
            n_rows += len(starts)
            n_blank += n_blank_here
            last = bytes(window.buffer[starts[-1] : ends[-1]])
        elif window.filled > _MAX_LINE_BYTES:
            raise VectorFileError(
                f"{path}, byte {window.position}: the line has more than {_MAX_LINE_BYTES} bytes "
                "and cannot be a row of word vectors; download the file again."
            )
        used = int(ends[-1]) if len(ends) else 0
    n_found, place = n_rows - n_blank, f"line {n_rows + (layout.n_rows is not None)}"
    if last.strip() and len(last.split()) <= layout.vector_size:
        raise VectorFileError(
            f"{path}, {place}: the last line has fewer than {layout.vector_size} numbers; the file "
            "is truncated: download it again."
        )
    if last.strip() and not ends_whole and n_found < (layout.n_rows or 0):
        raise VectorFileError(
            f"{path}, {place}: the header declares {layout.n_rows} words but the file has "
            f"{n_found}, and its last line has no line break; the file is truncated: download it "
            "again. If it is complete, delete the header line."
        )


def scan_binary(file: IO[bytes], layout: Layout, wanted: Wanted, path: Path) -> Iterator[Block]:
    """Scan the rows of a file in word2vec's binary format.

    Raises
    ------
    VectorFileError
        If a row is malformed, or the number of rows differs from the header.
    """
    _skip_header(file)
    window, used = _Window(file), 0
    width = 1 + 4 * layout.vector_size
    # A word, a space, and numbers; otherwise, the remaining bytes. A line break after the
    # numbers (written by word2vec, not by gensim) is matched as the start of the next word.
    row = re.compile(rb"([^ ]{0,%d}+) .{%d}|.+" % (MAX_WORD_BYTES, width - 1), re.DOTALL)
    n_left = layout.n_rows or 0
    while n_left:
        more = window.move(used)
        codes = np.frombuffer(window.buffer, np.uint8)
        words = row.findall(window.buffer, 0, window.filled)
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        ends = np.cumsum(lengths + width)
        starts = ends - lengths - width
        is_row = (ends <= window.filled) & (codes[starts + lengths] == _BLANK)
        starts, ends = starts[is_row][:n_left], ends[is_row][:n_left]
        used = int(ends[-1]) if len(ends) else 0
        if len(ends):
            words = [word.removeprefix(b"\n") for word in words[: len(ends)]]
            yield _make_block(window, starts + (codes[starts] == _NEWLINE), ends, wanted)._replace(
                undecodable=_find_undecodable(b"\n".join(words), words)
            )
            n_left -= len(ends)
        elif not more or window.filled > width + MAX_WORD_BYTES:
            raise VectorFileError(
                f"{path}, byte {window.position}: expected {n_left} more row(s) of a word and "
                f"{layout.vector_size} numbers, as the header declares; the file is truncated or "
                "corrupt: download it again."
            )
    window.move(used)
    if window.buffer[: window.filled].strip():
        raise VectorFileError(
            f"{path}, byte {window.position}: the header declares {layout.n_rows} words but the "
            "file has more; download the file again."
        )


def _skip_header(file: IO[bytes]) -> None:
    while not file.readline().strip():  # blank lines before the header
        pass


def _make_block(window: _Window, starts: Int64, ends: Int64, wanted: Wanted) -> Block:
    keys = compute_keys(np.frombuffer(window.buffer, np.uint8), starts)
    numbers = wanted.match(keys)
    return Block(
        keys,
        starts + window.position,
        int(ends[-1]) + window.position,
        numbers,
        [*_iter_slices(window, starts[numbers], ends[numbers])],
    )


def _iter_slices(window: _Window, starts: Int64, ends: Int64) -> Iterator[bytes]:
    view = memoryview(window.buffer)
    return (bytes(view[a:b]) for a, b in zip(starts.tolist(), ends.tolist()))


def _find_line_ends(window: _Window) -> Int64:
    """Return the ends of the lines; comparing all bytes with NumPy takes twice as long."""
    ends: list[int] = []
    find, filled = window.buffer.find, window.filled
    end = find(b"\n", 0, filled) + 1
    while end:
        ends.append(end)
        end = find(b"\n", end, filled) + 1
    return np.array(ends, np.int64)


def _count_blank(window: _Window, starts: Int64, ends: Int64) -> int:
    """Count the lines without a word; vectorized, as a hostile file may have only such lines."""
    begins = np.frombuffer(window.buffer, np.uint8)[starts]
    lengths = ends - starts
    is_white = (begins == _BLANK) | ((begins >= _TAB) & (begins <= _RETURN))
    return int(np.count_nonzero((lengths == 1) | ((lengths == 2) & is_white)))


def compute_keys(text: npt.NDArray[np.uint8], starts: Int64) -> UInt64:
    """Compute the keys of the words at some positions in a text.

    Parameters
    ----------
    text : ndarray of shape (n_bytes,), dtype uint8
        The text, with at least sixteen bytes after the last start.
    starts : ndarray of shape (n_words,), dtype int64
        Positions of the words.

    Returns
    -------
    ndarray of shape (n_words,), dtype uint64
        The keys.
    """
    eight_bytes = np.ndarray((len(text) - 7,), "<u8", text, strides=(1,))
    first, continues = _clear_after_word(eight_bytes[starts])
    second, _ = _clear_after_word(eight_bytes[starts + 8])
    second = np.where(continues, second, np.uint64(0))
    keys = (first * _MIX[0]) ^ (second * _MIX[1])
    mixed: UInt64 = (keys ^ (keys >> np.uint64(32))) * _MIX[0]
    return mixed


def _clear_after_word(eight: UInt64) -> tuple[UInt64, npt.NDArray[np.bool_]]:
    """Zero the bytes after the end of each word; return which words continue."""
    # The high bit is set in each byte below 0x21, possibly in bytes after the first of
    # these, but never before it (Warren, "Hacker's Delight", 2012, section 6-1).
    ends = (eight - _ONES * _PRINTABLE) & ~eight & _HIGH_BITS
    first_end = ends & (~ends + np.uint64(1))
    return eight & ((first_end >> np.uint64(7)) - np.uint64(1)), ends == 0


def _iter_words(window: _Window, starts: Int64, ends: Int64, layout: Layout) -> Iterator[bytes]:
    """Yield the words of lines, as they are parsed if the lines are well formed."""
    for line in _iter_slices(window, starts, ends):
        spaced = line.replace(b"\t", b" ") if layout.kind == "tabs" else line
        yield spaced.rstrip().rsplit(b" ", layout.vector_size)[0]


def _find_undecodable(text: bytes | memoryview, words: Iterable[bytes]) -> tuple[int, bytes] | None:
    """Return the first of some words that is not UTF-8, and its position.

    The text that contains the words is decoded first, which is fast, and usually enough.
    """
    try:
        codecs.utf_8_decode(text, "strict", True)
    except UnicodeDecodeError:
        for i, word in enumerate(words):
            try:
                word.decode()
            except UnicodeDecodeError:
                return i, word
    return None


def _compute_slots(keys: UInt64) -> Int64:
    return (keys >> np.uint64(64 - _TABLE_BITS)).view(np.int64)
