"""Checks of ids before they become token sequences."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.errors import IdRangeError, NotSequencesError
from skembed.vocabulary import HashBuckets, Vocabulary

__all__ = ["check_ids", "iter_rows", "offsets_of", "row_numbers"]


def iter_rows(lists: Iterable[Any]) -> Iterator[Iterable[int]]:
    """Yield the ids of each document.

    Raises
    ------
    NotSequencesError
        If `lists` or one of its elements is text, or is not iterable.
    """
    if not _has_elements(lists):
        raise NotSequencesError(f"Expected lists of ids, got {type(lists).__name__}.")
    for i, row in enumerate(lists):
        if not _has_elements(row):
            raise NotSequencesError(
                f"Expected one list of ids per document; document {i} is {row!r}. "
                "Convert text to ids with KerasTokenizerTransformer."
            )
        yield row


def _has_elements(value: Any) -> bool:
    is_single = isinstance(value, str | bytes) or getattr(value, "ndim", None) == 0
    return isinstance(value, Iterable) and not is_single


def check_ids(
    ids: npt.NDArray[Any], vocabulary: Vocabulary | HashBuckets | None
) -> npt.NDArray[np.int32]:
    """Return the ids of all documents as int32.

    Raises
    ------
    NotSequencesError
        If the ids are not integers.
    IdRangeError
        If an id is negative, outside the vocabulary, or too large for int32.
    """
    if ids.dtype.kind not in "iu":
        raise NotSequencesError(
            f"Expected integer ids, got dtype {ids.dtype}. Convert text to ids with "
            "KerasTokenizerTransformer or HashingTokenizerTransformer."
        )
    smallest, largest = (ids.min(), ids.max()) if ids.size else (0, 0)
    if smallest < 0:
        raise IdRangeError(f"Negative values in data: ids must be 0 or more, got {smallest}.")
    if vocabulary is not None and largest >= vocabulary.n_ids:
        raise IdRangeError(
            f"Expected ids below {vocabulary.n_ids}, the number of ids of the vocabulary, got "
            f"{largest}: use the vocabulary that the ids were created with."
        )
    if largest > np.iinfo(np.int32).max:
        raise IdRangeError(f"Expected ids that fit into 32 bits, got {largest}.")
    return ids.astype(np.int32)


def offsets_of(lengths: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return where each row begins and the last one ends, if rows stand one after the other."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def row_numbers(key: Any, n_rows: int) -> npt.NDArray[np.int64] | None:
    """Return the rows that an index selects, 0-d for a single one; None if it is no index of rows.

    Parameters
    ----------
    key : int, slice, mask, array of int, or tuple of one of these and an Ellipsis
        The index; scikit-learn adds the Ellipsis.
    n_rows : int
        The number of rows.
    """
    if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
        key = key[0]
    rows = None if isinstance(key, tuple) else np.arange(n_rows)[key]
    return None if rows is None or rows.ndim > 1 else rows
