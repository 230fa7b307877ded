"""The word vectors that travel with token sequences."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skembed._pickles import Lasting

__all__ = ["EmbeddingMatrix"]


@dataclass(frozen=True, eq=False)
class EmbeddingMatrix(Lasting):
    """One vector for each id; row 0, for padding, is zero.

    This wrapper makes sure that pickle stores the array only once when both the
    embedding step and the network refer to it.

    Parameters
    ----------
    values : ndarray of shape (n_ids, dim), dtype float32
        The vectors.
    """

    values: npt.NDArray[np.float32]
