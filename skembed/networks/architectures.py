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
from keras import layers, ops

from skembed.networks.blueprint import NetworkFacts, ignores_padding
from skembed.networks.convolutional import cnn, cnn_flatten, multichannel_cnn, stacked_cnn
from skembed.networks.layers import WORDS_FIRST, embed, hidden, probabilities
from skembed.networks.recurrent import bilstm, gru, lstm

__all__ = ["ARCHITECTURES"]


@ignores_padding
def average(facts: NetworkFacts, *, hidden_units: int = 16, dropout: float = 0.0) -> keras.Model:
    """The mean of the word vectors, and a dense layer.

    After the text classification tutorial of TensorFlow; Iyyer et al. 2015 call it a
    deep averaging network.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors, mask = embed(ids, facts)
    # Sums over long documents need more digits than mixed precision has.
    total, n_words = (ops.sum(ops.cast(x, "float32"), axis=1) for x in (vectors, mask))
    x = layers.Dropout(dropout)(total / ops.maximum(n_words, 1))
    return keras.Model(ids, probabilities(hidden(x, hidden_units), facts), name="average")


def flatten(facts: NetworkFacts, *, hidden_units: int = 0, dropout: float = 0.0) -> keras.Model:
    """All word vectors in a row, and one weight for each number (Brownlee 2017)."""
    ids = keras.Input((facts.fixed_length("flatten"),), dtype="int32", name="ids")
    vectors, _ = embed(ids, facts)
    x = layers.Dropout(dropout)(layers.Flatten(**WORDS_FIRST)(vectors))
    return keras.Model(ids, probabilities(hidden(x, hidden_units), facts), name="flatten")


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
