"""Layers that the architectures share: embedding, hidden layer and output layer."""

from functools import partial
from typing import Any

import keras
from keras import layers, ops

from skembed.networks.shared_embeddings import once_per_network
from skembed.networks.spec import NetworkFacts
from skembed.networks.table_facts import TableFacts

__all__ = ["WORDS_FIRST", "embed_ids", "hidden", "probabilities"]

#: For layers that would otherwise use Keras's ``image_data_format``, which is meant for images.
WORDS_FIRST = {"data_format": "channels_last"}


def embed_ids(ids: Any, facts: NetworkFacts, *, frozen: bool = False) -> tuple[Any, Any]:
    """Map ids to word vectors, and padding to zeros.

    Parameters
    ----------
    ids : KerasTensor of int of shape (batch, length)
        Word ids, 0 for padding.
    facts : NetworkFacts
        Those of the only text, or those of one text of a table, such as ``facts.parts["title"]``.
        They determine the number of ids, the initial vectors, and whether they are trained.
    frozen : bool, default=False
        Whether to create a second copy of the vectors, which is never trained.

    Returns
    -------
    vectors : KerasTensor of float of shape (batch, length, embedding_dim)
        The vectors. Those of padding are multiplied by zero, so they have no gradient.
    mask : KerasTensor of float of shape (batch, length, 1)
        1 for words, 0 for padding.
    """
    new_layer = partial(_new_embedding, facts, frozen)
    if facts.shares_embedding:
        embedding = once_per_network(facts.embedding_name(frozen), new_layer)
    else:
        embedding = new_layer()
    vectors = embedding(ids)
    mask = ops.expand_dims(ops.cast(ops.not_equal(ids, 0), vectors.dtype), -1)
    return vectors * mask, mask


def _new_embedding(facts: NetworkFacts, frozen: bool) -> layers.Embedding:
    embedding = layers.Embedding(
        facts.n_ids,
        facts.embedding_dim,
        trainable=facts.embedding_trainable and not frozen,
        name=facts.embedding_name(frozen),
    )
    embedding.build((None,))
    start = facts.embedding_matrix
    if start is None:
        start = embedding.get_weights()[0].copy()
        start[0] = 0.0
    embedding.set_weights([start])
    return embedding


def hidden(x: Any, units: int) -> Any:
    """Add a dense ReLU layer; none if `units` is 0."""
    return layers.Dense(units, activation="relu")(x) if units else x


def probabilities(
    x: Any,
    facts: NetworkFacts | TableFacts,
    kernel_constraint: keras.constraints.Constraint | None = None,
) -> Any:
    """Add the output layer: sigmoid for two classes or multilabel targets, otherwise softmax.

    Parameters
    ----------
    x : KerasTensor of float of shape (batch, n_features)
        The features of the documents.
    facts : NetworkFacts or TableFacts
        Determines the number of outputs, and whether they are mutually exclusive.
    kernel_constraint : keras.constraints.Constraint, default=None
        The constraint on the weights of this layer.

    Returns
    -------
    KerasTensor of float32 of shape (batch, n_outputs)
        The predicted probabilities.
    """
    return layers.Dense(
        facts.n_outputs,
        activation="sigmoid" if facts.multilabel or facts.n_outputs == 1 else "softmax",
        kernel_constraint=kernel_constraint,
        dtype="float32",  # full precision, even with a mixed precision policy
        name="probabilities",
    )(x)
