"""Lazy Adam: update only the word vectors that occur in a batch."""

from types import MethodType
from typing import Any

import keras
from keras import ops

from skembed.networks.runtime.keras_internals import adam_moments

__all__ = ["lazy", "reset_copy"]


def lazy(adam: keras.optimizers.Adam) -> keras.optimizers.Adam:
    """Make an Adam optimizer update only embedding rows that have a gradient.

    Adam also updates rows without a gradient, from the moments of earlier ones, so the cost
    of a step grows with the vocabulary. Where the backend represents embedding gradients as
    sparse rows, as TensorFlow does, the moments of a row now stay unchanged until its word
    occurs again. On other backends, and for all other weights, nothing changes.

    The optimizer is still saved as a ``keras.optimizers.Adam``.

    Parameters
    ----------
    adam : keras.optimizers.Adam
        The optimizer; it is modified in place.

    Returns
    -------
    keras.optimizers.Adam
        The same object.
    """
    adam.update_step = MethodType(_update_step, adam)
    return adam


def reset_copy(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return a new optimizer with the configuration of another and without its state."""
    copy = type(optimizer).from_config(optimizer.get_config())
    return lazy(copy) if "update_step" in vars(optimizer) else copy


def _update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    if not hasattr(gradient, "indices") or self.amsgrad:
        type(self).update_step(self, gradient, variable, learning_rate)
        return
    rows, slope = _summed_by_row(gradient)
    first_moment, second_moment = adam_moments(self, variable)
    step = ops.cast(self.iterations + 1, variable.dtype)
    rate = ops.cast(learning_rate, variable.dtype)
    rate = rate * ops.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)

    def moved(moment: Any, towards: Any, beta: float) -> Any:
        old = moment.value.sparse_read(rows)  # ops.take would read all rows
        new = old + (towards - old) * (1 - beta)
        self.assign(moment, type(gradient)(new, rows))
        return new

    momentum = moved(first_moment, slope, self.beta_1)
    velocity = moved(second_moment, ops.square(slope), self.beta_2)
    change = rate * momentum / (ops.sqrt(velocity) + self.epsilon)
    self.assign_sub(variable, type(gradient)(change, rows))


def _summed_by_row(gradient: Any) -> tuple[Any, Any]:
    """Return the distinct rows that occur, and the sum of the gradients of each.

    On TensorFlow, unlike other backends, Keras's Adam squares the summands one by one.
    """
    order = ops.argsort(gradient.indices)
    rows = ops.take(gradient.indices, order)
    is_new = ops.not_equal(rows[1:], rows[:-1])
    place = ops.concatenate([ops.zeros(1, "int32"), ops.cumsum(ops.cast(is_new, "int32"))])
    n_rows = place[-1] + 1
    sums = ops.segment_sum(ops.take(gradient.values, order, axis=0), place, n_rows)
    return ops.segment_max(rows, place, n_rows), sums
