"""Word vectors from an encoder, with each word encoded once."""

from collections.abc import Collection, MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorSourceError
from skembed.vectors.result import FoundVectors, finite_floats

__all__ = ["encoded"]

Rows = dict[str, npt.NDArray[Any]]

# Vectors by encoder: the next fold of a cross-validation has nearly the same words.
_CACHE: MutableMapping[Any, Rows] = WeakKeyDictionary()
_PROBES = 8  # cached words that are encoded again, to detect a changed encoder


def encoded(encoder: Any, words: Collection[str]) -> FoundVectors:
    """Return the vectors of some words from an encoder.

    Vectors are cached per encoder object. A few cached words are encoded again in each call;
    if their vectors differ, the encoder has changed and its cache is cleared.

    Parameters
    ----------
    encoder : object with ``encode``
        ``encode`` takes a list of str and returns an array with one row per str.
    words : collection of str
        Words to encode.

    Raises
    ------
    VectorSourceError
        If ``encode`` does not return one row of numbers per word.
    VectorFileError
        If a vector has NaN or infinite values.
    """
    made = _cached_rows(encoder)
    new = [word for word in words if word not in made]
    probes = [word for word in words if word in made][:_PROBES]
    rows = _rows(encoder, [*new, *probes])
    if not all(_same(rows[word], made[word]) for word in probes):
        made.clear()
        rows = _rows(encoder, [*words])
    made.update(rows)
    return finite_floats([*words], [made[word] for word in words], type(encoder).__name__)


def _same(row: npt.NDArray[Any], as_before: npt.NDArray[Any]) -> bool:
    """Whether two vectors are equal up to rounding, which varies with the batch of words."""
    return row.shape == as_before.shape and np.allclose(row, as_before)


def _cached_rows(encoder: Any) -> Rows:
    try:
        return _CACHE.setdefault(encoder, {})
    except TypeError:  # not hashable, or without support for weak references
        return {}


def _rows(encoder: Any, words: list[str]) -> Rows:
    try:
        values = np.asarray(encoder.encode(words))
    except ValueError as error:
        raise VectorSourceError(
            f"{type(encoder).__name__}.encode must return an array: {error}"
        ) from error
    if values.ndim != 2 or len(values) != len(words) or values.dtype.kind not in "fiu":
        raise VectorSourceError(
            f"{type(encoder).__name__}.encode returned {values.dtype} {values.shape} for "
            f"{len(words)} words; expected a 2-D numeric array with one row per word."
        )
    return dict(zip(words, values))
