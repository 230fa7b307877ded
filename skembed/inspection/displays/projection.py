"""Project word vectors to two dimensions."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from skembed.errors import NotInstalledError

__all__ = ["PROJECTIONS", "project"]

PROJECTIONS = ("pca", "tsne", "umap")

Floats = npt.NDArray[np.float64]


def project(units: Floats, projection: str, random_state: Any) -> tuple[Floats, tuple[str, str]]:
    """Project vectors of length 1 to two dimensions, and name these.

    Parameters
    ----------
    units : ndarray of shape (n_words, dim)
        At least two vectors.
    projection : {"pca", "tsne", "umap"}
        The method. Fewer than four vectors, or those of one dimension, are left to PCA.
    random_state : int, RandomState instance or None
        Controls the last two.

    Returns
    -------
    positions : ndarray of shape (n_words, 2), dtype float64
        The positions. A single dimension is completed by zeros.
    labels : tuple of two str
        Names of the dimensions, with the share of the variance where it is known.

    Raises
    ------
    NotInstalledError
        If umap-learn is not installed.
    """
    n_words, dim = units.shape
    if projection == "pca" or n_words < 4 or dim < 2:
        pca = PCA(min(2, n_words, dim))
        positions = np.zeros((n_words, 2))
        if np.ptp(units, axis=0).any():
            positions[:, : pca.n_components] = pca.fit_transform(units)
            shares = [*pca.explained_variance_ratio_, 0.0]
        else:
            shares = [0.0, 0.0]
        return positions, (
            f"first principal component ({shares[0]:.0%} of variance)",
            f"second principal component ({shares[1]:.0%} of variance)",
        )
    if projection == "tsne":
        method = TSNE(
            perplexity=min(30, (n_words - 1) / 3), metric="cosine", random_state=random_state
        )
        name = "t-SNE"
    else:
        method = _umap()(
            n_neighbors=min(15, n_words - 1), metric="cosine", random_state=random_state, n_jobs=1
        )
        name = "UMAP"
    positions = np.asarray(method.fit_transform(units.astype(np.float32)), np.float64)
    return positions, (f"{name}, first dimension", f"{name}, second dimension")


def _umap() -> Any:
    try:
        from umap import UMAP
    except ImportError as error:
        raise NotInstalledError(
            'projection="umap" needs umap-learn, which is not installed: run '
            'pip install umap-learn, or use projection="tsne".'
        ) from error
    return UMAP
