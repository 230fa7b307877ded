"""What the steps share whose output is ``TokenSequences``."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.callback import CallbackSupportMixin

__all__ = ["SequenceTransformer"]


class SequenceTransformer(CallbackSupportMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Base of the steps that return ``TokenSequences``.

    These are no table, so scikit-learn must not wrap them into one; yet a pipeline
    that is asked for pandas output asks each of its steps, and must not fail here.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Accept the request and keep returning ``TokenSequences``.

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
        """Return the name of the text column that the documents came from.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The name of the column; None means ``"text"``.

        Returns
        -------
        ndarray of str
            The names, unchanged.
        """
        return np.asarray(["text"] if input_features is None else input_features, dtype=object)
