"""Group documents into batches, with as little padding as the network allows."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.labelled_documents import LabelledDocuments
from skembed.networks.inputs import (
    Arrays,
    contents,
    input_arrays,
    is_ragged,
    texts_of,
    two_widths,
    width_of,
)
from skembed.table_checks import Documents

__all__ = ["DistinctDocuments", "FixedBatches", "ShuffledBatches"]

Places = npt.NDArray[np.int64]
#: Relative noise added to lengths before documents are sorted by them for training.
_LENGTH_NOISE = 0.1
#: Ids per prediction batch: enough to keep the processor, or a card, busy.
_IDS_PER_PREDICTION, _IDS_PER_PREDICTION_ON_CARD = 2**15, 2**17


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of arrays for ``keras.Model.fit``."""

    def __init__(
        self, documents: LabelledDocuments, targets: npt.NDArray[Any], batch_size: int
    ) -> None:
        super().__init__()
        self.sequences = documents.sequences
        self.targets = targets
        self.weights = documents.weights
        self.batch_size = batch_size
        self.batches: list[Places] = []

    def __len__(self) -> int:
        return -(-len(self.sequences) // self.batch_size)

    def __getitem__(self, i: int) -> tuple[Any, ...]:
        places = self.batches[i]
        batch: tuple[Any, ...] = input_arrays(self.sequences[places]), self.targets[places]
        return batch if self.weights is None else (*batch, self.weights[places])

    def close(self) -> None:
        """Release all data: TensorFlow keeps every dataset that it was given."""
        self.__dict__.clear()

    def examples(self) -> list[tuple[Any, ...]]:
        """Return two batches that differ in every dimension that varies between batches."""
        _, *others = self[0]
        return [(arrays, *others) for arrays in two_widths(self.sequences[self.batches[0]])]

    @property
    def form(self) -> list[tuple[Any, ...]]:
        """The dtype and shape of each array in a batch; None for dimensions that vary."""
        return [
            (
                first.dtype.str,
                *(n if n == m else None for n, m in zip(first.shape[1:], other.shape[1:])),
            )
            for first, other in zip(*map(keras.tree.flatten, self.examples()))
        ]

    def _cut(self, order: Places) -> list[Places]:
        return np.split(order, range(self.batch_size, len(order), self.batch_size))


class ShuffledBatches(_Batches):
    """Batches for training: each document once per epoch, in random order.

    Ragged documents can be grouped by length: they are then sorted by their length with
    some noise, drawn every epoch, and the batches are shuffled. Only `shuffle` changes the
    order, since Keras may read batches before an epoch begins.

    Parameters
    ----------
    documents : LabelledDocuments
        The training documents.
    targets : ndarray of shape (n_documents, ...)
        Their targets in the form that the loss expects.
    batch_size : int
        Documents per batch.
    random_state : RandomState
        Draws the order.
    similar : bool, default=True
        Whether to group ragged documents by length. Not needed where padding costs
        nothing.
    """

    def __init__(
        self,
        documents: LabelledDocuments,
        targets: npt.NDArray[Any],
        batch_size: int,
        random_state: np.random.RandomState,
        similar: bool = True,
    ) -> None:
        super().__init__(documents, targets, batch_size)
        self.random_state = random_state
        self.similar = similar
        self.shuffle()

    def shuffle(self) -> None:
        """Draw a new order of the documents."""
        order = self.random_state.permutation(len(self.sequences))
        if self.similar and is_ragged(self.sequences):
            noise = self.random_state.uniform(1 - _LENGTH_NOISE, 1 + _LENGTH_NOISE, len(order))
            order = order[np.argsort(self.sequences.lengths[order] * noise)]
        batches = self._cut(order)
        self.batches = [batches[i] for i in self.random_state.permutation(len(batches))]


class FixedBatches(_Batches):
    """Batches for validation: documents sorted by length, always in the same order.

    Parameters
    ----------
    documents : LabelledDocuments
        The documents.
    targets : ndarray of shape (n_documents, ...)
        Their targets in the form that the loss expects.
    batch_size : int
        Documents per batch.
    """

    def __init__(
        self, documents: LabelledDocuments, targets: npt.NDArray[Any], batch_size: int
    ) -> None:
        super().__init__(documents, targets, batch_size)
        order = np.argsort(documents.sequences.lengths, kind="stable")
        self.batches = self._cut(order)


class DistinctDocuments:
    """The distinct documents of a prediction, sorted by content.

    The last bits of a prediction depend on the position of the document in its batch and
    on the other documents there. So documents are sorted by content, longest first: the
    same documents form the same batches in whatever order they are given, and equal
    documents get equal predictions.

    Parameters
    ----------
    sequences : TokenSequences or TokenTable
        The documents: rectangular, or ragged for networks that ignore padding.

    Attributes
    ----------
    sequences : TokenSequences or TokenTable
        The distinct documents, longest first.
    inverse : ndarray of int of shape (n_documents,)
        The index in `sequences` of each given document.
    """

    def __init__(self, sequences: Documents) -> None:
        keys, lengths = contents(sequences), sequences.lengths.tolist()
        row_of = {content: row for row, content in enumerate(keys)}
        ordered = sorted(row_of, key=lambda content: (-lengths[row_of[content]], content))
        rank = {content: i for i, content in enumerate(ordered)}
        order = [row_of[content] for content in ordered]
        is_ordered = order == [*range(len(sequences))]  # above all, if there is only one
        self.sequences = sequences if is_ordered else sequences[np.array(order, np.int64)]
        self.inverse = np.array([rank[content] for content in keys], np.int64)

    def __len__(self) -> int:
        return len(self.sequences)

    def batches(self) -> Iterator[Arrays]:
        """Yield the input of a network, each text padded to its longest document in the batch."""
        start, n_ids, cells = 0, _ids_per_prediction(), self._cells()
        while start < len(self):
            end = start + max(1, n_ids // max(1, int(cells[start])))
            is_all = start == 0 and end >= len(self)
            yield input_arrays(self.sequences if is_all else self.sequences[start:end])
            start = end

    def _cells(self) -> npt.NDArray[np.int64]:
        """Return, for each document, the most ids that one from there on has with padding."""
        cells = np.zeros(len(self), np.int64)
        for text in texts_of(self.sequences):
            if text.width is None:
                longest = np.maximum.accumulate(text.lengths[::-1])[::-1]
                widths, of = np.unique(longest, return_inverse=True)
                cells += np.array([*map(width_of, widths)])[of]
            else:
                cells += text.width
        return cells


def _ids_per_prediction() -> int:
    """Return how many ids to predict at once. PyTorch takes milliseconds to start each batch."""
    if keras.backend.backend() == "torch":
        import torch

        if torch.cuda.is_available():
            return _IDS_PER_PREDICTION_ON_CARD
    return _IDS_PER_PREDICTION
