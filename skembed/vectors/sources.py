"""Word vectors from whatever holds them."""

from collections.abc import Collection, Mapping
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError, VectorSourceError
from skembed.vectors.readers import read_text_vectors

__all__ = ["FoundVectors", "find_vectors"]


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


def find_vectors(source: Any, words: Collection[str]) -> FoundVectors:
    """Look words up in a file, a gensim ``KeyedVectors`` or a mapping.

    Parameters
    ----------
    source : str, path-like, KeyedVectors or mapping of str to array of shape (dim,)
        Where the vectors are. A gensim model with vectors in its ``wv`` is as good.
    words : collection of str
        The words that are wanted.

    Raises
    ------
    VectorFileError
        If a file cannot be read, or a mapping's vectors are no finite numbers of one
        length.
    VectorSourceError
        If `source` is none of these.
    """
    source = getattr(source, "wv", source)
    if isinstance(source, str | PathLike):
        found = FoundVectors(*read_text_vectors(source, words))
    elif hasattr(source, "key_to_index") and hasattr(source, "vectors"):
        found = _from_keyed_vectors(source, words)
    elif isinstance(source, Mapping):
        found = _from_mapping(source, words)
    else:
        raise VectorSourceError(
            "Expected word vectors as a path, a gensim KeyedVectors or a mapping from word to "
            f"vector, got {type(source).__name__}."
        )
    broken = np.flatnonzero(~np.isfinite(found.values).all(axis=1))
    for word, row in found.rows.items() if len(broken) else ():
        if row in broken:
            raise VectorFileError(
                f"The vector of {word!r} holds NaN or infinity, expected finite numbers: mend the "
                "source."
            )
    return found


def _from_keyed_vectors(vectors: Any, words: Collection[str]) -> FoundVectors:
    index: dict[str, int] = vectors.key_to_index
    found = [word for word in words if word in index]
    values = np.asarray(vectors.vectors[[index[word] for word in found]], np.float32)
    rows = {word: row for row, word in enumerate(found)}
    return FoundVectors(rows, values.reshape(len(found), vectors.vector_size))


def _from_mapping(vectors: Mapping[str, Any], words: Collection[str]) -> FoundVectors:
    if not vectors:
        raise VectorFileError("The mapping of word vectors is empty.")
    size = np.size(next(iter(vectors.values())))
    found = [word for word in words if word in vectors]
    values = np.zeros((len(found), size), np.float32)
    for row, word in enumerate(found):
        try:
            vector = np.asarray(vectors[word], np.float64)
        except (TypeError, ValueError):
            vector = np.zeros(0)
        if size == 0 or vector.shape != (size,):
            raise VectorFileError(
                f"The vector of {word!r} is {vectors[word]!r:.60}; expected {size or 'some'} "
                "numbers in a row, as the first word of the mapping has."
            )
        with np.errstate(over="ignore"):  # infinity is refused with the word's name
            values[row] = vector
    return FoundVectors({word: row for row, word in enumerate(found)}, values)
