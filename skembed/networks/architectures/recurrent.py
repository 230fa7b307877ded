"""Recurrent networks."""

from typing import Any

import keras
from keras import layers, ops

from skembed.errors import ArchitectureError
from skembed.networks.architectures.layers import embed_ids, probabilities
from skembed.networks.spec import NetworkFacts, ignores_padding

__all__ = ["bilstm", "gru", "lstm"]


@ignores_padding
def lstm(facts: NetworkFacts, *, hidden_units: int = 100, dropout: float = 0.0) -> keras.Model:
    """The last state of an LSTM layer (Hochreiter and Schmidhuber 1997)."""
    return _reader("lstm", layers.LSTM, facts, hidden_units, dropout)


@ignores_padding
def bilstm(facts: NetworkFacts, *, hidden_units: int = 64, dropout: float = 0.0) -> keras.Model:
    """The last states of a bidirectional LSTM layer (Graves and Schmidhuber 2005)."""

    def both_ways(units: int) -> keras.Layer:
        return layers.Bidirectional(layers.LSTM(units))

    return _reader("bilstm", both_ways, facts, hidden_units, dropout)


@ignores_padding
def gru(facts: NetworkFacts, *, hidden_units: int = 100, dropout: float = 0.0) -> keras.Model:
    """The last state of a GRU layer (Cho et al. 2014)."""
    return _reader("gru", layers.GRU, facts, hidden_units, dropout)


def _reader(
    name: str, layer: Any, facts: NetworkFacts, hidden_units: int, dropout: float
) -> keras.Model:
    if hidden_units == 0:
        raise ArchitectureError(
            f"architecture={name!r} needs hidden_units of 1 or more, the size of its state; got 0."
        )
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors, _ = embed_ids(ids, facts)
    state = layer(hidden_units)(vectors, mask=_steps(ids))
    x = layers.Dropout(dropout)(state)
    return keras.Model(ids, probabilities(x, facts), name=name)


def _steps(ids: Any) -> Any:
    """Return the mask of words, which includes the first step of empty documents.

    cuDNN rejects sequences that are fully masked.
    """
    words = ops.not_equal(ids, 0)
    is_empty = ops.logical_not(ops.any(words, axis=1, keepdims=True))
    is_first = ops.equal(ops.cumsum(ops.ones_like(ids), axis=1), 1)
    return ops.logical_or(words, ops.logical_and(is_empty, is_first))
