"""The two ends of every network: word vectors in, probabilities out."""

from typing import Any

import keras
from keras import layers, ops

from skembed.networks.blueprint import NetworkFacts

__all__ = ["embed", "probabilities"]


def embed(ids: Any, facts: NetworkFacts) -> tuple[Any, Any]:
    """Turn ids into word vectors, those of padding into zeros.

    Parameters
    ----------
    ids : KerasTensor of int of shape (batch, length)
        Ids of words, 0 for padding.
    facts : NetworkFacts
        Says how many ids there are, and which vectors to start from.

    Returns
    -------
    vectors : KerasTensor of float of shape (batch, length, embedding_dim)
        The vectors. Since those of padding are multiplied by zero, nothing is ever
        learned from padding.
    mask : KerasTensor of float of shape (batch, length, 1)
        1 for words, 0 for padding.
    """
    embedding = layers.Embedding(
        facts.n_ids, facts.embedding_dim, trainable=facts.embedding_trainable, name="embedding"
    )
    embedding.build((None,))
    start = facts.embedding_matrix
    if start is None:
        start = embedding.get_weights()[0].copy()
        start[0] = 0.0
    embedding.set_weights([start])
    vectors = embedding(ids)
    mask = ops.expand_dims(ops.cast(ops.not_equal(ids, 0), vectors.dtype), -1)
    return vectors * mask, mask


def probabilities(
    x: Any, facts: NetworkFacts, kernel_constraint: keras.constraints.Constraint | None = None
) -> Any:
    """End a network: one sigmoid unit for two classes, else a softmax over all.

    Parameters
    ----------
    x : KerasTensor of float of shape (batch, n_features)
        What the network made of the documents.
    facts : NetworkFacts
        Says how many classes there are.
    kernel_constraint : keras.constraints.Constraint, default=None
        For the weights of this layer.

    Returns
    -------
    KerasTensor of float32 of shape (batch, n_outputs)
        Probabilities.
    """
    return layers.Dense(
        facts.n_outputs,
        activation="sigmoid" if facts.n_outputs == 1 else "softmax",
        kernel_constraint=kernel_constraint,
        dtype="float32",
        name="probabilities",
    )(x)
