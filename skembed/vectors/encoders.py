"""Word vectors from an encoder, with each word encoded once."""

from collections.abc import Collection, MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorSourceError
from skembed.vectors.result import FoundVectors, to_finite_floats

__all__ = ["encode_words"]

Rows = dict[str, npt.NDArray[Any]]

# Vectors by encoder: the next fold of a cross-validation has nearly the same words.
_CACHE: MutableMapping[Any, Rows] = WeakKeyDictionary()
_N_PROBES = 8  # cached words that are encoded again, to detect a changed encoder


def encode_words(encoder: Any, words: Collection[str]) -> FoundVectors:
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
    cached = _get_cached_rows(encoder)
    new = [word for word in words if word not in cached]
    probes = [word for word in words if word in cached][:_N_PROBES]
    rows = _encode(encoder, [*new, *probes])
    if not all(_is_close(rows[word], cached[word]) for word in probes):
        cached.clear()
        rows = _encode(encoder, [*words])
    cached.update(rows)
    return to_finite_floats([*words], [cached[word] for word in words], type(encoder).__name__)


def _is_close(row: npt.NDArray[Any], previous: npt.NDArray[Any]) -> bool:
    """Whether two vectors are equal up to rounding, which varies with the batch of words."""
    return row.shape == previous.shape and np.allclose(row, previous)


def _get_cached_rows(encoder: Any) -> Rows:
    try:
        return _CACHE.setdefault(encoder, {})
    except TypeError:  # not hashable, or without support for weak references
        return {}


def _encode(encoder: Any, words: list[str]) -> Rows:
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
