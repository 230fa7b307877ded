"""Pass only those rows of word vectors to the optimizer that have a gradient."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import layers, ops

__all__ = ["few_rows_have_gradients", "without_zero_rows"]


def few_rows_have_gradients(model: keras.Model, words_per_document: float) -> bool:
    """Tell whether most words of a batch have no gradient, and zeros change nothing.

    After max pooling a filter has a gradient for the words of one window of a document.

    Parameters
    ----------
    model : keras.Model
        The compiled network, with max-over-time pooling after its convolutions.
    words_per_document : float
        Average number of words per document.
    """
    kernels = [layer.kernel.shape for layer in model.layers if isinstance(layer, layers.Conv1D)]
    optimizer = model.optimizer
    return (
        sum(size * n_filters for size, _, n_filters in kernels) < words_per_document
        and "update_step" not in vars(optimizer)  # lazy: updates all rows of a batch
        and not (optimizer.clipnorm or optimizer.global_clipnorm)  # zeros order their sums
    )


@contextmanager
def without_zero_rows(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Let a training step that is traced within the context drop rows of zeros from gradients.

    TensorFlow represents the gradient of word vectors as a row for each word of a batch. Adam
    squares them and sums them twice by word. The sums are the same to the last bit.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        The optimizer.
    """
    plain_apply = optimizer.apply

    def apply(grads: Any, trainable_variables: Any = None) -> Any:
        return plain_apply([_dropped(gradient) for gradient in grads], trainable_variables)

    optimizer.apply = apply
    try:
        yield
    finally:
        del optimizer.apply


def _dropped(gradient: Any) -> Any:
    if not hasattr(gradient, "indices"):
        return gradient
    (places,) = ops.nonzero(ops.any(ops.not_equal(gradient.values, 0), axis=1))
    values, rows = (ops.take(x, places, axis=0) for x in (gradient.values, gradient.indices))
    return type(gradient)(values, rows, gradient.dense_shape)
