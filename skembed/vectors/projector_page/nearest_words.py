"""Directions of word vectors, and the nearest neighbours of each word."""

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

__all__ = ["directions", "nearest_words"]


def directions(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scale vectors to length 1; vectors of zeros, which have no direction, stay as they are.

    Parameters
    ----------
    values : ndarray of shape (n_words, vector_size), dtype float32
        The word vectors.

    Returns
    -------
    ndarray of shape (n_words, vector_size), dtype float32
        The scaled vectors.
    """
    largest = np.abs(values).max(axis=1, keepdims=True)
    largest[largest == 0] = 1
    scaled = values / largest  # so that no square overflows or vanishes
    units: npt.NDArray[np.float32] = normalize(scaled, copy=False)
    return units


def nearest_words(
    units: npt.NDArray[np.float32], n_neighbors: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Find the words whose vectors have the largest cosine with that of each word.

    Parameters
    ----------
    units : ndarray of shape (n_words, vector_size), dtype float32
        The word vectors, as :func:`directions` returns them.
    n_neighbors : int
        Number of neighbours to find.

    Returns
    -------
    rows : ndarray of shape (n_words, n_neighbors), dtype int32
        Rows of the neighbours, nearest first; -1 where there is none. A vector of zeros has no
        neighbours and is nobody's neighbour.
    cosines : ndarray of shape (n_words, n_neighbors), dtype float32
        Their cosines; 0 where there is none.
    """
    rows = np.full((len(units), n_neighbors), -1, np.int32)
    cosines = np.zeros((len(units), n_neighbors), np.float32)
    directed = np.flatnonzero(units.any(axis=1))
    n_found = min(n_neighbors, len(directed) - 1)
    if n_found < 1:
        return rows, cosines
    # Vectors of length 1 are in the same order by Euclidean distance, which is searched faster.
    search = NearestNeighbors(n_neighbors=n_found, algorithm="brute").fit(units[directed])
    distances, places = search.kneighbors()
    rows[directed, :n_found] = directed[places]
    cosines[directed, :n_found] = 1 - distances**2 / 2
    return rows, cosines
