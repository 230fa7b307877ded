"""What networks share: word vectors in, perhaps a dense layer, probabilities out."""

from typing import Any

import keras
from keras import layers, ops

from skembed.networks.spec import NetworkFacts

__all__ = ["WORDS_FIRST", "embed_ids", "hidden", "probabilities"]

#: For layers that would else ask Keras's ``image_data_format``: words are no images.
WORDS_FIRST = {"data_format": "channels_last"}


def embed_ids(ids: Any, facts: NetworkFacts, *, frozen: bool = False) -> tuple[Any, Any]:
    """Turn ids into word vectors, those of padding into zeros.

    Parameters
    ----------
    ids : KerasTensor of int of shape (batch, length)
        Ids of words, 0 for padding.
    facts : NetworkFacts
        Says how many ids there are, which vectors to start from, and whether they are
        trained.
    frozen : bool, default=False
        Whether these vectors, a second copy, are never trained.

    Returns
    -------
    vectors : KerasTensor of float of shape (batch, length, embedding_dim)
        The vectors. Since those of padding are multiplied by zero, nothing is ever
        learned from padding.
    mask : KerasTensor of float of shape (batch, length, 1)
        1 for words, 0 for padding.
    """
    embedding = layers.Embedding(
        facts.n_ids,
        facts.embedding_dim,
        trainable=facts.embedding_trainable and not frozen,
        name="frozen_embedding" if frozen else "embedding",
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


def hidden(x: Any, units: int) -> Any:
    """Add a dense layer of so many units; none for zero."""
    return layers.Dense(units, activation="relu")(x) if units else x


def probabilities(
    x: Any, facts: NetworkFacts, kernel_constraint: keras.constraints.Constraint | None = None
) -> Any:
    """End a network: a sigmoid for two classes or for several labels, else a softmax.

    Parameters
    ----------
    x : KerasTensor of float of shape (batch, n_features)
        What the network made of the documents.
    facts : NetworkFacts
        Says how many outputs there are, and whether they exclude each other.
    kernel_constraint : keras.constraints.Constraint, default=None
        For the weights of this layer.

    Returns
    -------
    KerasTensor of float32 of shape (batch, n_outputs)
        Probabilities.
    """
    return layers.Dense(
        facts.n_outputs,
        activation="sigmoid" if facts.multilabel or facts.n_outputs == 1 else "softmax",
        kernel_constraint=kernel_constraint,
        dtype="float32",  # probabilities keep their digits in mixed precision too
        name="probabilities",
    )(x)
