"""Checks of ids before they become token sequences."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.errors import IdRangeError, NotSequencesError
from skembed.vocabulary import HashBuckets, Vocabulary

__all__ = ["check_ids", "iter_rows"]


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
