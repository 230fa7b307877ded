"""Networks that read all word vectors at once."""

import keras
from keras import layers, ops

from skembed.networks.architectures.layers import WORDS_FIRST, embed_ids, hidden, probabilities
from skembed.networks.spec import NetworkFacts, ignores_padding

__all__ = ["average", "flatten"]


@ignores_padding
def average(facts: NetworkFacts, *, hidden_units: int = 16, dropout: float = 0.0) -> keras.Model:
    """The mean of the word vectors, and a dense layer.

    After the text classification tutorial of TensorFlow; Iyyer et al. 2015 call it a
    deep averaging network.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors, mask = embed_ids(ids, facts)
    # Sums over long documents need more digits than mixed precision has.
    total, n_words = (ops.sum(ops.cast(x, "float32"), axis=1) for x in (vectors, mask))
    x = layers.Dropout(dropout)(total / ops.maximum(n_words, 1))
    return keras.Model(ids, probabilities(hidden(x, hidden_units), facts), name="average")


def flatten(facts: NetworkFacts, *, hidden_units: int = 0, dropout: float = 0.0) -> keras.Model:
    """All word vectors in a row, and one weight for each number (Brownlee 2017)."""
    ids = keras.Input((facts.fixed_length("flatten"),), dtype="int32", name="ids")
    vectors, _ = embed_ids(ids, facts)
    x = layers.Dropout(dropout)(layers.Flatten(**WORDS_FIRST)(vectors))
    return keras.Model(ids, probabilities(hidden(x, hidden_units), facts), name="flatten")
