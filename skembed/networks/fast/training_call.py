"""Train convolutional networks with a faster forward pass that shares their layers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import keras
import numpy as np

from skembed.networks.architectures.convolutional import cnn, multichannel_cnn
from skembed.networks.fast.max_over_time import maxima_over_time
from skembed.networks.runtime.keras_internals import forward_pass
from skembed.networks.spec import NetworkSpec

__all__ = ["is_faster", "train_with_faster_call"]

#: Average words per document from which on computing gradients at maxima only is faster.
_MIN_WORDS = 200
#: Maximum number of values in the windows of a batch that contain a maximum. They are gathered
#: for the gradient; up to this limit that takes about as much memory as the convolutions.
_MAX_GATHERED_VALUES = 2**26


def is_faster(
    spec: NetworkSpec, model: keras.Model, words_per_document: float, batch_size: int
) -> bool:
    """Tell whether there is a faster forward pass and it pays: documents must be long.

    It was measured on a CPU only, so it is not used with a GPU. Half precision is too coarse
    for its sums.

    Parameters
    ----------
    spec : NetworkSpec
        What the network was built from. A user-defined function may change a built-in network.
    model : keras.Model
        The network.
    words_per_document : float
        Average number of words per document. Work is saved for every word and added for
        every filter.
    batch_size : int
        Documents per batch; each adds one gathered window per filter.
    """
    return (
        spec.build in (cnn, multichannel_cnn)
        and words_per_document >= _MIN_WORDS
        and batch_size * _values_in_windows(model) <= _MAX_GATHERED_VALUES
        and _convolutions(model)[0].compute_dtype == "float32"
        and not keras.distribution.list_devices("gpu")
    )


@contextmanager
def train_with_faster_call(model: keras.Model) -> Iterator[None]:
    """Use the faster forward pass for training within the context.

    Callbacks, saving and prediction still use the network itself.

    Parameters
    ----------
    model : keras.Model
        The network, of one of the architectures for which `is_faster` may be true.
    """
    plain_call, faster_call = model.call, cache(_faster_call)

    def call(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return faster_call(model)(inputs) if training else plain_call(inputs, training, mask)

    with forward_pass(model, call):
        yield


def _faster_call(model: keras.Model) -> Callable[[Any], Any]:
    convolutions = _convolutions(model)
    embed = keras.Model(model.input, convolutions[0].input)
    classify = keras.Model(model.get_layer("maxima").output, model.output)
    return lambda ids: classify(maxima_over_time(ids, embed, convolutions), training=True)


def _convolutions(model: keras.Model) -> list[keras.layers.Conv1D]:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv1D)]


def _values_in_windows(model: keras.Model) -> int:
    return sum(int(np.prod(layer.kernel.shape)) for layer in _convolutions(model))
