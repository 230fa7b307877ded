"""Maxima over time, whose gradient is taken only where they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
from keras import layers, ops

__all__ = ["MaximaOverTime", "learn_at_maxima", "learning_at_maxima", "pays"]

#: The same network by the network, with `MaximaOverTime` for its maxima.
_TWINS: WeakKeyDictionary[keras.Model, keras.Model] = WeakKeyDictionary()
#: Words in a document on average, from which on this is faster.
_LONG = 200
#: Numbers in the windows of a batch, up to which it needs about the memory of convolutions.
_MOST_NUMBERS = 2**26


class MaximaOverTime(layers.Layer):  # type: ignore[misc]
    """What some convolutions find at most in each document.

    A filter's maximum depends on one window of a document alone, yet backends send zeros
    back through all the others, which is two thirds of the work of a training step. Here
    the convolutions only find the windows, and what is differentiated are the products
    of each filter with its own: the same numbers and the same gradient.

    Parameters
    ----------
    convolutions : list of keras.layers.Conv1D
        Built, with rectified outputs of the length of the input.
    """

    def __init__(self, convolutions: list[layers.Conv1D]) -> None:
        super().__init__()
        self.convolutions = convolutions

    def call(self, vectors: Any, mask: Any) -> Any:
        """Return the maxima, of shape (batch, n_filters of all convolutions)."""
        margin = max(convolution.kernel_size[0] for convolution in self.convolutions) // 2
        padded = ops.pad(vectors, ((0, 0), (margin, margin), (0, 0)))
        n_documents, width, dim = ops.shape(padded)
        first_row = ops.expand_dims(ops.arange(n_documents, dtype="int32") * width, -1)
        is_word, places, filters = [], [], []
        for convolution in self.convolutions:
            size = convolution.kernel_size[0]
            centres = ops.argmax(ops.stop_gradient(convolution(vectors)) * mask, axis=1)
            centres = ops.cast(centres, "int32")
            is_word.append(ops.take_along_axis(mask[..., 0], centres, axis=1))
            first = centres + first_row + (margin - (size - 1) // 2)
            window = ops.expand_dims(first, -1) + ops.arange(size, dtype="int32")
            places.append(ops.reshape(window, (n_documents, -1)))
            filters.append(ops.reshape(ops.transpose(convolution.kernel, (2, 0, 1)), (-1, dim)))
        words = ops.take(ops.reshape(padded, (-1, dim)), ops.concatenate(places, 1), axis=0)
        products = ops.sum(words * ops.concatenate(filters), axis=-1)
        return ops.relu(self._added_up(products)) * ops.concatenate(is_word, axis=1)

    def _added_up(self, products: Any) -> Any:
        """Add up the words of each window, and the bias of its filter."""
        sums, begin = [], 0
        for convolution in self.convolutions:
            size, n_filters = convolution.kernel_size[0], convolution.filters
            words = products[:, begin : begin + n_filters * size]
            begin += n_filters * size
            sums.append(ops.sum(ops.reshape(words, (-1, n_filters, size)), axis=-1))
            sums[-1] += convolution.bias
        return ops.concatenate(sums, axis=1)


def learn_at_maxima(model: keras.Model, twin: keras.Model) -> None:
    """Name the network that a network is trained as, which shares all its layers."""
    _TWINS[model] = twin


def pays(model: keras.Model, words_in_a_document: float, batch_size: int) -> bool:
    """Tell whether a network is to be trained as its twin: it has one and documents are long.

    Measured on TensorFlow and a processor alone, so only there.

    Parameters
    ----------
    model : keras.Model
        The network.
    words_in_a_document : float
        On average. The work on a window is saved for every word, and added for every
        filter.
    batch_size : int
        Documents in a batch, each with a window for every filter.
    """
    twin = _TWINS.get(model)
    return (
        twin is not None
        and words_in_a_document >= _LONG
        and batch_size * _numbers_in_windows(twin) <= _MOST_NUMBERS
        and keras.backend.backend() == "tensorflow"
        and not keras.distribution.list_devices("gpu")
    )


@contextmanager
def learning_at_maxima(model: keras.Model) -> Iterator[None]:
    """Train a network as its twin.

    The network that is looked at, saved and called back stays itself.

    Parameters
    ----------
    model : keras.Model
        The network.
    """
    twin, call = _TWINS[model], model.call

    def call_twin(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return twin(inputs, training=True) if training else call(inputs, training, mask)

    model.call = call_twin
    try:
        yield
    finally:
        del model.call


def _numbers_in_windows(twin: keras.Model) -> int:
    (maxima,) = (layer for layer in twin.layers if isinstance(layer, MaximaOverTime))
    return sum(int(np.prod(convolution.kernel.shape)) for convolution in maxima.convolutions)
