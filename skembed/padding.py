"""Pad or truncate token sequences to one length."""

from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skembed._fit_task import fit_task
from skembed._ids import check_ids
from skembed._sequence_transformer import SequenceTransformer, position_names
from skembed._validation import check_sequences
from skembed.sequences import MAX_WIDTH, TokenSequences

__all__ = ["PadSequences"]


class PadSequences(SequenceTransformer):
    """Pad or truncate documents to one length, as ``keras.utils.pad_sequences`` does.

    Parameters
    ----------
    maxlen : int, float in (0, 1) or None, default=None
        The number of ids per document. None uses the length of the longest document
        seen in ``fit``; a float uses that quantile of the lengths, rounded up.
    padding : {"pre", "post"}, default="pre"
        Which end of shorter documents is padded.
    truncating : {"pre", "post"}, default="pre"
        Which end of longer documents is cut off.
    value : int, default=0
        The id used for padding. Later steps ignore zeros as padding; they treat any
        other value as a word.

    Attributes
    ----------
    maxlen_ : int
        The number of ids per document after padding.

    See Also
    --------
    KerasTokenizerTransformer : Converts text to sequences.

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
            Interval(Integral, 1, MAX_WIDTH, closed="both"),
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
        """Learn the output length.

        Parameters
        ----------
        X : TokenSequences, list of lists of int, or integer array of shape (n, width)
            The documents as ids.
        y : None
            Ignored.

        Returns
        -------
        PadSequences
            This instance.

        Raises
        ------
        NotSequencesError
            If `X` contains no documents or anything other than integer ids.
        IdRangeError
            If an id, or `value`, is outside the vocabulary.
        """
        self._validate_params()
        sequences = check_sequences(X)
        check_ids(np.array([self.value]), sequences.vocabulary)
        lengths = sequences.lengths
        if self.maxlen is None:
            self.maxlen_ = int(lengths.max())
        elif isinstance(self.maxlen, Integral):
            self.maxlen_ = int(self.maxlen)
        else:
            self.maxlen_ = max(1, int(np.ceil(np.quantile(lengths, self.maxlen))))
        return self

    def transform(self, X: Any) -> TokenSequences:
        """Pad or truncate documents to the learned length.

        Parameters
        ----------
        X : TokenSequences, list of lists of int, or integer array of shape (n, width)
            The documents as ids.

        Returns
        -------
        TokenSequences of shape (n_documents, length)
            The rectangular sequences, with the vocabulary of `X`.

        Raises
        ------
        NotSequencesError
            If `X` contains no documents or anything other than integer ids.
        """
        check_is_fitted(self)
        padded = check_sequences(X).padded(self.maxlen_, self.padding, self.truncating)
        return padded if self.value == 0 else padded.filled(self.value)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return one name per position: the column name followed by the position, from 0.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The name of the text column. None, or the names of several columns of ids, mean
            ``"text"``.

        Returns
        -------
        ndarray of str of shape (length,)
            The names, such as ``text0`` and ``text1``.
        """
        check_is_fitted(self)
        columns = super().get_feature_names_out(input_features)
        return position_names(columns[0] if len(columns) == 1 else "text", self.maxlen_)

    def _summary(self) -> str:
        return f"{self.maxlen_:,} ids per document"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True  # ids are integers
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags
