"""Concatenate the documents of a batch into one sequence, which avoids padding."""

from dataclasses import dataclass
from typing import Any

from keras import ops

__all__ = ["BLOCK_POSITIONS", "ConcatenatedBatch", "concatenate"]

#: Each document starts a new block; maxima are taken per block first.
BLOCK_POSITIONS = 8
#: Number of distinct sequence lengths per power of two: TensorFlow prepares a convolution for each.
_LENGTHS_PER_DOUBLING = 16


@dataclass(frozen=True)
class ConcatenatedBatch:
    """A batch of documents concatenated into one sequence, with zeros between them.

    Attributes
    ----------
    ids : tensor of int32 of shape (gap + BLOCK_POSITIONS * n_blocks + gap,)
        Word ids, 0 between documents.
    documents : tensor of int32 of shape (n_blocks,)
        The index of the document in each block, ascending. Each document has at least one block.
    gap : int
        Minimum number of zeros before the first document, after the last, and between two.
    """

    ids: Any
    documents: Any
    gap: int

    def windows(self, positions: Any, size: int) -> Any:
        """Return the slice covered by windows centred on each position of each block."""
        unused = self.gap - size // 2
        return positions[self.first_window_start(size) : -unused or None]

    def first_window_start(self, size: int) -> int:
        """Return the position at which the first of these windows starts."""
        return self.gap - (size - 1) // 2


def concatenate(ids: Any, gap: int) -> ConcatenatedBatch:
    """Concatenate the documents of a batch.

    Parameters
    ----------
    ids : tensor of int32 of shape (batch, width)
        Word ids, 0 for padding. Padding after the last word is dropped.
    gap : int
        Minimum number of zeros between two documents.

    Returns
    -------
    ConcatenatedBatch
        The concatenated batch. Zeros after the last document limit the number of lengths.
    """
    n_documents, width = ops.shape(ids)
    ordinals = ops.arange(1, width + 1, dtype="int32")
    lengths = ops.max(ops.where(ops.not_equal(ids, 0), ordinals, 0), axis=1)
    n_blocks = (lengths + gap) // BLOCK_POSITIONS + 1
    ends = ops.cumsum(n_blocks)
    blocks = ops.arange(_round_up(ends[-1]), dtype="int32")
    documents = ops.cast(ops.searchsorted(ends, blocks, side="right"), "int32")
    documents = ops.minimum(documents, n_documents - 1)
    block_starts = BLOCK_POSITIONS * (blocks - ops.take(ends - n_blocks, documents))
    positions = ops.expand_dims(block_starts, 1) + ops.arange(BLOCK_POSITIONS, dtype="int32")
    is_word = positions < ops.expand_dims(ops.take(lengths, documents), 1)
    cells = ops.expand_dims(documents * width, 1) + ops.minimum(positions, width - 1)
    concatenated = ops.where(is_word, ops.take(ops.reshape(ids, (-1,)), cells), 0)
    return ConcatenatedBatch(ops.pad(ops.reshape(concatenated, (-1,)), (gap, gap)), documents, gap)


def _round_up(n_blocks: Any) -> Any:
    doubling = ops.floor(ops.log2(ops.cast(n_blocks, "float32")))
    step = ops.maximum(ops.cast(2**doubling, "int32") // _LENGTHS_PER_DOUBLING, 1)
    return (n_blocks + step - 1) // step * step
