"""Train convolutional networks with a faster forward pass that shares their layers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import keras
import numpy as np

from skembed.networks.architectures import ARCHITECTURES
from skembed.networks.architectures.convolutional import cnn, multichannel_cnn
from skembed.networks.architectures.table import table
from skembed.networks.fast.max_over_time import maxima_over_time
from skembed.networks.inputs import texts_of
from skembed.networks.runtime.keras_internals import forward_pass, input_layers
from skembed.networks.spec import NetworkSpec
from skembed.table_checks import Documents

__all__ = ["long_texts", "train_with_faster_call"]

#: Average words per document from which on computing gradients at maxima only is faster.
_MIN_WORDS = 200
#: Maximum number of values in the windows of a batch that contain a maximum. They are gathered
#: for the gradient; up to this limit that takes about as much memory as the convolutions.
_MAX_GATHERED_VALUES = 2**26


def long_texts(
    spec: NetworkSpec, model: keras.Model, documents: Documents, batch_size: int
) -> list[int]:
    """Return the places of the texts for which there is a faster forward pass that pays.

    They must be long. It was measured on a CPU only, so it is not used with a GPU. Half precision
    is too coarse for its sums.

    Parameters
    ----------
    spec : NetworkSpec
        What the network was built from. A user-defined function may change a built-in network.
    model : keras.Model
        The network.
    documents : TokenSequences or TokenTable
        The training documents. Work is saved for every word and added for every filter.
    batch_size : int
        Documents per batch; each adds one gathered window per filter.
    """
    if keras.distribution.list_devices("gpu"):
        return []
    return [
        place
        for place, (build, text) in enumerate(zip(_functions(spec), texts_of(documents)))
        if build in (cnn, multichannel_cnn)
        and text.lengths.mean() >= _MIN_WORDS
        and _pays(_convolutions(model, place), batch_size)
    ]


def _functions(spec: NetworkSpec) -> list[Any]:
    """Return the function that built the network of each text."""
    if spec.build is not table:
        return [spec.build]
    return [ARCHITECTURES[name] for name, _ in spec.settings["architectures"].values()]


def _pays(convolutions: list[keras.layers.Conv1D], batch_size: int) -> bool:
    n_values = sum(int(np.prod(layer.kernel.shape)) for layer in convolutions)
    is_exact = convolutions[0].compute_dtype == "float32"
    return is_exact and batch_size * n_values <= _MAX_GATHERED_VALUES


@contextmanager
def train_with_faster_call(model: keras.Model, places: list[int]) -> Iterator[None]:
    """Use the faster forward pass for training within the context.

    Callbacks, saving and prediction still use the network itself.

    Parameters
    ----------
    model : keras.Model
        The network.
    places : list of int
        The places of the texts, from `long_texts`.
    """
    plain_call, faster_call = model.call, cache(partial(_faster_call, places=places))

    def call(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return faster_call(model)(inputs) if training else plain_call(inputs, training, mask)

    with forward_pass(model, call):
        yield


def _faster_call(model: keras.Model, places: list[int]) -> Callable[[Any], Any]:
    """Return the forward pass: maxima of the long texts first, then all that is left."""
    convolutions = {place: _convolutions(model, place) for place in places}
    embed = {
        place: keras.Model(model.inputs[place], some[0].input)
        for place, some in convolutions.items()
    }
    starts = [_maxima(model, i) if i in places else each for i, each in enumerate(model.inputs)]
    classify = keras.Model(starts if len(starts) > 1 else starts[0], model.output)

    def call(inputs: Any) -> Any:
        values = [*inputs] if len(starts) > 1 else [inputs]
        for place in places:
            values[place] = maxima_over_time(values[place], embed[place], convolutions[place])
        return classify(values if len(starts) > 1 else values[0], training=True)

    return call


def _maxima(model: keras.Model, place: int) -> Any:
    """Return the output of the pooling of a text."""
    names = input_layers(model) or [""]
    of_table = {layer.name: layer for layer in model.layers}.get(f"{names[place]}__maxima")
    return (of_table or model.get_layer("maxima")).output


def _convolutions(model: keras.Model, place: int) -> list[keras.layers.Conv1D]:
    of_text = keras.Model(model.inputs[place], _maxima(model, place))
    return [layer for layer in of_text.layers if isinstance(layer, keras.layers.Conv1D)]
