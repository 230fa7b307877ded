"""Select and validate the vectors found in a source."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError, VectorFileWarning

__all__ = [
    "FoundVectors",
    "decode_words",
    "first_rows",
    "not_utf8_error",
    "number_rows",
    "pick_rows",
    "to_finite_floats",
    "warn_of_repeated",
]


class FoundVectors(NamedTuple):
    """Words found in a source, and their vectors.

    Attributes
    ----------
    rows : dict of str to int
        Row of each word in `values`.
    values : ndarray of shape (n_found, vector_size), dtype float32
        Vectors of the words.
    """

    rows: dict[str, int]
    values: npt.NDArray[np.float32]


def pick_rows(
    rows: Mapping[str, int], values: Any, words: Collection[str] | None, source: object
) -> FoundVectors:
    """Look up words in a table of vectors.

    Parameters
    ----------
    rows : mapping of str to int
        Row of each word in the table.
    values : array of shape (n_rows, vector_size)
        The table. If it is memory-mapped, only the selected rows are read.
    words : collection of str or None
        Words to look up; None selects all words.
    source : object
        Name of the source for error messages.

    Raises
    ------
    VectorFileError
        If a value is NaN, infinite, or out of the range of float32.
    """
    found = [word for word in (rows if words is None else words) if word in rows]
    some = values[[rows[word] for word in found]].reshape(len(found), values.shape[1])
    return to_finite_floats(found, some, source)


def to_finite_floats(words: Sequence[str], values: Any, source: object) -> FoundVectors:
    """Convert vectors to float32 and check that they are finite.

    Parameters
    ----------
    words : sequence of str
        The words.
    values : array of numbers of shape (n_words, vector_size)
        Vectors of the words.
    source : object
        Name of the source for error messages.

    Raises
    ------
    VectorFileError
        If a value is NaN, infinite, or out of the range of float32.
    """
    with np.errstate(over="ignore"):
        floats = np.asarray(values, np.float32)
    for row in np.flatnonzero(~np.isfinite(floats).all(axis=1)).tolist():
        raise VectorFileError(
            f"In {source}, the vector of {words[row]!r} has NaN or infinite values; expected "
            "finite numbers in the range of float32. Correct the source, or remove the word."
        )
    return FoundVectors({word: place for place, word in enumerate(words)}, floats)


def decode_words(words: Sequence[bytes], decode_error: str, source: object) -> list[str]:
    """Decode words, or raise an error that names the first one that is not UTF-8."""
    try:
        return [word.decode("utf-8", decode_error) for word in words]
    except UnicodeDecodeError as error:
        place = words.index(error.object) + 1
        raise not_utf8_error(source, f"word {place}: the word {error.object!r}") from error


def not_utf8_error(source: object, word: str) -> VectorFileError:
    """Make the error for a word, given with its place, that is not UTF-8."""
    return VectorFileError(
        f"{source}, {word} is not UTF-8: convert the file, or pass decode_error='replace'."
    )


def number_rows(
    names: Sequence[str], source: object, words: Collection[str] | None
) -> dict[str, int]:
    """Map each word of a list to its first position; warn if requested words are repeated."""
    rows = first_rows(names)
    if len(rows) < len(names):
        repeated = [name for row, name in enumerate(names) if rows[name] != row]
        warn_of_repeated(source, repeated, words)
    return rows


def first_rows(names: Sequence[str]) -> dict[str, int]:
    """Map each word of a list to its first position, in order."""
    rows: dict[str, int] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, row)
    return rows


def warn_of_repeated(
    source: object, repeated: Sequence[str], words: Collection[str] | None
) -> None:
    """Warn that a source has several rows for the same word, if the word was requested."""
    if words is not None:
        requested = set(words)
        repeated = [word for word in repeated if word in requested]
    if repeated:
        warnings.warn(
            f"{source} has {len(repeated)} duplicate row(s), for words such as {repeated[0]!r}; "
            "the first row of each word is used.",
            VectorFileWarning,
            stacklevel=2,
        )
