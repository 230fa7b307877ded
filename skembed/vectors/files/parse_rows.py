"""Parse rows of word-vector files into words and vectors."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError
from skembed.vectors.files.decimals import parse_decimals
from skembed.vectors.files.formats import Layout
from skembed.vectors.files.separators import is_number

__all__ = ["ROWS_PER_BATCH", "Rows", "describe_place", "join_rows", "parse_rows"]

ROWS_PER_BATCH = 200  # parsed while the next block is decompressed


class Rows(NamedTuple):
    """Rows of a file, in file order.

    Attributes
    ----------
    numbers : ndarray of shape (n_rows,), dtype int64
        Row numbers, counted from 0 after the header.
    words : list of bytes
        Words of the rows.
    values : ndarray of shape (n_rows, vector_size), dtype float32
        Vectors of the rows.
    """

    numbers: npt.NDArray[np.int64]
    words: list[bytes]
    values: npt.NDArray[np.float32]


def join_rows(parts: Sequence[Rows]) -> Rows:
    """Concatenate one or more batches of rows."""
    return Rows(
        np.concatenate([rows.numbers for rows in parts]),
        [word for rows in parts for word in rows.words],
        np.concatenate([rows.values for rows in parts]),
    )


def parse_rows(rows: Sequence[bytes], numbers: Sequence[int], layout: Layout, path: Path) -> Rows:
    """Parse rows into words and vectors.

    Parameters
    ----------
    rows : sequence of bytes
        In text, lines of a word and its numbers, separated by single spaces or tabs. The
        numbers are counted from the right, as words may contain spaces (some in glove.840B
        do). In word2vec's binary format, a word, a space, and numbers of four bytes each.
    numbers : sequence of int
        Row numbers in the file.
    layout : Layout
        Layout of the file.
    path : Path
        The file, for error messages.

    Returns
    -------
    Rows
        The parsed rows; blank lines are omitted.

    Raises
    ------
    VectorFileError
        If a row has too few or too many numbers, or a number that is not finite.
    """
    if layout.kind != "binary" and not all(map(bytes.strip, rows)):
        not_blank = [i for i, row in enumerate(rows) if row.strip()]
        rows, numbers = [rows[i] for i in not_blank], [numbers[i] for i in not_blank]
    words: list[bytes] = []
    values = np.empty((len(rows), layout.vector_size), np.float32)
    parse = {"binary": _parse_binary, "tabs": _parse_tabs}.get(layout.kind, _parse_text)

    for begin in range(0, len(rows), ROWS_PER_BATCH):
        some = slice(begin, begin + ROWS_PER_BATCH)

        def at(i: int, begin: int = begin) -> str:
            return f"{path}, {describe_place(numbers[begin + i], layout)}"

        batch_words, values[some] = parse(rows[some], layout.vector_size, at)
        words += batch_words
    return Rows(np.array(numbers, np.int64), words, values)


def _parse_binary(
    rows: Sequence[bytes], size: int, at: Callable[[int], str]
) -> tuple[list[bytes], npt.NDArray[np.float32]]:
    words = [row[: row.find(b" ")] for row in rows]
    numbers = [row[len(word) + 1 :][: 4 * size] for word, row in zip(words, rows)]
    values = np.frombuffer(b"".join(numbers), "<f4").astype(np.float32).reshape(len(rows), size)
    for i in np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist():
        raise VectorFileError(
            f"{at(i)}: expected {size} finite numbers after the word, got "
            f"{np.isfinite(values[i]).sum()}; correct the source of the file."
        )
    return words, values


def _parse_text(
    rows: Sequence[bytes], size: int, at: Callable[[int], str]
) -> tuple[list[bytes], npt.NDArray[np.float32]]:
    lines = [*map(bytes.rstrip, rows)]
    values = parse_decimals(lines, size)
    words = [line[: line.find(b" ")] for line in lines]
    if values is not None and np.isfinite(values).all() and all(words):
        return words, values
    # Parse row by row: some words contain spaces, or a row is malformed.
    parts = [_parse_line(line, size, at(i)) for i, line in enumerate(lines)]
    return [word for word, _ in parts], np.array([vector for _, vector in parts])


def _parse_tabs(
    rows: Sequence[bytes], size: int, at: Callable[[int], str]
) -> tuple[list[bytes], npt.NDArray[np.float32]]:
    lines, phrases = [], {}
    for i, row in enumerate(rows):
        word, _, numbers = row.rstrip().partition(b"\t")
        numbers = numbers.replace(b"\t", b" ")
        if b" " in word and numbers.count(b" ") + 1 == size:  # such as "Windows 95"
            phrases[i] = word
            word = word.replace(b" ", b"_")  # its spaces do not separate fields
        lines.append(word + b" " + numbers)
    words, values = _parse_text(lines, size, at)
    return [phrases.get(i, word) for i, word in enumerate(words)], values


def describe_place(row: int, layout: Layout) -> str:
    """Describe the position of a row for messages, counted from 1."""
    if layout.kind == "binary":
        return f"row {row + 1}"
    return f"line {row + 1 + (layout.n_rows is not None)}"


def _parse_line(line: bytes, size: int, at: str) -> tuple[bytes, npt.NDArray[np.float32]]:
    """Parse one line, whose word may contain spaces; the error gives its position."""
    word, *numbers = line.rsplit(b" ", size)
    first, *rest = word.split(b" ")
    if len(numbers) < size or (rest and all(map(is_number, rest))):
        n = sum(map(is_number, line.split(b" ")[1:]))
        raise VectorFileError(
            f"{at}: expected {size} numbers after the word {first!r}, got {n}; correct or delete "
            "the line."
        )
    if not first or b"" in rest:
        raise VectorFileError(
            f"{at}: expected single spaces or tabs between a word and its numbers, got "
            f"{line[:60]!r}; correct or delete the line."
        )
    try:
        with np.errstate(over="ignore"):  # infinity raises an error below
            vector = np.array([*map(float, numbers)]).astype(np.float32)
    except ValueError as error:
        raise VectorFileError(f"{at}: {error}; correct or delete the line.") from error
    n_finite = int(np.isfinite(vector).sum())
    if n_finite < size:
        raise VectorFileError(
            f"{at}: expected {size} finite numbers after the word, got {n_finite}; correct "
            "or delete the line."
        )
    return word, vector
