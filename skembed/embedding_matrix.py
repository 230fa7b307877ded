"""The word vectors that travel with token sequences."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skembed._pickles import Lasting
from skembed.errors import VectorSourceError

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

    Raises
    ------
    VectorSourceError
        If `values` is not such an array.

    See Also
    --------
    PretrainedEmbeddingMatrix : The step that looks the vectors up.
    TokenSequences.with_embedding : Attach the vectors to sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from skembed import EmbeddingMatrix, TokenSequences, Vocabulary
    >>> sequences = TokenSequences.from_lists([[1, 2], [2]], Vocabulary(["good", "poor"]))
    >>> sequences.with_embedding(EmbeddingMatrix(np.eye(3, dtype=np.float32)))
    <TokenSequences of 2 documents, 3 tokens, 3 ids, ragged, 3-d vectors>
    """

    values: npt.NDArray[np.float32]

    @staticmethod
    def equal(mine: "EmbeddingMatrix | None", theirs: "EmbeddingMatrix | None") -> bool:
        """Tell whether two matrices have equal vectors, or both are None.

        Parameters
        ----------
        mine, theirs : EmbeddingMatrix or None
            The matrices.

        Returns
        -------
        bool
            True if they do.
        """
        if mine is None or theirs is None:
            return mine is theirs
        return mine is theirs or np.array_equal(mine.values, theirs.values)

    def __post_init__(self) -> None:
        values = self.values
        if not isinstance(values, np.ndarray) or values.ndim != 2 or values.dtype != np.float32:
            found = (
                f"an array of {values.dtype} of shape {values.shape}"
                if isinstance(values, np.ndarray)
                else repr(values)[:60]
            )
            raise VectorSourceError(
                f"Expected a float32 array of shape (n_ids, dim), got {found}. Convert it with "
                "np.asarray(values, np.float32)."
            )
