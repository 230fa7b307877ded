"""Train a network with a faster forward pass, its twin, which shares its layers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
from keras import layers

__all__ = ["Twin", "as_twin", "give_twin", "pays"]

#: A forward pass for training: maps a batch of ids to the outputs of the network.
Twin = Callable[[Any], Any]

#: For each network, a function that builds its faster forward pass.
_TWINS: WeakKeyDictionary[keras.Model, Callable[[], Twin]] = WeakKeyDictionary()
#: Average words per document from which on computing gradients at maxima only is faster.
_LONG = 200
#: Maximum number of values in the windows of a batch that contain a maximum. They are gathered
#: for the gradient; up to this limit that takes about as much memory as the convolutions.
_MOST_NUMBERS = 2**26


def give_twin(model: keras.Model, make_twin: Callable[[], Twin]) -> None:
    """Register how to build the faster forward pass of a network; it must share all layers."""
    _TWINS[model] = cache(make_twin)


def pays(model: keras.Model, words_in_a_document: float, batch_size: int) -> bool:
    """Tell whether the faster forward pass is available and pays: documents must be long.

    It was measured with TensorFlow on a CPU only, so it is not used with a GPU.

    Parameters
    ----------
    model : keras.Model
        The network.
    words_in_a_document : float
        Average number of words per document. Work is saved for every word and added for
        every filter.
    batch_size : int
        Documents per batch; each adds one gathered window per filter.
    """
    return (
        model in _TWINS
        and words_in_a_document >= _LONG
        and batch_size * _numbers_in_windows(model) <= _MOST_NUMBERS
        and not keras.distribution.list_devices("gpu")
    )


@contextmanager
def as_twin(model: keras.Model) -> Iterator[None]:
    """Use the faster forward pass for training within the context.

    Callbacks, saving and prediction still use the network itself.

    Parameters
    ----------
    model : keras.Model
        The network.
    """
    make_twin, call = _TWINS[model], model.call

    def call_twin(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return make_twin()(inputs) if training else call(inputs, training, mask)

    model.call = call_twin
    try:
        yield
    finally:
        del model.call


def _numbers_in_windows(model: keras.Model) -> int:
    convolutions = (layer for layer in model.layers if isinstance(layer, layers.Conv1D))
    return sum(int(np.prod(convolution.kernel.shape)) for convolution in convolutions)
