"""Networks by name: each a function from the facts, and its settings, to a model.

A function of a user's own has the same form::

    def my_network(facts, *, filters=64):
        ids = keras.Input((facts.length,), dtype="int32")
        vectors, mask = skembed.networks.embed(ids, facts)
        x = keras.layers.Conv1D(filters, 3, activation="relu")(vectors)
        x = keras.layers.GlobalMaxPooling1D()(x)
        return keras.Model(ids, skembed.networks.probabilities(x, facts))

It is called with those of the classifier's parameters ``filters``, ``kernel_size``,
``hidden_units`` and ``dropout`` that it names and that were set.
"""

from collections.abc import Callable

import keras

from skembed.networks.architectures.convolutional import (
    cnn,
    cnn_flatten,
    multichannel_cnn,
    stacked_cnn,
)
from skembed.networks.architectures.dense import average, flatten
from skembed.networks.architectures.recurrent import bilstm, gru, lstm

__all__ = ["ARCHITECTURES"]

#: The networks by the name that ``KerasTextClassifier(architecture=...)`` takes.
ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    "average": average,
    "bilstm": bilstm,
    "cnn": cnn,
    "cnn_flatten": cnn_flatten,
    "flatten": flatten,
    "gru": gru,
    "lstm": lstm,
    "multichannel_cnn": multichannel_cnn,
    "stacked_cnn": stacked_cnn,
}
