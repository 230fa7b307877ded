"""What a source of word vectors answers."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError, VectorFileWarning

__all__ = ["FoundVectors", "finite_floats", "numbered", "picked", "warn_of_repeated"]


class FoundVectors(NamedTuple):
    """The vectors of the words that were found.

    Attributes
    ----------
    rows : dict of str to int
        The row of each word.
    values : ndarray of shape (n_found, vector_size), dtype float32
        The vectors.
    """

    rows: dict[str, int]
    values: npt.NDArray[np.float32]


def picked(
    rows: Mapping[str, int], values: Any, words: Collection[str] | None, source: object
) -> FoundVectors:
    """Look words up in a table.

    Parameters
    ----------
    rows : mapping of str to int
        The row of each word that the table has.
    values : array of shape (n_rows, vector_size)
        The table; one that is mapped to a file stays so.
    words : collection of str or None
        The words that are wanted; None for all.
    source : object
        What the table is from, for messages.

    Raises
    ------
    VectorFileError
        If a number is NaN or, in float32, infinite.
    """
    found = [word for word in (rows if words is None else words) if word in rows]
    some = values[[rows[word] for word in found]].reshape(len(found), values.shape[1])
    return finite_floats(found, some, source)


def finite_floats(words: Sequence[str], values: Any, source: object) -> FoundVectors:
    """Return words and their vectors as float32.

    Parameters
    ----------
    words : sequence of str
        The words.
    values : array of numbers of shape (n_words, vector_size)
        Their vectors.
    source : object
        What they are from, for messages.

    Raises
    ------
    VectorFileError
        If a number is NaN or, in float32, infinite.
    """
    with np.errstate(over="ignore"):
        floats = np.asarray(values, np.float32)
    for row in np.flatnonzero(~np.isfinite(floats).all(axis=1)).tolist():
        raise VectorFileError(
            f"In {source} the vector of {words[row]!r} holds NaN or infinity, expected finite "
            "numbers that float32 can hold: mend the source."
        )
    return FoundVectors({word: place for place, word in enumerate(words)}, floats)


def numbered(names: Sequence[str], source: object) -> dict[str, int]:
    """Number the words of a list; of repeated ones, the first counts."""
    rows = {name: row for row, name in reversed([*enumerate(names)])}
    if len(rows) < len(names):
        first = next(name for row, name in enumerate(names) if rows[name] != row)
        warn_of_repeated(source, len(names) - len(rows), first)
    return dict(sorted(rows.items(), key=lambda item: item[1]))


def warn_of_repeated(source: object, n: int, word: str) -> None:
    """Say once that words are repeated."""
    warnings.warn(
        f"{source} has {n} more rows for words that it had before, such as {word!r}; the first "
        "row of a word counts.",
        VectorFileWarning,
        stacklevel=2,
    )
