"""Numbers as bins, for linear models beside word counts."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted, validate_data

from skembed._fit_task import CallbackSupport, fit_task
from skembed._training_only import TrainingOnly

__all__ = ["NumberBins"]


class NumberBins(
    TrainingOnly,
    CallbackSupport,
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Replace each number by the bin that it falls into.

    The bins of a column hold about equally many training rows, so its scale and outliers do not
    matter, and a linear model can follow any curve. A missing number has a bin of its own, and so
    has a value that fills more than one bin, such as a frequent zero. Unlike
    ``KBinsDiscretizer``, columns of few values or a single one need no care.

    Parameters
    ----------
    n_bins : int, default=10
        Number of bins of each column; fewer if it has fewer distinct values.

    Attributes
    ----------
    edges_ : list of ndarray of float64
        The lower edges of the bins of each column, without that of the lowest bin.
    n_features_in_ : int
        Number of columns.

    Examples
    --------
    >>> from skembed.tables import NumberBins
    >>> NumberBins(n_bins=2).fit_transform([[1.0], [7.0], [8.0], [float("nan")]]).toarray()
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_bins": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(self, n_bins: int = 10) -> None:
        self.n_bins = n_bins

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the edges of the bins.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            The numbers; NaN where one is missing.
        y : None
            Ignored.

        Returns
        -------
        NumberBins
            This instance.
        """
        self._validate_params()
        numbers = self._numbers(X, reset=True)
        self.edges_ = [_edges(column, self.n_bins) for column in numbers.T]
        return self

    def transform(self, X: Any) -> Any:
        """Return an indicator for each bin.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            The numbers; NaN where one is missing.

        Returns
        -------
        csr_array of shape (n_rows, n_bins of all columns), dtype float64
            One in each column's bin. The last bin of a column is for missing numbers.
        """
        check_is_fitted(self)
        numbers = self._numbers(X, reset=False)
        n_rows, n_columns = numbers.shape
        starts = np.cumsum([0, *(len(edges) + 2 for edges in self.edges_)])
        bins = np.empty(numbers.shape, np.int64)
        for i, (column, edges) in enumerate(zip(numbers.T, self.edges_)):
            place = np.searchsorted(edges, column, side="right")
            bins[:, i] = starts[i] + np.where(np.isnan(column), len(edges) + 1, place)
        rows = np.arange(0, bins.size + 1, n_columns)
        return sparse.csr_array((np.ones(bins.size), bins.ravel(), rows), (n_rows, starts[-1]))

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the range of each bin, such as ``"price >= 3"``.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The names of the columns; None means those seen in ``fit``.

        Returns
        -------
        ndarray of str
            The names of the bins.
        """
        check_is_fitted(self)
        columns = getattr(self, "feature_names_in_", range(self.n_features_in_))
        columns = columns if input_features is None else input_features
        names = [
            f"{column} {where}"
            for column, edges in zip(columns, self.edges_)
            for where in ("lowest", *(f">= {edge:g}" for edge in edges), "missing")
        ]
        return np.asarray(names, dtype=object)

    def _numbers(self, X: Any, *, reset: bool) -> npt.NDArray[np.float64]:
        checked: npt.NDArray[np.float64] = validate_data(
            self, X, reset=reset, dtype=np.float64, ensure_all_finite=False
        )
        return checked

    def _summary(self) -> str:
        return f"{sum(len(edges) + 1 for edges in self.edges_):,} bins"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _edges(column: npt.NDArray[np.float64], n_bins: int) -> npt.NDArray[np.float64]:
    values = np.unique(column[~np.isnan(column)])
    if len(values) <= n_bins:
        return values[1:]
    given = column[~np.isnan(column)]
    cuts = np.quantile(given, np.linspace(0, 1, n_bins + 1)[1:-1], method="inverted_cdf")
    frequent = cuts[1:][cuts[1:] == cuts[:-1]]  # ends before the next value
    ends = np.searchsorted(values, frequent, side="right")
    edges: npt.NDArray[np.float64] = np.unique([*cuts, *values[ends[ends < len(values)]]])
    return edges
