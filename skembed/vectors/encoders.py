"""Word vectors that an encoder makes, each once."""

from collections.abc import Collection, MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorSourceError
from skembed.vectors.result import FoundVectors, finite_floats

__all__ = ["encoded"]

Rows = dict[str, npt.NDArray[Any]]

# Of each encoder, the rows that it has made: the next fold asks for nearly the same words.
_MADE: MutableMapping[Any, Rows] = WeakKeyDictionary()
_PROBES = 8  # words that are encoded again, to see whether the encoder is still the same


def encoded(encoder: Any, words: Collection[str]) -> FoundVectors:
    """Return the vectors that an encoder gives to words.

    A word is encoded once for as long as the encoder lives and gives its words the vectors
    that it gave before.

    Parameters
    ----------
    encoder : object with ``encode``
        It takes a list of str and returns an array of as many rows.
    words : collection of str
        The words.

    Raises
    ------
    VectorSourceError
        If it returns anything else.
    VectorFileError
        If the vectors are no finite numbers.
    """
    made = _made_by(encoder)
    new = [word for word in words if word not in made]
    probes = [word for word in words if word in made][:_PROBES]
    rows = _rows(encoder, [*new, *probes])
    if not all(_same(rows[word], made[word]) for word in probes):
        made.clear()
        rows = _rows(encoder, [*words])
    made.update(rows)
    return finite_floats([*words], [made[word] for word in words], type(encoder).__name__)


def _same(row: npt.NDArray[Any], as_before: npt.NDArray[Any]) -> bool:
    """Whether they are equal but for rounding, which depends on what else is encoded."""
    return row.shape == as_before.shape and np.allclose(row, as_before)


def _made_by(encoder: Any) -> Rows:
    try:
        return _MADE.setdefault(encoder, {})
    except TypeError:  # it cannot be hashed, or not be watched
        return {}


def _rows(encoder: Any, words: list[str]) -> Rows:
    try:
        values = np.asarray(encoder.encode(words))
    except ValueError as error:
        raise VectorSourceError(
            f"{type(encoder).__name__}.encode returned no array: {error}"
        ) from error
    if values.ndim != 2 or len(values) != len(words) or values.dtype.kind not in "fiu":
        raise VectorSourceError(
            f"{type(encoder).__name__}.encode returned {values.dtype} {values.shape} for "
            f"{len(words)} words; expected a row of numbers for each."
        )
    return dict(zip(words, values))
