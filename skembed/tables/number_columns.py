"""Join columns of numbers into one part of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array, hstack, issparse
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _get_feature_names

from skembed.errors import ColumnError
from skembed.tables.column_checks import kind_of

__all__ = ["as_block", "check_numbers", "join_numbers"]


def as_block(name: str, output: Any) -> Any:
    """Return what a transformer returned as a block of columns.

    Raises
    ------
    ColumnError
        If it is not 2-D.
    """
    block = output if hasattr(output, "shape") else np.asarray(output)
    if len(block.shape) != 2:
        raise ColumnError(
            f"The transformer {name!r} returned {type(output).__name__} of shape {block.shape}, "
            "but numbers must be 2-D: select its column in a list, such as ['price'] instead of "
            "'price'."
        )
    return block


def join_numbers(blocks: Mapping[str, Any], *, as_sparse: bool) -> Any:
    """Put blocks of columns beside each other, in single precision.

    Parameters
    ----------
    blocks : mapping of str to array, sparse matrix or data frame of shape (n_rows, n_columns)
        The blocks, by the names of the transformers that returned them.
    as_sparse : bool
        Whether to return a sparse array; dense blocks become sparse then, otherwise sparse ones
        become dense.

    Returns
    -------
    ndarray or csr_array of shape (n_rows, n_numbers), dtype float32; or None
        None if there are no blocks.

    Raises
    ------
    ColumnError
        If a block has other values than numbers.
    """
    if not blocks:
        return None
    arrays: list[Any] = [_in_single_precision(name, x) for name, x in blocks.items()]
    if as_sparse:
        return hstack([*map(csr_array, arrays)], format="csr")
    return np.hstack([x.toarray() if hasattr(x, "toarray") else x for x in arrays])


def _in_single_precision(name: str, block: Any) -> Any:
    if issparse(block):
        return _rounded(block)
    if isinstance(block, np.ndarray) and block.dtype.kind in "biuf":
        return _rounded(block)
    names = _get_feature_names(block)
    columns = [_safe_indexing(block, i, axis=1) for i in range(block.shape[1])]
    for i, column in enumerate(columns):
        if kind_of(column) not in ("numbers", None):
            raise ColumnError(
                f"Column {i if names is None else names[i]!r} that the transformer {name!r} "
                "returned holds no numbers: use OneHotEncoder or CategoryTokenizer for "
                "categories, a tokenizer for text, or 'drop'."
            )
    return np.column_stack([_column(name, column) for column in columns])


def _column(name: str, column: Any) -> Any:
    try:
        if hasattr(column, "to_numpy") and hasattr(column, "iloc"):  # pandas: also its own types
            return _rounded(column.to_numpy(np.float64, na_value=np.nan))
        return _rounded(np.asarray(column, np.float64))
    except (TypeError, ValueError, OverflowError) as error:
        raise ColumnError(f"The transformer {name!r} returned no numbers: {error}") from error


def _rounded(numbers: Any) -> Any:
    with np.errstate(over="ignore"):  # check_numbers names the column
        return numbers.astype(np.float32)


def check_numbers(numbers: Any, names: Sequence[str]) -> None:
    """Check that no number is missing or infinite.

    Parameters
    ----------
    numbers : ndarray or csr_array of shape (n_rows, n_numbers), dtype float32
        The numbers.
    names : sequence of str of length n_numbers
        The names of the columns.

    Raises
    ------
    ColumnError
        If one is; the message names the first such column.
    """
    is_sparse: bool = issparse(numbers)
    if np.isfinite(numbers.data if is_sparse else numbers).all():
        return
    rows, columns = csr_array(numbers).nonzero()
    wrong = ~np.isfinite(numbers[rows, columns])
    column = columns[wrong].min()
    at = rows[wrong & (columns == column)]
    if np.isnan(numbers[at.min(), column]):
        what, remedy = "is missing", "put SimpleImputer() before or in place of its transformer"
    else:
        what, remedy = "is infinite, or too large for float32,", "scale it, or use its logarithm"
    raise ColumnError(
        f"The number {names[column]!r} {what} in {len(at)} of {numbers.shape[0]} rows, the first "
        f"at position {at.min()}: {remedy}."
    )
