"""Rows of one length."""

from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skembed._fit_task import fit_task
from skembed._sequence_transformer import SequenceTransformer
from skembed._validation import check_sequences
from skembed.sequences import TokenSequences

__all__ = ["PadSequences"]


class PadSequences(SequenceTransformer):
    """Pad and truncate documents to one length, as ``keras.utils.pad_sequences`` does.

    Parameters
    ----------
    maxlen : int, float in (0, 1) or None, default=None
        The length in ids. None means the longest document seen in ``fit``; a float
        means that quantile of the lengths seen, rounded up.
    padding : {"pre", "post"}, default="pre"
        Where shorter documents are filled up.
    truncating : {"pre", "post"}, default="pre"
        Where longer documents lose ids.
    value : int, default=0
        The id that fills up. Zero is padding for every step that follows; any other
        number counts as a word.

    Attributes
    ----------
    maxlen_ : int
        The length of all rows.

    See Also
    --------
    KerasTokenizerTransformer : Makes the sequences from text.

    References
    ----------
    https://keras.io/api/data_loading/timeseries/#padsequences-function

    Examples
    --------
    >>> from skembed import PadSequences
    >>> PadSequences(maxlen=3).fit_transform([[1, 2], [3, 4, 5, 6]]).to_lists()
    [[0, 1, 2], [4, 5, 6]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "maxlen": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
            None,
        ],
        "padding": [StrOptions({"pre", "post"})],
        "truncating": [StrOptions({"pre", "post"})],
        "value": [Interval(Integral, 0, np.iinfo(np.int32).max, closed="left")],
    }

    def __init__(
        self,
        maxlen: int | float | None = None,
        *,
        padding: Literal["pre", "post"] = "pre",
        truncating: Literal["pre", "post"] = "pre",
        value: int = 0,
    ) -> None:
        self.maxlen = maxlen
        self.padding = padding
        self.truncating = truncating
        self.value = value

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the length of the rows.

        Parameters
        ----------
        X : TokenSequences, list of lists of int, or integer array of shape (n, width)
            Documents as ids.
        y : None
            Ignored.

        Returns
        -------
        PadSequences
            This instance.

        Raises
        ------
        NotSequencesError
            If `X` holds no documents, or anything but integer ids.
        """
        self._validate_params()
        lengths = check_sequences(X).lengths
        if self.maxlen is None:
            self.maxlen_ = int(lengths.max())
        elif isinstance(self.maxlen, Integral):
            self.maxlen_ = int(self.maxlen)
        else:
            self.maxlen_ = max(1, int(np.ceil(np.quantile(lengths, self.maxlen))))
        return self

    def transform(self, X: Any) -> TokenSequences:
        """Bring documents to the learned length.

        Parameters
        ----------
        X : TokenSequences, list of lists of int, or integer array of shape (n, width)
            Documents as ids.

        Returns
        -------
        TokenSequences of shape (n_documents, length)
            Rectangular, with the vocabulary of `X`.

        Raises
        ------
        NotSequencesError
            If `X` holds no documents, or anything but integer ids.
        """
        check_is_fitted(self)
        padded = check_sequences(X).padded(self.maxlen_, self.padding, self.truncating)
        return padded if self.value == 0 else padded.filled(self.value)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return one name a position: the column's name and a number from 0.

        Parameters
        ----------
        input_features : array-like of str of shape (1,), default=None
            The name of the text column; None means ``"text"``.

        Returns
        -------
        ndarray of str of shape (length,)
            Such as ``text0``, ``text1``.
        """
        check_is_fitted(self)
        (column,) = super().get_feature_names_out(input_features)
        return np.asarray([f"{column}{i}" for i in range(self.maxlen_)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True  # ids: whole numbers
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags
