"""Base class of the transformers that return ``TokenSequences``."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.callback import CallbackSupportMixin

from skembed._training_only import TrainingOnly

__all__ = ["SequenceTransformer"]


class SequenceTransformer(
    TrainingOnly,
    CallbackSupportMixin,  # type: ignore[misc]
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
        """Do nothing: the output is always ``TokenSequences``.

        Parameters
        ----------
        transform : str, default=None
            Ignored.

        Returns
        -------
        SequenceTransformer
            This instance.
        """
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
