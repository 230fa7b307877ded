"""Documents in the memory of the device."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from skembed.networks.batches import FixedBatches, ShuffledBatches
from skembed.networks.inputs import numbers_of, texts_of
from skembed.sequences import TokenSequences

__all__ = ["ResidentDocuments"]

_MIN_WIDTH = 16
_DOUBLINGS = 4  # between the smallest width of a batch and the largest one
_DOUBLINGS_BESIDE = 1  # of a text with fewer tokens than another: each pair of widths is recorded
_WIDTHS_PER_DOUBLING = 2


class ResidentDocuments:
    """Documents that stay in the memory of the device while a network trains.

    The ids of a text are one flat array without padding, of which the device makes each batch.
    Widths of batches are few, because steps are recorded for each; a card does not mind the
    padding.

    Parameters
    ----------
    batches : ShuffledBatches or FixedBatches
        The documents, their targets and weights.
    """

    def __init__(self, batches: ShuffledBatches | FixedBatches) -> None:
        self.batches = batches
        texts = texts_of(batches.sequences)
        most = int(np.argmax([len(text.ids) for text in texts]))
        self._texts = [
            _ResidentText(text, _DOUBLINGS if i == most else _DOUBLINGS_BESIDE)
            for i, text in enumerate(texts)
        ]
        self._arrays = {"targets": batches.targets}
        if batches.weights is not None:
            self._arrays["weights"] = np.asarray(batches.weights, np.float32)
        numbers = numbers_of(batches.sequences)
        if numbers is not None:
            self._arrays["numbers"] = numbers

    @property
    def n_bytes(self) -> int:
        """Memory that the documents need on the device."""
        texts = (array for text in self._texts for array in text.arrays.values())
        return sum(array.nbytes for array in (*texts, *self._arrays.values()))

    def move_to(self, device: Any) -> None:
        """Copy the documents to a device."""
        self._on_device = _on_device(self._arrays, device)
        for text in self._texts:
            text.on_device = _on_device(text.arrays, device)

    def order(self) -> Iterator[tuple[tuple[int, ...], Any]]:
        """Yield the widths and the row numbers of each batch, in the order as shuffled now.

        All row numbers are copied to the device at once.
        """
        rows = self.batches.batches
        on_device = torch.as_tensor(
            np.concatenate(rows), device=self._on_device["targets"].device
        ).split([*map(len, rows)])
        for of_batch, numbers in zip(rows, on_device):
            yield tuple(text.width_of(of_batch) for text in self._texts), numbers

    def batch(self, widths: tuple[int, ...], rows: Any) -> tuple[Any, ...]:
        """Return the input, targets and, if there are any, weights of some documents.

        Parameters
        ----------
        widths : tuple of int
            The number of ids per document, for each text.
        rows : Tensor of int of shape (n_rows,)
            The numbers of the documents.
        """
        of = self._on_device
        arrays = [text.ids(width, rows) for text, width in zip(self._texts, widths)]
        if "numbers" in of:
            arrays.append(of["numbers"][rows])
        inputs = tuple(arrays) if len(arrays) > 1 else arrays[0]
        return inputs, *(of[name][rows] for name in ("targets", "weights") if name in of)


class _ResidentText:
    """One text of each document, as arrays of flat ids."""

    def __init__(self, sequences: TokenSequences, doublings: int) -> None:
        self._width = sequences.width
        if self._width is None:
            ids, lengths = sequences.ids, sequences.lengths
        else:
            ids = sequences.to_array().ravel()
            lengths = np.full(len(sequences), self._width)
        self._lengths = lengths
        longest = int(lengths.max(initial=1))
        columns = np.arange(self._width or _rounded_up(longest))
        self._min_width = max(_MIN_WIDTH, _rounded_up(longest) >> doublings)
        self.arrays = {
            # Behind the last document are as many zeros as a batch may read there.
            "ids": np.pad(ids.astype(np.int32), (0, len(columns))),
            "starts": np.cumsum(lengths) - lengths,
            "lengths": lengths.astype(np.int64),
            "columns": columns,
        }
        self.on_device: dict[str, Any] = {}

    def ids(self, width: int, rows: Any) -> Any:
        of = self.on_device
        columns = of["columns"][:width]
        ids = of["ids"][of["starts"][rows][:, None] + columns]
        return ids * (columns < of["lengths"][rows][:, None])

    def width_of(self, rows: npt.NDArray[np.int64]) -> int:
        if self._width is not None:
            return self._width
        return max(_rounded_up(int(self._lengths[rows].max(initial=1))), self._min_width)


def _on_device(arrays: dict[str, Any], device: Any) -> dict[str, Any]:
    return {name: torch.as_tensor(array, device=device) for name, array in arrays.items()}


def _rounded_up(width: int) -> int:
    """Return the width of a batch whose longest document has `width` ids."""
    step = max(_MIN_WIDTH, (1 << width.bit_length() - 1) // _WIDTHS_PER_DOUBLING)
    return -(-width // step) * step
