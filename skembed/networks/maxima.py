"""Maxima over time, whose gradient is taken only where they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
from keras import layers, ops

__all__ = ["MaximaOverTime", "learn_at_maxima", "learning_at_maxima", "pays"]

#: By the network, what makes the same network with `MaximaOverTime` for its maxima.
_TWINS: WeakKeyDictionary[keras.Model, Callable[[], keras.Model]] = WeakKeyDictionary()
#: Words in a document on average, from which on this is faster.
_LONG = 200
#: Numbers in the windows of a batch, up to which it needs about the memory of convolutions.
_MOST_NUMBERS = 2**26


class MaximaOverTime(layers.Layer):  # type: ignore[misc]
    """What some convolutions find at most in each document.

    A filter's maximum depends on one window of a document alone, yet backends send zeros
    back through all the others, which is two thirds of the work of a training step. Here
    the gradient goes to that window only: the same numbers, summed in another order.

    Parameters
    ----------
    convolutions : list of keras.layers.Conv1D
        Built, with rectified outputs.
    """

    def __init__(self, convolutions: list[layers.Conv1D]) -> None:
        super().__init__()
        self.convolutions = convolutions

    def call(self, vectors: Any, mask: Any) -> Any:
        """Return the maxima, of shape (batch, n_filters of all convolutions)."""
        maxima = []
        for convolution in self.convolutions:
            kernel, bias = map(ops.convert_to_tensor, (convolution.kernel, convolution.bias))
            maxima.append(_maxima(vectors, mask, kernel, bias))
        return maxima[0] if len(maxima) == 1 else ops.concatenate(maxima, axis=1)

    def compute_output_shape(self, vectors_shape: Any) -> tuple[Any, ...]:
        """Return the shape of the maxima, without tracing them."""
        return vectors_shape[0], sum(convolution.filters for convolution in self.convolutions)


def _maxima(vectors: Any, mask: Any, kernel: Any, bias: Any) -> Any:
    """Return what one convolution finds at most in windows whose centre is a word."""
    n_documents, width, dim = ops.shape(vectors)
    size, _, n_filters = kernel.shape
    centre = (size - 1) // 2

    @ops.custom_gradient
    def maxima(vectors: Any, kernel: Any, bias: Any) -> Any:
        # TensorFlow makes one of a convolution, a sum and a rectifier if it is of images.
        image, filters = ops.expand_dims(vectors, 1), ops.expand_dims(kernel, 0)
        windows = ops.squeeze(ops.relu(ops.conv(image, filters, padding="valid") + bias), 1)
        windows = windows * mask[:, centre : centre + ops.shape(windows)[1]]
        found = ops.max(windows, axis=1)

        def gradient(slope: Any) -> tuple[Any, Any, Any]:
            slope = ops.transpose(ops.where(found > 0, slope, 0.0))
            # The bits of numbers that are not negative are in their order, and among
            # integers Keras does not look for a negative zero.
            best = ops.transpose(ops.argmax(ops.view(windows, "int32"), axis=1))
            first = best + ops.arange(n_documents, dtype="int32") * width
            places = ops.expand_dims(first, -1) + ops.arange(size, dtype="int32")
            words = ops.take(ops.reshape(vectors, (-1, dim)), places, axis=0)
            words = ops.reshape(words, (n_filters, -1, size * dim))
            to_filters = ops.squeeze(ops.matmul(ops.expand_dims(slope, 1), words), 1)
            filters = ops.transpose(ops.reshape(kernel, (size * dim, n_filters)))
            to_words = ops.expand_dims(slope, -1) * ops.expand_dims(filters, 1)
            to_vectors = ops.segment_sum(
                ops.reshape(to_words, (-1, dim)), ops.reshape(places, (-1,)), n_documents * width
            )
            return (
                ops.reshape(to_vectors, (-1, width, dim)),
                ops.reshape(ops.transpose(to_filters), kernel.shape),
                ops.sum(slope, axis=1),
            )

        return found, gradient

    return maxima(vectors, kernel, bias)


def learn_at_maxima(model: keras.Model, make_twin: Callable[[], keras.Model]) -> None:
    """Say how to make the network that a network is trained as, which shares all its layers."""
    _TWINS[model] = cache(make_twin)


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
    return (
        model in _TWINS
        and words_in_a_document >= _LONG
        and batch_size * _numbers_in_windows(model) <= _MOST_NUMBERS
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
    make_twin, call = _TWINS[model], model.call

    def call_twin(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return make_twin()(inputs, training=True) if training else call(inputs, training, mask)

    model.call = call_twin
    try:
        yield
    finally:
        del model.call


def _numbers_in_windows(model: keras.Model) -> int:
    convolutions = (layer for layer in model.layers if isinstance(layer, layers.Conv1D))
    return sum(int(np.prod(convolution.kernel.shape)) for convolution in convolutions)
