"""Networks that are trained as a twin, which shares their layers and is faster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
from keras import layers

__all__ = ["Twin", "as_twin", "give_twin", "pays"]

#: What a network is trained as: what it makes of a batch of ids, while it trains.
Twin = Callable[[Any], Any]

#: By the network, what makes its twin.
_TWINS: WeakKeyDictionary[keras.Model, Callable[[], Twin]] = WeakKeyDictionary()
#: Words in a document on average, from which on a twin that learns at maxima is faster.
_LONG = 200
#: A twin gathers the windows of a batch that won: up to so many numbers in them, it needs about the
#: memory of convolutions.
_MOST_NUMBERS = 2**26


def give_twin(model: keras.Model, make_twin: Callable[[], Twin]) -> None:
    """Say how to make what a network is trained as, which shares all its layers."""
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
def as_twin(model: keras.Model) -> Iterator[None]:
    """Train a network as its twin.

    The network that is looked at, saved and called back stays itself.

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
