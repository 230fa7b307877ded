"""Vectors as gensim has them."""

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.vocabulary import Vocabulary

__all__ = ["keyed_vectors"]


def keyed_vectors(
    vocabulary: Vocabulary, values: npt.NDArray[np.float32], without: Collection[str] = ()
) -> Any:
    """Return the rows of a matrix as a gensim ``KeyedVectors``.

    Parameters
    ----------
    vocabulary : Vocabulary
        The words that the rows stand for.
    values : ndarray of shape (n_ids, dim), dtype float32
        The vector of each id.
    without : collection of str
        Words to leave out.

    Returns
    -------
    gensim.models.KeyedVectors
        The words in the order of their ids, each with its vector.
    """
    from gensim.models import KeyedVectors

    left_out = frozenset(without)
    words = [word for word in vocabulary if word not in left_out]
    keyed = KeyedVectors(values.shape[1], count=len(words), dtype=np.float32)
    keyed.index_to_key = words
    keyed.key_to_index = {word: row for row, word in enumerate(words)}
    keyed.vectors = values[[vocabulary[word] for word in words]]
    return keyed
