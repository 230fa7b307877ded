"""Base class of the transformers that return ``TokenSequences``."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

from skembed._fit_task import CallbackSupport
from skembed._training_only import TrainingOnly

__all__ = ["SequenceTransformer", "position_names"]


class SequenceTransformer(
    TrainingOnly,
    CallbackSupport,
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Base class of the transformers that return ``TokenSequences``.

    ``TokenSequences`` are not tabular, so scikit-learn must not wrap them in a data frame.
    A pipeline passes ``set_output`` on to all its steps, so the method must still exist.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Do nothing: the output is always ``TokenSequences``, which keep the row labels.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Data frames that later steps make, such as :class:`EmbeddingVectorizer`, get the row
            labels of the table that the documents come from.

        Returns
        -------
        SequenceTransformer
            This instance.

        Raises
        ------
        ValueError
            If scikit-learn knows no such output.
        """
        if transform not in (None, "default", "pandas", "polars"):
            raise ValueError(
                f"transform must be 'default', 'pandas' or 'polars', got {transform!r}."
            )
        return self

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the name of the text column.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The name of the text column; None means ``"text"``.

        Returns
        -------
        ndarray of str
            The name, unchanged.
        """
        return np.asarray(["text"] if input_features is None else input_features, dtype=object)


def position_names(column: str, width: int) -> npt.NDArray[np.object_]:
    """Return one name per position of padded sequences: ``text0``, ``text1`` and so on.

    Parameters
    ----------
    column : str
        The name of the text column.
    width : int
        The number of ids per document.
    """
    return np.asarray([f"{column}{i}" for i in range(width)], dtype=object)
