"""Convert word vectors to a gensim ``KeyedVectors``."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["keyed_vectors"]


def keyed_vectors(
    rows: Mapping[str, int], values: npt.NDArray[np.float32], without: Collection[str] = ()
) -> Any:
    """Convert the rows of a matrix to a gensim ``KeyedVectors``.

    Parameters
    ----------
    rows : mapping of str to int
        Row of each word in `values`.
    values : ndarray of shape (n_rows, vector_size), dtype float32
        Matrix of word vectors.
    without : collection of str
        Words to exclude.

    Returns
    -------
    gensim.models.KeyedVectors
        The words in the order of `rows`, with their vectors.
    """
    from gensim.models import KeyedVectors

    left_out = frozenset(without)
    words = [word for word in rows if word not in left_out]
    keyed = KeyedVectors(values.shape[1], dtype=np.float32)
    keyed.index_to_key = words
    keyed.key_to_index = {word: row for row, word in enumerate(words)}
    keyed.vectors = values[[rows[word] for word in words]]
    return keyed
