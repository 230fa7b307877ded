"""Documents to batches, with as little padding as the network allows."""

from collections.abc import Iterator

import keras
import numpy as np
import numpy.typing as npt

from skembed.sequences import TokenSequences

__all__ = ["FixedBatches", "ShuffledBatches", "similar_lengths"]

Rows = npt.NDArray[np.int64]
#: How much lengths are blurred before documents are sorted by them for training.
_BLUR = 0.1
#: Ids in a batch for prediction: enough to keep the processor busy.
_PREDICTED_AT_ONCE = 2**15


def batch(sequences: TokenSequences, rows: Rows) -> npt.NDArray[np.int32]:
    """Return some rows as an array, ragged ones padded to the longest among them."""
    some = sequences[rows]
    if some.width is None:
        some = some.padded(max(1, int(some.lengths.max(initial=0))), side="post")
    return np.asarray(some)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Arrays for ``keras.Model.fit``: ids, target, and weights where there are any."""

    def __init__(
        self,
        sequences: TokenSequences,
        target: npt.NDArray[np.generic],
        weights: npt.NDArray[np.float32] | None,
        batch_size: int,
    ) -> None:
        super().__init__()
        self.sequences = sequences
        self.target = target
        self.weights = weights
        self.batch_size = batch_size
        self.batches: list[Rows] = []

    def __len__(self) -> int:
        return -(-len(self.sequences) // self.batch_size)

    def __getitem__(self, i: int) -> tuple[npt.NDArray[np.generic], ...]:
        rows = self.batches[i]
        arrays = (batch(self.sequences, rows), self.target[rows])
        return arrays if self.weights is None else (*arrays, self.weights[rows])

    def _two_widths_first(self, batches: list[Rows]) -> list[Rows]:
        """Let the second batch differ in width from the first, if any does.

        The TensorFlow backend takes what the first two batches have in common for a
        fixed shape.
        """
        if self.sequences.width is None and len(batches) > 2:
            lengths = self.sequences.lengths
            widths = np.array([lengths[rows].max(initial=1) for rows in batches])
            other = int(np.argmax(widths != widths[0]))
            if other:
                batches[1], batches[other] = batches[other], batches[1]
        return batches


class ShuffledBatches(_Batches):
    """Batches for training: every document once an epoch, in a new order each time.

    Unpadded documents meet others of about their length: they are sorted by a length
    that is blurred anew each epoch, and the batches then come in random order.

    Parameters
    ----------
    sequences : TokenSequences
        The training documents.
    target : ndarray of shape (n_documents, ...)
        What the network is to predict.
    weights : ndarray of shape (n_documents,) or None
        The weight of each document.
    batch_size : int
        Documents in a batch.
    random_state : RandomState
        Draws the order.
    """

    def __init__(
        self,
        sequences: TokenSequences,
        target: npt.NDArray[np.generic],
        weights: npt.NDArray[np.float32] | None,
        batch_size: int,
        random_state: np.random.RandomState,
    ) -> None:
        super().__init__(sequences, target, weights, batch_size)
        self.random_state = random_state

    def __getitem__(self, i: int) -> tuple[npt.NDArray[np.generic], ...]:
        if i == 0:
            self.batches = self._shuffled()
        return super().__getitem__(i)

    def _shuffled(self) -> list[Rows]:
        order = self.random_state.permutation(len(self.sequences))
        if self.sequences.width is None:
            blur = self.random_state.uniform(1 - _BLUR, 1 + _BLUR, len(order))
            order = order[np.argsort(self.sequences.lengths[order] * blur)]
        batches = np.split(order, range(self.batch_size, len(order), self.batch_size))
        shuffled = [batches[i] for i in self.random_state.permutation(len(batches))]
        return self._two_widths_first(shuffled)


class FixedBatches(_Batches):
    """Batches for validation: documents of similar length, in the same order always."""

    def __init__(
        self,
        sequences: TokenSequences,
        target: npt.NDArray[np.generic],
        weights: npt.NDArray[np.float32] | None,
        batch_size: int,
    ) -> None:
        super().__init__(sequences, target, weights, batch_size)
        order = np.argsort(sequences.lengths, kind="stable")
        batches = np.split(order, range(batch_size, len(order), batch_size))
        self.batches = self._two_widths_first(batches)


def similar_lengths(sequences: TokenSequences) -> Iterator[tuple[Rows, npt.NDArray[np.int32]]]:
    """Yield batches for prediction, of documents of similar length, longest first.

    Yields
    ------
    rows : ndarray of int of shape (n_batch,)
        Which documents.
    ids : ndarray of int32 of shape (n_batch, width)
        Their ids.
    """
    lengths = sequences.lengths
    order = np.argsort(-lengths, kind="stable")
    while len(order):
        width = max(1, int(lengths[order[0]]) if sequences.width is None else sequences.width)
        size = max(1, _PREDICTED_AT_ONCE // width)
        rows, order = order[:size], order[size:]
        yield rows, batch(sequences, rows)
