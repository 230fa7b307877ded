"""Documents in the memory of the device, and the calls that make up an epoch."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.networks.batches import FixedBatches, ShuffledBatches
from skembed.networks.inputs import numbers_of, texts_of, width_of
from skembed.networks.jax_epochs.capacities import capacity
from skembed.sequences import TokenSequences

__all__ = ["ResidentDocuments", "power_of_two"]

Places = npt.NDArray[np.int64]
_MIN_WIDTH = 16
_N_WIDTHS = 5
_N_WIDTHS_BESIDE = 2  # of a text with fewer tokens than another: each pair of widths is compiled
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
    """

    def __init__(self, batches: ShuffledBatches | FixedBatches, few_widths: bool = True) -> None:
        texts = texts_of(batches.sequences)
        most = int(np.argmax([len(text.ids) for text in texts]))
        self._texts = [
            _ResidentText(
                text,
                few_widths=few_widths or i != most,
                n_widths=_N_WIDTHS if i == most else _N_WIDTHS_BESIDE,
            )
            for i, text in enumerate(texts)
        ]
        self._n_documents = len(batches.sequences)
        self._arrays: dict[str, Any] = {"targets": batches.targets}
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

    def on_device(self, known: Collection[tuple[int, ...]]) -> dict[str, Any]:
        """Return the arrays in the device's memory.

        Parameters
        ----------
        known : collection of tuple of int
            Numbers of documents, and of tokens in each text, for which programs were compiled.

        Returns
        -------
        dict
            ``texts``, which has ``ids``, ``starts`` and ``lengths`` of each text; ``targets``
            and, if there are any, ``weights`` and ``numbers``.
        """
        n_documents = capacity(self._n_documents, [each[0] for each in known], _SPARE)
        of_size = [tokens for documents, *tokens in known if documents == n_documents]
        sized: dict[str, Any] = {n: _on_device(x, n_documents) for n, x in self._arrays.items()}
        sized["texts"] = [
            text.on_device(n_documents, [tokens[i] for tokens in of_size])
            for i, text in enumerate(self._texts)
        ]
        return sized

    def calls(
        self, batches: list[Places], batch_size: int, n_batches: int, pads_rows: bool
    ) -> Iterator[tuple[tuple[int, ...], npt.NDArray[np.int32]]]:
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
        widths : tuple of int
            Ids per document, for each text.
        places : ndarray of int32 of shape (n_batches, n_rows)
            The documents of each batch; -1 for rows without a document.
        """
        for start in range(0, len(batches), n_batches):
            of_shape: dict[tuple[tuple[int, ...], int], list[Places]] = {}
            for batch in batches[start : start + n_batches]:
                n_rows = batch_size if pads_rows else len(batch)
                widths = tuple(text.width_of(batch) for text in self._texts)
                of_shape.setdefault((widths, n_rows), []).append(batch)
            for (widths, n_rows), alike in of_shape.items():
                places = np.full((len(alike), n_rows), -1, np.int32)
                for row, batch in zip(places, alike):
                    row[: len(batch)] = batch
                yield widths, places


class _ResidentText:
    """One text of each document, as arrays of flat ids."""

    def __init__(self, sequences: TokenSequences, few_widths: bool, n_widths: int) -> None:
        self._few_widths = few_widths
        self._width = sequences.width
        if self._width is None:
            ids, starts, lengths = sequences.ids, sequences.offsets[:-1], sequences.lengths
        else:
            ids = sequences.to_array().ravel()
            starts = np.arange(0, ids.size, max(1, self._width))[: len(sequences)]
            lengths = np.full(len(sequences), self._width)
        self._lengths = lengths
        self._narrowest = power_of_two(int(lengths.max(initial=1))) >> n_widths - 1
        self.arrays = {
            "ids": ids.astype(np.int32),
            "starts": starts.astype(np.int32),
            "lengths": lengths.astype(np.int32),
        }

    def on_device(self, n_documents: int, known: list[int]) -> dict[str, Any]:
        n_tokens = capacity(len(self.arrays["ids"]), known, _SPARE)
        return {
            name: _on_device(array, n_tokens if name == "ids" else n_documents)
            for name, array in self.arrays.items()
        }

    def width_of(self, batch: Places) -> int:
        if self._width is not None:
            return self._width
        longest = int(self._lengths[batch].max(initial=1))
        if not self._few_widths:
            return width_of(longest)
        return max(power_of_two(longest), self._narrowest, _MIN_WIDTH)


def _on_device(array: npt.NDArray[Any], n_rows: int) -> Any:
    import jax

    n_more = n_rows - len(array)
    return jax.device_put(np.pad(array, [(0, n_more), *[(0, 0)] * (array.ndim - 1)]))


def power_of_two(n: int) -> int:
    """Return the smallest power of two that is not less than `n`."""
    return 1 << max(0, n - 1).bit_length()
