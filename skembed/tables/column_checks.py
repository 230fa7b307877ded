"""Check the columns of a table: which there are, and whether they hold text, numbers or dates."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype
from scipy import sparse
from sklearn.utils import _safe_indexing, get_tags
from sklearn.utils.validation import _get_feature_names

from skembed._validation import count_documents
from skembed.errors import ColumnError, DocumentsError
from skembed.sequences import TokenSequences

__all__ = ["Column", "as_table", "check_columns", "check_text", "kind_of", "kinds_of"]

#: Position, name and kind of a column.
Column = tuple[int, str | None, str | None]

_KINDS = {
    "string": "text",
    **dict.fromkeys(
        ("integer", "floating", "boolean", "mixed-integer-float", "decimal"), "numbers"
    ),
    **dict.fromkeys(("datetime64", "datetime", "date", "timedelta64", "timedelta"), "dates"),
}
_HOLDS = {"text": "text", "numbers": "numbers", "dates": "dates or times"}


def as_table(X: Any) -> Any:
    """Return a table; make a data frame of a dict of columns.

    Parameters
    ----------
    X : data frame, dict of columns of one length, 2-D array, sparse matrix or list of rows
        The table. The row labels of columns in a dict are ignored.

    Raises
    ------
    DocumentsError
        If there are no rows.
    ColumnError
        If `X` is no table, or if the columns differ in length.
    """
    table: Any = X
    if isinstance(X, Mapping):
        table = _frame(X)
    elif isinstance(X, list | tuple):
        table = np.array(X, dtype=object)  # of one dimension if the rows differ in length
    shape = getattr(table, "shape", ())
    if isinstance(X, str | bytes) or shape[:1] == (0,):
        count_documents(table)
    if len(shape) != 2 or isinstance(X, TokenSequences):
        raise ColumnError(
            "Expected a table: a data frame, a dict of columns or a 2-D array; got "
            f"{type(X).__name__} of shape {tuple(shape)}. For a single column of text, use its "
            "tokenizer without a TextColumnTransformer."
        )
    return table


def _frame(columns: Mapping[Any, Any]) -> pd.DataFrame:
    if not columns:
        raise ColumnError("Expected a dict of columns, got an empty one.")
    lengths = {}
    for name, column in columns.items():
        is_column = hasattr(column, "__len__") and len(getattr(column, "shape", [0])) == 1
        if not is_column or isinstance(column, str | bytes | Mapping):
            raise ColumnError(
                f"Column {name!r} of the dict is {type(column).__name__} ({column!r:.60}), "
                "expected a list or a 1-D array: for one document, pass a list of one value."
            )
        lengths[name] = len(column)
    if len({*lengths.values()}) != 1:
        raise ColumnError(f"The columns of the dict must be of one length, but have {lengths}.")
    # A data frame would put each Series where its row labels belong, not in their order.
    plain = {name: pd.Series(column).array for name, column in columns.items()}
    return pd.DataFrame(plain)


def kind_of(column: Any) -> str | None:
    """Tell what a column holds, missing values aside.

    Parameters
    ----------
    column : Series or 1-D array
        The column.

    Returns
    -------
    {"text", "numbers", "dates"} or None
        None if all values are missing, or if there is something else among them.
    """
    dtype = getattr(column, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype):
        column = pd.Series(column).cat.categories
    elif not isinstance(dtype, np.dtype | pd.api.extensions.ExtensionDtype):
        column = np.asarray(column)  # of another library
    inferred = infer_dtype(column, skipna=True)
    if inferred == "floating" and pd.isna(column).all():
        return None  # also a column of text is read as this if it is empty
    return _KINDS.get(inferred)


def kinds_of(X: Any, positions: Iterable[int]) -> list[Column]:
    """Tell what columns of a table hold.

    Parameters
    ----------
    X : table
        As :func:`as_table` returns it.
    positions : iterable of int
        The columns.

    Returns
    -------
    list of (int, str or None, str or None)
        Position, name and kind of each column; the name is None if the columns have no names.
    """
    names = _get_feature_names(X)
    return [
        (
            i,
            None if names is None else str(names[i]),
            "numbers" if sparse.issparse(X) else kind_of(_safe_indexing(X, int(i), axis=1)),
        )
        for i in positions
    ]


def check_columns(X: Any, learned: list[Column], n_columns: int) -> None:
    """Check that a table has the columns seen in ``fit``, each of the same kind.

    Parameters
    ----------
    X : table
        As :func:`as_table` returns it.
    learned : list of (int, str or None, str or None)
        The columns that are used, as :func:`kinds_of` told in ``fit``.
    n_columns : int
        The number of columns in ``fit``.

    Raises
    ------
    ColumnError
        If a column is missing or holds something else; the message names each.
    """
    names = _get_feature_names(X)
    had_names = all(name is not None for _, name, _ in learned)
    if had_names and names is None:
        raise ColumnError(
            f"{type(X).__name__} has no names of columns, but this transformer was fitted on "
            f"{_named([name for _, name, _ in learned])}: pass a data frame or a dict with them."
        )
    if names is not None and had_names:
        places = {str(name): i for i, name in enumerate(names)}
        missing = [name for _, name, _ in learned if name not in places]
        if missing:
            raise ColumnError(
                f"The table lacks {_named(missing)}, on which this transformer was fitted. It has "
                f"{_named([*places])}: rename or add what is missing."
            )
        positions = [places[str(name)] for _, name, _ in learned]
    elif X.shape[1] != n_columns:
        raise ColumnError(
            f"The table has {X.shape[1]} columns, but had {n_columns} in fit: without names, "
            "columns are found by their position, so pass all of them in the same order."
        )
    else:
        positions = [i for i, _, _ in learned]
    wrong = [
        f"Column {i if name is None else name!r} holds {_HOLDS[now]}, but held {_HOLDS[before]} "
        "in fit."
        for (i, name, before), (_, _, now) in zip(learned, kinds_of(X, positions))
        if before is not None and now is not None and before != now
    ]
    if wrong:
        raise ColumnError(
            f"{' '.join(wrong)} Pass the columns as in fit: convert them, for example with "
            "frame.astype, or check their names and order."
        )


def check_text(name: str, step: Any, X: Any, columns: Any) -> None:
    """Check that what a step of text gets is one column of text, if the step is such.

    Parameters
    ----------
    name : str
        The name of the transformer.
    step : estimator
        Its first step.
    X : table
        The table.
    columns : str, int, list, slice or mask
        The columns that the transformer gets.

    Raises
    ------
    ColumnError
        If it gets several columns, or one that holds no text.
    DocumentsError
        If a text is missing.
    """
    takes = get_tags(step).input_tags
    if not takes.string or not takes.one_d_array or takes.two_d_array:
        return
    what = f"{type(step).__name__} (transformer {name!r})"
    selected = _safe_indexing(X, columns, axis=1)
    if len(selected.shape) == 2:
        if selected.shape[1] != 1:
            raise ColumnError(
                f"{what} takes one column of text, but gets {selected.shape[1]} columns "
                f"({columns!r:.80}): list a transformer for each of them, or join their texts."
            )
        selected = _safe_indexing(selected, 0, axis=1)
    if takes.categorical:
        return
    label = getattr(selected, "name", None)
    column = repr(columns if label is None else label)
    kind = kind_of(selected)
    if kind not in ("text", None):
        raise ColumnError(
            f"Column {column} holds {_HOLDS[kind]}, but {what} takes text: use a transformer of "
            "numbers, CategoryTokenizer for categories, or convert the column with astype(str)."
        )
    if takes.allow_nan:
        return
    values = np.asarray(selected, dtype=object)
    at = np.flatnonzero(pd.isna(values))
    if len(at):
        raise DocumentsError(
            f"Column {column} has no text in {len(at)} of {len(values)} rows, the first at "
            f"position {at[0]}, but {what} needs one: replace missing texts, as in "
            'frame["title"].fillna(""), or put SimpleImputer(missing_values=pandas.NA, '
            'strategy="constant", fill_value="") before it and select the column in a list, such '
            'as ["title"].'
        )
    for i, value in enumerate(values if kind is None else ()):
        if not isinstance(value, str | list | tuple | np.ndarray):
            raise DocumentsError(
                f"Column {column} holds {type(value).__name__} ({value!r:.60}) at position {i}, "
                f"but {what} takes text: convert it, for example with astype(str)."
            )


def _named(names: list[Any]) -> str:
    return f"column{'s' * (len(names) > 1)} {', '.join(map(repr, names))}"
