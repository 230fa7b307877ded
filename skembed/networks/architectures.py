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
from numbers import Integral
from typing import Any

import keras
from keras import layers, ops

from skembed.errors import ArchitectureError
from skembed.networks.blueprint import NetworkFacts
from skembed.networks.layers import embed, probabilities

__all__ = ["ARCHITECTURES", "ignores_padding"]


def ignores_padding(build: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
    """Declare that a network's predictions do not depend on padding.

    It is then fed batches of documents of similar length, each padded only to its own
    longest; its input must be of any length: ``keras.Input((None,), dtype="int32")``.

    Parameters
    ----------
    build : callable
        Builds the network.

    Returns
    -------
    callable
        The same function, marked.
    """
    build.ignores_padding = True  # type: ignore[attr-defined]
    return build


@ignores_padding
def cnn(
    facts: NetworkFacts,
    *,
    filters: int = 100,
    kernel_size: int | tuple[int, ...] = (3, 4, 5),
    hidden_units: int = 0,
    dropout: float = 0.5,
) -> keras.Model:
    """Convolutions side by side, each with its maximum over time (Kim 2014).

    Dropout and the limit of 3 on the norm of the last layer's weights are Kim's. A
    window counts if its centre is a word; before the document and after it are zeros.
    """
    sizes = _kernel_sizes(kernel_size)
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors, mask = embed(ids, facts)
    branches = []
    for size in sizes:
        windows = layers.Conv1D(filters, size, padding="same", activation="relu")(vectors)
        # No window is below zero, so a zero in place of padding never wins.
        branches.append(layers.GlobalMaxPooling1D()(windows * mask))
    x = branches[0] if len(branches) == 1 else layers.Concatenate()(branches)
    x = _hidden(x, hidden_units)
    x = layers.Dropout(dropout)(x)
    limit = keras.constraints.MaxNorm(3)
    return keras.Model(ids, probabilities(x, facts, kernel_constraint=limit), name="cnn")


@ignores_padding
def average(facts: NetworkFacts, *, hidden_units: int = 16, dropout: float = 0.0) -> keras.Model:
    """The mean of the word vectors, and a dense layer.

    After the text classification tutorial of TensorFlow; Iyyer et al. 2015 call it a
    deep averaging network.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors, mask = embed(ids, facts)
    n_words = ops.maximum(ops.sum(mask, axis=1), 1)
    x = layers.Dropout(dropout)(ops.sum(vectors, axis=1) / n_words)
    return keras.Model(ids, probabilities(_hidden(x, hidden_units), facts), name="average")


def flatten(facts: NetworkFacts, *, hidden_units: int = 0, dropout: float = 0.0) -> keras.Model:
    """All word vectors in a row, and one weight for each number (Brownlee 2017)."""
    ids = keras.Input((_fixed_length(facts, "flatten"),), dtype="int32", name="ids")
    vectors, _ = embed(ids, facts)
    x = layers.Dropout(dropout)(layers.Flatten()(vectors))
    return keras.Model(ids, probabilities(_hidden(x, hidden_units), facts), name="flatten")


def cnn_flatten(
    facts: NetworkFacts,
    *,
    filters: int = 32,
    kernel_size: int = 8,
    hidden_units: int = 10,
    dropout: float = 0.0,
) -> keras.Model:
    """A convolution, a pool that halves, and all that is left in a row (Brownlee 2017)."""
    length = _fixed_length(facts, "cnn_flatten")
    if not isinstance(kernel_size, Integral):
        raise ArchitectureError(
            f"architecture='cnn_flatten' has one convolution, so kernel_size must be an int; got "
            f"{kernel_size!r}. Several side by side are architecture='cnn'."
        )
    if length <= kernel_size:
        raise ArchitectureError(
            f"architecture='cnn_flatten' needs rows longer than its kernel: they have {length} ids "
            f"and kernel_size={kernel_size}. Raise maxlen in PadSequences or lower kernel_size."
        )
    ids = keras.Input((length,), dtype="int32", name="ids")
    vectors, _ = embed(ids, facts)
    windows = layers.Conv1D(filters, kernel_size, activation="relu")(vectors)
    x = layers.Flatten()(layers.MaxPooling1D(2)(windows))
    x = layers.Dropout(dropout)(_hidden(x, hidden_units))
    return keras.Model(ids, probabilities(x, facts), name="cnn_flatten")


#: The networks by the name that ``KerasTextClassifier(architecture=...)`` takes.
ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    "average": average,
    "cnn": cnn,
    "cnn_flatten": cnn_flatten,
    "flatten": flatten,
}


def _hidden(x: Any, units: int) -> Any:
    return layers.Dense(units, activation="relu")(x) if units else x


def _fixed_length(facts: NetworkFacts, name: str) -> int:
    if facts.length is None:
        raise ArchitectureError(
            f"architecture={name!r} needs rows of one length, and these documents are unpadded: "
            "put PadSequences() before this step, or choose 'cnn' or 'average'."
        )
    return facts.length


def _kernel_sizes(kernel_size: Any) -> tuple[int, ...]:
    sizes: tuple[Any, ...] = (
        tuple(kernel_size) if isinstance(kernel_size, list | tuple) else (kernel_size,)
    )
    if not sizes or not all(isinstance(size, Integral) and int(size) > 0 for size in sizes):
        raise ArchitectureError(
            f"kernel_size must be a positive int or a tuple of them, such as (3, 4, 5); got "
            f"{kernel_size!r}."
        )
    return tuple(map(int, sizes))
