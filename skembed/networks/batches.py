"""Group documents into batches, with as little padding as the network allows."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.labelled_documents import LabelledDocuments
from skembed.sequences import TokenSequences

__all__ = ["DistinctDocuments", "FixedBatches", "ShuffledBatches", "id_array", "width_of"]

Places = npt.NDArray[np.int64]
#: Relative noise added to lengths before documents are sorted by them for training.
_LENGTH_NOISE = 0.1
#: Batch widths per power of two. JAX compiles a network for each; others prepare much less.
_WIDTHS_PER_DOUBLING = 2 if keras.backend.backend() == "jax" else 8
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

    def __getitem__(self, i: int) -> tuple[npt.NDArray[Any], ...]:
        places = self.batches[i]
        batch = id_array(self.sequences[places]), self.targets[places]
        return batch if self.weights is None else (*batch, self.weights[places])

    def close(self) -> None:
        """Release all data: TensorFlow keeps every dataset that it was given."""
        self.__dict__.clear()

    def examples(self) -> list[tuple[npt.NDArray[Any], ...]]:
        """Return two batches that differ in every dimension that varies between batches."""
        ids, *others = self[0]
        is_ragged = self.sequences.width is None
        return [(ids, *others), (np.pad(ids, ((0, 0), (0, int(is_ragged)))), *others)]

    @property
    def form(self) -> list[tuple[Any, ...]]:
        """The dtype and shape of each array in a batch; None for dimensions that vary."""
        return [
            (
                first.dtype.str,
                *(n if n == m else None for n, m in zip(first.shape[1:], other.shape[1:])),
            )
            for first, other in zip(*self.examples())
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
        if self.similar and self.sequences.width is None:
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
    sequences : TokenSequences
        The documents: rectangular, or ragged for networks that ignore padding.

    Attributes
    ----------
    sequences : TokenSequences
        The distinct documents, longest first.
    inverse : ndarray of int of shape (n_documents,)
        The index in `sequences` of each given document.
    """

    def __init__(self, sequences: TokenSequences) -> None:
        tokens, bounds = sequences.ids.tobytes(), (4 * sequences.offsets).tolist()
        contents = [tokens[start:end] for start, end in pairwise(bounds)]
        row_of = {content: row for row, content in enumerate(contents)}
        ordered = sorted(row_of, key=lambda content: (-len(content), content))
        rank = {content: i for i, content in enumerate(ordered)}
        order = [row_of[content] for content in ordered]
        is_ordered = order == [*range(len(sequences))]  # above all, if there is only one
        self.sequences = sequences if is_ordered else sequences[np.array(order, np.int64)]
        self.inverse = np.array([rank[content] for content in contents], np.int64)

    def __len__(self) -> int:
        return len(self.sequences)

    def batches(self) -> Iterator[npt.NDArray[np.int32]]:
        """Yield ids of shape (n_batch, width), padded to the first, longest document."""
        start, lengths, width = 0, self.sequences.lengths, self.sequences.width
        n_ids = _ids_per_prediction()
        while start < len(self):
            cells = width_of(lengths[start]) if width is None else width
            end = start + max(1, n_ids // max(1, cells))
            is_all = start == 0 and end >= len(self)
            yield id_array(self.sequences if is_all else self.sequences[start:end])
            start = end


def _ids_per_prediction() -> int:
    """Return how many ids to predict at once. PyTorch takes milliseconds to start each batch."""
    if keras.backend.backend() == "torch":
        import torch

        if torch.cuda.is_available():
            return _IDS_PER_PREDICTION_ON_CARD
    return _IDS_PER_PREDICTION


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
