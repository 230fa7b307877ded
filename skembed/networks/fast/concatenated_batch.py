"""Concatenate the documents of a batch into one sequence, which avoids padding."""

from dataclasses import dataclass
from typing import Any

from keras import ops

__all__ = ["BLOCK", "Row", "in_one_row"]

#: Positions per block. Each document starts a new block; maxima are taken per block first.
BLOCK = 8
#: Number of distinct sequence lengths per power of two: TensorFlow prepares a convolution for each.
_LENGTHS_TO_A_DOUBLING = 16


@dataclass(frozen=True)
class Row:
    """A batch of documents concatenated into one sequence, with zeros between them.

    Attributes
    ----------
    ids : tensor of int32 of shape (room + BLOCK * n_blocks + room,)
        Word ids, 0 between documents.
    documents : tensor of int32 of shape (n_blocks,)
        The index of the document in each block, ascending. Each document has at least one block.
    room : int
        Minimum number of zeros before the first document, after the last, and between two.
    """

    ids: Any
    documents: Any
    room: int

    def windows(self, of_places: Any, size: int) -> Any:
        """Return the slice covered by windows centred on each position of each block."""
        unused = self.room - size // 2
        return of_places[self.first_of_window(size) : -unused or None]

    def first_of_window(self, size: int) -> int:
        """Return the position at which the first of these windows starts."""
        return self.room - (size - 1) // 2


def in_one_row(ids: Any, room: int) -> Row:
    """Concatenate the documents of a batch.

    Parameters
    ----------
    ids : tensor of int32 of shape (batch, width)
        Word ids, 0 for padding. Padding after the last word is dropped.
    room : int
        Minimum number of zeros between two documents.

    Returns
    -------
    Row
        The concatenated batch. Zeros after the last document limit the number of lengths.
    """
    n_documents, width = ops.shape(ids)
    numbers = ops.arange(1, width + 1, dtype="int32")
    lengths = ops.max(ops.where(ops.not_equal(ids, 0), numbers, 0), axis=1)
    n_blocks = (lengths + room) // BLOCK + 1
    ends = ops.cumsum(n_blocks)
    blocks = ops.arange(_rounded_up(ends[-1]), dtype="int32")
    documents = ops.cast(ops.searchsorted(ends, blocks, side="right"), "int32")
    documents = ops.minimum(documents, n_documents - 1)
    first_places = BLOCK * (blocks - ops.take(ends - n_blocks, documents))
    places = ops.expand_dims(first_places, 1) + ops.arange(BLOCK, dtype="int32")
    is_word = places < ops.expand_dims(ops.take(lengths, documents), 1)
    cells = ops.expand_dims(documents * width, 1) + ops.minimum(places, width - 1)
    row = ops.where(is_word, ops.take(ops.reshape(ids, (-1,)), cells), 0)
    return Row(ops.pad(ops.reshape(row, (-1,)), (room, room)), documents, room)


def _rounded_up(n_blocks: Any) -> Any:
    doubling = ops.floor(ops.log2(ops.cast(n_blocks, "float32")))
    step = ops.maximum(ops.cast(2**doubling, "int32") // _LENGTHS_TO_A_DOUBLING, 1)
    return (n_blocks + step - 1) // step * step
