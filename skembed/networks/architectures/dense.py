"""Networks of dense layers on all word vectors at once."""

import keras
from keras import layers, ops

from skembed.networks.architectures.layers import WORDS_FIRST, embed_ids, hidden, probabilities
from skembed.networks.spec import NetworkFacts, ignores_padding

__all__ = ["average", "flatten"]


@ignores_padding
def average(facts: NetworkFacts, *, hidden_units: int = 16, dropout: float = 0.0) -> keras.Model:
    """The mean of the word vectors, followed by a dense layer.

    As in the text classification tutorial of TensorFlow; a deep averaging network in the
    terms of Iyyer et al. 2015.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors, mask = embed_ids(ids, facts)
    # Sums over long documents need more precision than half-precision floats have.
    total, n_words = (ops.sum(ops.cast(x, "float32"), axis=1) for x in (vectors, mask))
    x = layers.Dropout(dropout)(total / ops.maximum(n_words, 1))
    return keras.Model(ids, probabilities(hidden(x, hidden_units), facts), name="average")


def flatten(facts: NetworkFacts, *, hidden_units: int = 0, dropout: float = 0.0) -> keras.Model:
    """All word vectors flattened, with one weight per component (Brownlee 2017)."""
    ids = keras.Input((facts.fixed_length("flatten"),), dtype="int32", name="ids")
    vectors, _ = embed_ids(ids, facts)
    x = layers.Dropout(dropout)(layers.Flatten(**WORDS_FIRST)(vectors))
    return keras.Model(ids, probabilities(hidden(x, hidden_units), facts), name="flatten")
