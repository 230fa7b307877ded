"""Word vectors in three dimensions."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

__all__ = ["principal_axes"]

N_AXES = 3


def principal_axes(
    values: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Project vectors on their three axes of largest variance (Pearson 1901).

    Parameters
    ----------
    values : ndarray of shape (n_words, vector_size), dtype float32
        The word vectors.

    Returns
    -------
    points : ndarray of shape (n_words, 3), dtype float32
        Coordinates around their mean, scaled so that the farthest point has distance 1. Vectors of
        fewer dimensions get zeros for the missing ones.
    shares : ndarray of shape (3,), dtype float64
        Fraction of the variance along each axis.
    """
    centred = values - values.mean(axis=0, dtype=np.float64)
    size = centred.shape[1]
    variances: Any
    variances, axes = eigh(centred.T @ centred, subset_by_index=[max(size - N_AXES, 0), size - 1])
    axes = axes[:, ::-1]
    largest = np.abs(axes).argmax(axis=0)
    axes *= np.where(axes[largest, np.arange(axes.shape[1])] < 0, -1, 1)
    points = np.zeros((len(values), N_AXES))
    points[:, : axes.shape[1]] = centred @ axes
    shares = np.zeros(N_AXES)
    total = np.einsum("ij,ij", centred, centred)
    if total:
        points /= np.linalg.norm(points, axis=1).max()
        shares[: axes.shape[1]] = np.maximum(variances[::-1], 0) / total
    return points.astype(np.float32), shares
