"""Documents in the memory of the device, and the calls that make up an epoch."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.networks.batches import FixedBatches, ShuffledBatches, width_of
from skembed.networks.jax_epochs.capacities import capacity

__all__ = ["ResidentDocuments", "power_of_two"]

Places = npt.NDArray[np.int64]
_MIN_WIDTH = 16
_N_WIDTHS = 5
_SPARE = 1.0  # documents are small


class ResidentDocuments:
    """Documents that are kept in the memory of the device while a network trains.

    Their ids are one flat array, without padding, from which the device makes each batch.
    Arrays have sizes that fit several folds; what is behind the documents is never read.

    Parameters
    ----------
    batches : ShuffledBatches or FixedBatches
        The documents, their targets and weights.
    few_widths : bool, default=True
        Whether to round widths up to a few powers of two. Padding then costs little on a card,
        which compiles for each width. Otherwise widths are those of other engines.

    Attributes
    ----------
    arrays : dict of str to ndarray
        What goes to the device: ``ids``, ``starts``, ``lengths``, ``targets`` and, if there
        are any, ``weights``.
    """

    def __init__(self, batches: ShuffledBatches | FixedBatches, few_widths: bool = True) -> None:
        self._few_widths = few_widths
        sequences = batches.sequences
        self._width = sequences.width
        if self._width is None:
            ids, starts, lengths = sequences.ids, sequences.offsets[:-1], sequences.lengths
        else:
            ids = sequences.to_array().ravel()
            starts = np.arange(0, ids.size, max(1, self._width))[: len(sequences)]
            lengths = np.full(len(sequences), self._width)
        self._lengths = lengths
        self._widest = power_of_two(int(lengths.max(initial=1)))
        self.arrays = {
            "ids": ids.astype(np.int32),
            "starts": starts.astype(np.int32),
            "lengths": lengths.astype(np.int32),
            "targets": batches.targets,
        }
        if batches.weights is not None:
            self.arrays["weights"] = np.asarray(batches.weights, np.float32)

    @property
    def n_bytes(self) -> int:
        """Memory that the documents need on the device."""
        return sum(array.nbytes for array in self.arrays.values())

    def on_device(self, known: Collection[tuple[int, int]]) -> dict[str, Any]:
        """Return the arrays in the device's memory.

        Parameters
        ----------
        known : collection of (int, int)
            Numbers of documents and of tokens for which programs were compiled.
        """
        import jax

        n_documents = capacity(len(self._lengths), [documents for documents, _ in known], _SPARE)
        of_size = [tokens for documents, tokens in known if documents == n_documents]
        n_tokens = capacity(len(self.arrays["ids"]), of_size, _SPARE)
        sized = {}
        for name, array in self.arrays.items():
            n_more = (n_tokens if name == "ids" else n_documents) - len(array)
            sized[name] = np.pad(array, [(0, n_more), *[(0, 0)] * (array.ndim - 1)])
        return {name: jax.device_put(array) for name, array in sized.items()}

    def calls(
        self, batches: list[Places], batch_size: int, n_batches: int, pads_rows: bool
    ) -> Iterator[tuple[int, npt.NDArray[np.int32]]]:
        """Group batches into calls: each call has batches of one shape.

        Among every `n_batches` batches those of one shape come together. So the order is
        still random, there are few calls, and the order does not depend on the machine.

        Parameters
        ----------
        batches : list of ndarray of int
            The documents of each batch, in the order to use.
        batch_size : int
            Documents per batch.
        n_batches : int
            Maximum number of batches per call.
        pads_rows : bool
            Whether a batch with fewer documents gets empty rows.

        Yields
        ------
        width : int
            Ids per document.
        places : ndarray of int32 of shape (n_batches, n_rows)
            The documents of each batch; -1 for rows without a document.
        """
        for start in range(0, len(batches), n_batches):
            of_shape: dict[tuple[int, int], list[Places]] = {}
            for batch in batches[start : start + n_batches]:
                n_rows = batch_size if pads_rows else len(batch)
                of_shape.setdefault((self._width_of(batch), n_rows), []).append(batch)
            for (width, n_rows), alike in of_shape.items():
                places = np.full((len(alike), n_rows), -1, np.int32)
                for row, batch in zip(places, alike):
                    row[: len(batch)] = batch
                yield width, places

    def _width_of(self, batch: Places) -> int:
        if self._width is not None:
            return self._width
        longest = int(self._lengths[batch].max(initial=1))
        if not self._few_widths:
            return width_of(longest)
        return max(power_of_two(longest), self._widest >> _N_WIDTHS - 1, _MIN_WIDTH)


def power_of_two(n: int) -> int:
    """Return the smallest power of two that is not less than `n`."""
    return 1 << max(0, n - 1).bit_length()
