"""The arrays that a network gets for a batch: ids, or for a table ids of each text and numbers."""

from itertools import pairwise
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy import sparse

from skembed.sequences import TokenSequences
from skembed.table_checks import Documents
from skembed.token_table import TokenTable

__all__ = [
    "Arrays",
    "contents",
    "id_array",
    "input_arrays",
    "is_ragged",
    "numbers_of",
    "texts_of",
    "two_widths",
    "width_of",
]

#: The input of a network: ids of one text, or a tuple with the ids of each text, then the numbers.
Arrays = npt.NDArray[Any] | tuple[npt.NDArray[Any], ...]

#: Batch widths per power of two. JAX compiles a network for each; others prepare much less.
_WIDTHS_PER_DOUBLING = 2 if keras.backend.backend() == "jax" else 8


def texts_of(documents: Documents) -> list[TokenSequences]:
    """Return the texts of documents: one, or all of a table."""
    return [documents] if isinstance(documents, TokenSequences) else [*documents.texts.values()]


def numbers_of(documents: Documents) -> npt.NDArray[np.float32] | None:
    """Return the numbers of a table as a dense array that may be written to; None without any."""
    if isinstance(documents, TokenSequences) or not documents.n_numbers:
        return None
    numbers, is_sparse = documents.numbers, sparse.issparse(documents.numbers)
    return numbers.toarray() if is_sparse else np.array(numbers)


def is_ragged(documents: Documents) -> bool:
    """Tell whether the width of a batch depends on its documents."""
    return any(text.width is None for text in texts_of(documents))


def input_arrays(documents: Documents) -> Arrays:
    """Return documents as the arrays that a network gets; see `Arrays`."""
    if isinstance(documents, TokenSequences):
        return id_array(documents)
    arrays: list[npt.NDArray[Any]] = [*map(id_array, documents.texts.values())]
    numbers = numbers_of(documents)
    arrays += [] if numbers is None else [numbers]
    return tuple(arrays) if len(arrays) > 1 else arrays[0]


def two_widths(documents: Documents) -> tuple[Arrays, Arrays]:
    """Return the arrays of documents, and the same with one more column wherever widths vary."""
    arrays = input_arrays(documents)
    wider = [
        np.pad(ids, ((0, 0), (0, int(text.width is None))))
        for ids, text in zip(arrays if isinstance(arrays, tuple) else [arrays], texts_of(documents))
    ]
    if not isinstance(arrays, tuple):
        return arrays, wider[0]
    return arrays, (*wider, *arrays[len(wider) :])


def contents(documents: Documents) -> list[Any]:
    """Return a key for each document, equal for documents with equal arrays."""
    if isinstance(documents, TokenSequences):
        return _bytes_of_rows(documents.ids, documents.offsets)
    columns = [_bytes_of_rows(text.ids, text.offsets) for text in documents.texts.values()]
    if documents.n_numbers:
        columns += _bytes_of_numbers(documents)
    return [*zip(*columns)]


def _bytes_of_numbers(table: TokenTable) -> list[list[bytes]]:
    numbers, is_sparse = table.numbers, sparse.issparse(table.numbers)
    if is_sparse:
        parts = numbers.indices.astype(np.int32), numbers.data
        return [_bytes_of_rows(part, numbers.indptr) for part in parts]
    return [_bytes_of_rows(numbers, np.arange(len(table) + 1) * numbers.shape[1])]


def _bytes_of_rows(values: npt.NDArray[Any], offsets: npt.NDArray[Any]) -> list[bytes]:
    """Return each row of four-byte values."""
    content, bounds = values.tobytes(), (4 * offsets).tolist()
    return [content[start:end] for start, end in pairwise(bounds)]


def id_array(sequences: TokenSequences) -> npt.NDArray[np.int32]:
    """Return ids of shape (n_documents, width); ragged sequences are padded to the longest."""
    if sequences.width is not None:
        return sequences.to_array()
    lengths = sequences.lengths
    array = np.zeros((len(lengths), width_of(lengths.max(initial=0))), np.int32)
    array[np.arange(array.shape[1]) < lengths[:, np.newaxis]] = sequences.ids
    return array


def width_of(longest: int | np.int64) -> int:
    """Return the width of a batch: the length of its longest document, rounded up.

    Backends prepare a graph for each width, so rounding limits the number of widths.
    """
    width = max(1, int(longest))
    step = max(1, (1 << width.bit_length() - 1) // _WIDTHS_PER_DOUBLING)
    return -(-width // step) * step
