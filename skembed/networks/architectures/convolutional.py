"""Convolutional networks."""

from numbers import Integral
from typing import Any

import keras
from keras import layers

from skembed.errors import ArchitectureError
from skembed.networks.architectures.layers import WORDS_FIRST, embed_ids, hidden, probabilities
from skembed.networks.spec import NetworkFacts, ignores_padding

__all__ = ["cnn", "cnn_flatten", "multichannel_cnn", "stacked_cnn"]

_KIM_SIZES = (3, 4, 5)
_POOL = 5


@ignores_padding
def cnn(
    facts: NetworkFacts,
    *,
    filters: int = 100,
    kernel_size: int | tuple[int, ...] = _KIM_SIZES,
    hidden_units: int = 0,
    dropout: float = 0.5,
) -> keras.Model:
    """Parallel convolutions with max-over-time pooling (Kim 2014).

    Dropout and the maximum norm of 3 for the last layer's weights follow the paper. Windows
    are centred on words; documents are padded with zeros on both sides.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors, mask = embed_ids(ids, facts)
    convolutions = _parallel(filters, kernel_size)
    return _kim("cnn", facts, ids, vectors, mask, convolutions, hidden_units, dropout)


@ignores_padding
def multichannel_cnn(
    facts: NetworkFacts,
    *,
    filters: int = 100,
    kernel_size: int | tuple[int, ...] = _KIM_SIZES,
    hidden_units: int = 0,
    dropout: float = 0.5,
) -> keras.Model:
    """As ``"cnn"``, on two copies of the word vectors, one tuned and one frozen (Kim 2014).

    A filter has weights for both copies; the two results are summed.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    tuned, mask = embed_ids(ids, facts)
    frozen, _ = embed_ids(ids, facts, frozen=True)
    both = layers.Concatenate()([tuned, frozen])
    convolutions = _parallel(filters, kernel_size)
    model = _kim("multichannel_cnn", facts, ids, both, mask, convolutions, hidden_units, dropout)
    start = model.get_layer(facts.embedding_name()).get_weights()
    model.get_layer(facts.embedding_name(frozen=True)).set_weights(start)
    return model


def cnn_flatten(
    facts: NetworkFacts,
    *,
    filters: int = 32,
    kernel_size: int = 8,
    hidden_units: int = 10,
    dropout: float = 0.0,
) -> keras.Model:
    """A convolution, max pooling of size 2, and a flatten layer (Brownlee 2017)."""
    length, size = facts.fixed_length("cnn_flatten"), _one_size(kernel_size, "cnn_flatten")
    if length <= size:
        raise ArchitectureError(
            f"architecture='cnn_flatten' needs documents longer than its kernel: these have "
            f"{length} ids, and kernel_size={size}. Raise maxlen in PadSequences or lower "
            "kernel_size."
        )
    ids = keras.Input((length,), dtype="int32", name="ids")
    vectors, _ = embed_ids(ids, facts)
    windows = layers.Conv1D(filters, size, activation="relu", **WORDS_FIRST)(vectors)
    x = layers.Flatten(**WORDS_FIRST)(layers.MaxPooling1D(2, **WORDS_FIRST)(windows))
    x = layers.Dropout(dropout)(hidden(x, hidden_units))
    return keras.Model(ids, probabilities(x, facts), name="cnn_flatten")


@ignores_padding
def stacked_cnn(
    facts: NetworkFacts,
    *,
    filters: int = 128,
    kernel_size: int = 5,
    hidden_units: int = 128,
    dropout: float = 0.0,
) -> keras.Model:
    """Three stacked convolutions with max pooling of size 5 in between (Chollet 2016).

    Pooling starts at the first word and keeps an incomplete last pool. As in ``"cnn"``,
    windows centred on padding are ignored.
    """
    size = _one_size(kernel_size, "stacked_cnn")
    ids = keras.Input((None,), dtype="int32", name="ids")
    x, mask = embed_ids(ids, facts)
    for _ in range(2):
        x = _pooled(_windows(x, mask, filters, size))
        mask = _pooled(mask)
    maxima = layers.GlobalMaxPooling1D(**WORDS_FIRST)(_windows(x, mask, filters, size))
    x = hidden(maxima, hidden_units)
    return keras.Model(ids, probabilities(layers.Dropout(dropout)(x), facts), name="stacked_cnn")


def _windows(x: Any, mask: Any, filters: int, size: int) -> Any:
    # After ReLU no window is below zero, so the zeros of padding never exceed the maximum.
    return _convolution(filters, size)(x) * mask


def _pooled(x: Any) -> Any:
    # padding="same" would add zeros at both ends, depending on the width of the batch.
    padded = layers.ZeroPadding1D((0, _POOL - 1), **WORDS_FIRST)(x)
    return layers.MaxPooling1D(_POOL, **WORDS_FIRST)(padded)


def _kim(
    name: str,
    facts: NetworkFacts,
    ids: Any,
    vectors: Any,
    mask: Any,
    convolutions: list[layers.Conv1D],
    hidden_units: int,
    dropout: float,
) -> keras.Model:
    windows = [convolution(vectors) * mask for convolution in convolutions]
    if len(windows) == 1:
        maxima = layers.GlobalMaxPooling1D(**WORDS_FIRST, name="maxima")(windows[0])
    else:
        maxima_per_size = [layers.GlobalMaxPooling1D(**WORDS_FIRST)(x) for x in windows]
        maxima = layers.Concatenate(name="maxima")(maxima_per_size)
    x = layers.Dropout(dropout)(hidden(maxima, hidden_units))
    outputs = probabilities(x, facts, kernel_constraint=keras.constraints.MaxNorm(3))
    return keras.Model(ids, outputs, name=name)


def _parallel(filters: int, kernel_size: Any) -> list[layers.Conv1D]:
    return [_convolution(filters, size) for size in _sizes(kernel_size)]


def _convolution(filters: int, size: int) -> layers.Conv1D:
    return layers.Conv1D(filters, size, padding="same", activation="relu", **WORDS_FIRST)


def _one_size(kernel_size: Any, name: str) -> int:
    if not isinstance(kernel_size, Integral):
        raise ArchitectureError(
            f"architecture={name!r} has no parallel convolutions, so kernel_size must be an int; "
            f"got {kernel_size!r}. For parallel convolutions, use architecture='cnn'."
        )
    return int(kernel_size)


def _sizes(kernel_size: Any) -> tuple[int, ...]:
    sizes: tuple[Any, ...] = (
        tuple(kernel_size) if isinstance(kernel_size, list | tuple) else (kernel_size,)
    )
    if not sizes or not all(isinstance(size, Integral) and int(size) > 0 for size in sizes):
        raise ArchitectureError(
            f"kernel_size must be a positive int or a tuple of them, such as (3, 4, 5); got "
            f"{kernel_size!r}."
        )
    return tuple(map(int, sizes))
