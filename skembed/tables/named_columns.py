"""Read the columns of a table that a model was told of by name."""

from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _get_feature_names, check_is_fitted

from skembed._fit_task import CallbackSupport, fit_task
from skembed._training_only import TrainingOnly
from skembed.errors import ColumnError, DocumentsError, EmptyVocabularyError
from skembed.tables.column_checks import as_table, check_columns, kind_of, kinds_of
from skembed.tokenization.categories import category_tokens

__all__ = ["NamedColumns"]

_HOLDS = {
    "text": ("text", "name it in texts or categories, or convert it with pandas.to_numeric"),
    "numbers": ("numbers", "name it in numbers or categories, or convert it with astype(str)"),
    "dates": ("dates or times", "make numbers of them, such as frame['date'].dt.year"),
    None: ("values of several kinds", "convert them to one, for example with pandas.to_numeric"),
}


class NamedColumns(
    TrainingOnly,
    CallbackSupport,
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Read columns of a table by name, check them, and fill in what is missing.

    A missing text is empty. A missing number stays NaN. Categories become text, the missing ones
    ``"[NA]"``, as in :class:`CategoryTokenizer`.

    Parameters
    ----------
    texts, numbers, categories : list of str, default=()
        The names of the columns of each kind. Other columns of a table are ignored.

    Attributes
    ----------
    n_features_in_ : int
        The number of columns seen in ``fit``.

    Examples
    --------
    >>> from skembed.tables import NamedColumns
    >>> read = NamedColumns(texts=["title"], numbers=["price"], categories=["city"])
    >>> read.fit_transform({"price": [3, None], "title": ["Hat", None], "city": ["Rome", None]})
      title  price  city
    0   Hat    3.0  Rome
    1          NaN  [NA]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "texts": [list, tuple],
        "numbers": [list, tuple],
        "categories": [list, tuple],
    }

    def __init__(
        self,
        *,
        texts: list[str] | tuple[str, ...] = (),
        numbers: list[str] | tuple[str, ...] = (),
        categories: list[str] | tuple[str, ...] = (),
    ) -> None:
        self.texts = texts
        self.numbers = numbers
        self.categories = categories

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn where the columns are and what they hold.

        Parameters
        ----------
        X : data frame or dict of columns
            The table.
        y : None
            Ignored.

        Returns
        -------
        NamedColumns
            This instance.

        Raises
        ------
        ColumnError
            If `X` is no table with names, if it lacks a column, or if one holds something else.
        DocumentsError
            If there are no rows, or if a value is no text or category.
        EmptyVocabularyError
            If a text is empty in all rows.
        """
        self._validate_params()
        table = as_table(X)
        learned = kinds_of(table, self._positions(table))
        read = self._read(table)
        for name in self.texts:
            if not read[name].str.strip().any():
                raise EmptyVocabularyError(
                    f"Column {name!r} was named in texts, but is empty in all {len(read)} rows: "
                    "leave it out."
                )
        self._learned, self.n_features_in_ = learned, table.shape[1]
        return self

    def transform(self, X: Any) -> pd.DataFrame:
        """Read the columns.

        Parameters
        ----------
        X : data frame or dict of columns
            The table. The order of its columns does not matter.

        Returns
        -------
        DataFrame
            The named columns alone: text as str, numbers as float64, categories as str.

        Raises
        ------
        ColumnError, DocumentsError
            As in :meth:`fit`.
        """
        check_is_fitted(self)
        table = as_table(X)
        check_columns(table, self._learned, self.n_features_in_)
        return self._read(table)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Ignored: other columns of the table are dropped.

        Returns
        -------
        ndarray of str
            The names.
        """
        return np.asarray(self._names(), dtype=object)

    def _names(self) -> list[str]:
        return [*self.texts, *self.numbers, *self.categories]

    def _positions(self, table: Any) -> list[int]:
        names = _get_feature_names(table)
        if names is None:
            raise ColumnError(
                f"The table, {type(table).__name__}, has no names of columns: pass a data frame "
                f"or a dict with the columns {self._names()}."
            )
        places = {name: i for i, name in enumerate(names)}
        missing = [name for name in self._names() if name not in places]
        if missing:
            raise ColumnError(
                f"The table lacks the columns {missing}. It has {[*map(str, names)]}: rename or "
                "add what is missing."
            )
        return [places[name] for name in self._names()]

    def _read(self, table: Any) -> pd.DataFrame:
        columns = {
            name: read(name, _safe_indexing(table, name, axis=1))
            for kind, read in _READERS.items()
            for name in getattr(self, kind)
        }
        return pd.DataFrame(columns)

    def _summary(self) -> str:
        return f"{len(self._names()):,} of {self.n_features_in_:,} columns"


def _text(name: str, column: Any) -> npt.NDArray[np.object_]:
    if kind_of(column) in ("numbers", "dates"):
        raise _other_kind(name, "texts", column)
    values = np.asarray(column, dtype=object)
    values = np.where(pd.isna(values), "", values)
    for i, value in enumerate(values):
        if not isinstance(value, str):
            raise DocumentsError(
                f"Column {name!r} was named in texts, but holds {type(value).__name__} "
                f"({value!r:.60}) at position {i}: convert it, for example with astype(str)."
            )
    return values


def _numbers(name: str, column: Any) -> npt.NDArray[np.float64]:
    if pd.isna(np.asarray(column, dtype=object)).all():
        return np.full(len(column), np.nan)
    if kind_of(column) != "numbers":
        raise _other_kind(name, "numbers", column)
    if hasattr(column, "to_numpy") and hasattr(column, "iloc"):  # pandas: also its own types
        numbers: npt.NDArray[np.float64] = column.to_numpy(np.float64, na_value=np.nan)
        return numbers
    return np.asarray(column, dtype=np.float64)


def _categories(name: str, column: Any) -> npt.NDArray[np.object_]:
    if kind_of(column) == "dates":
        raise _other_kind(name, "categories", column)
    try:
        return np.asarray(category_tokens(np.asarray(column, dtype=object)), dtype=object)
    except DocumentsError as error:
        raise DocumentsError(f"Column {name!r} was named in categories. {error}") from error


_READERS = {"texts": _text, "numbers": _numbers, "categories": _categories}


def _other_kind(name: str, parameter: str, column: Any) -> ColumnError:
    holds, hint = _HOLDS[kind_of(column)]
    return ColumnError(f"Column {name!r} was named in {parameter}, but holds {holds}: {hint}.")
