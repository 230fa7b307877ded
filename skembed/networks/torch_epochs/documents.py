"""Documents in the memory of the device."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from skembed.networks.batches import FixedBatches, ShuffledBatches

__all__ = ["ResidentDocuments"]

_MIN_WIDTH = 16
_DOUBLINGS = 4  # between the smallest width of a batch and the largest one
_WIDTHS_PER_DOUBLING = 2


class ResidentDocuments:
    """Documents that stay in the memory of the device while a network trains.

    Their ids are one flat array without padding, of which the device makes each batch. Widths of
    batches are few, because steps are recorded for each; a card does not mind the padding.

    Parameters
    ----------
    batches : ShuffledBatches or FixedBatches
        The documents, their targets and weights.
    """

    def __init__(self, batches: ShuffledBatches | FixedBatches) -> None:
        self.batches = batches
        sequences = batches.sequences
        self._width = sequences.width
        if self._width is None:
            ids, lengths = sequences.ids, sequences.lengths
        else:
            ids = sequences.to_array().ravel()
            lengths = np.full(len(sequences), self._width)
        self._lengths = lengths
        longest = int(lengths.max(initial=1))
        self._columns = np.arange(self._width or _rounded_up(longest))
        self._min_width = max(_MIN_WIDTH, _rounded_up(longest) >> _DOUBLINGS)
        self._arrays = {
            # Behind the last document are as many zeros as a batch may read there.
            "ids": np.pad(ids.astype(np.int32), (0, len(self._columns))),
            "starts": np.cumsum(lengths) - lengths,
            "lengths": lengths.astype(np.int64),
            "targets": batches.targets,
        }
        if batches.weights is not None:
            self._arrays["weights"] = np.asarray(batches.weights, np.float32)

    @property
    def n_bytes(self) -> int:
        """Memory that the documents need on the device."""
        return sum(array.nbytes for array in (*self._arrays.values(), self._columns))

    def move_to(self, device: Any) -> None:
        """Copy the documents to a device."""
        self._on_device = {
            name: torch.as_tensor(array, device=device)
            for name, array in (*self._arrays.items(), ("columns", self._columns))
        }

    def order(self) -> Iterator[tuple[int, Any]]:
        """Yield the width and the row numbers of each batch, in the order as shuffled now.

        All row numbers are copied to the device at once.
        """
        rows = self.batches.batches
        on_device = torch.as_tensor(
            np.concatenate(rows), device=self._on_device["starts"].device
        ).split([*map(len, rows)])
        for of_batch, numbers in zip(rows, on_device):
            yield self._width_of(of_batch), numbers

    def batch(self, width: int, rows: Any) -> tuple[Any, ...]:
        """Return ids, targets and, if there are any, weights of some documents.

        Parameters
        ----------
        width : int
            The number of ids per document.
        rows : Tensor of int of shape (n_rows,)
            The numbers of the documents.
        """
        of = self._on_device
        columns = of["columns"][:width]
        ids = of["ids"][of["starts"][rows][:, None] + columns]
        ids = ids * (columns < of["lengths"][rows][:, None])
        return ids, *(of[name][rows] for name in ("targets", "weights") if name in of)

    def _width_of(self, rows: npt.NDArray[np.int64]) -> int:
        if self._width is not None:
            return self._width
        return max(_rounded_up(int(self._lengths[rows].max(initial=1))), self._min_width)


def _rounded_up(width: int) -> int:
    """Return the width of a batch whose longest document has `width` ids."""
    step = max(_MIN_WIDTH, (1 << width.bit_length() - 1) // _WIDTHS_PER_DOUBLING)
    return -(-width // step) * step
