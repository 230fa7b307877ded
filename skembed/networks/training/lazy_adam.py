"""Adam that leaves the vectors of words alone which a batch does not hold."""

from types import MethodType
from typing import Any

import keras
from keras import ops

__all__ = ["lazy", "made_anew"]


def lazy(adam: keras.optimizers.Adam) -> keras.optimizers.Adam:
    """Let an Adam update only those rows of an embedding that have a gradient.

    Adam also moves rows without one, by what it remembers of earlier gradients, so each
    step costs as much as the vocabulary is large. Where the backend keeps gradients of
    an embedding as rows, as TensorFlow does, the memory of a row here waits until its
    word is seen again. Elsewhere, and for all other weights, nothing changes.

    It stays a ``keras.optimizers.Adam`` in all it saves.

    Parameters
    ----------
    adam : keras.optimizers.Adam
        The optimizer; it is changed.

    Returns
    -------
    keras.optimizers.Adam
        The same.
    """
    adam.update_step = MethodType(_update_step, adam)
    return adam


def made_anew(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return an optimizer that has seen nothing, like one that has."""
    twin = type(optimizer).from_config(optimizer.get_config())
    return lazy(twin) if "update_step" in vars(optimizer) else twin


def _update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    if not hasattr(gradient, "indices") or self.amsgrad:
        type(self).update_step(self, gradient, variable, learning_rate)
        return
    rows, slope = _summed_by_row(gradient)
    place = self._get_variable_index(variable)
    step = ops.cast(self.iterations + 1, variable.dtype)
    rate = ops.cast(learning_rate, variable.dtype)
    rate = rate * ops.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)

    def moved(moment: Any, towards: Any, beta: float) -> Any:
        old = moment.value.sparse_read(rows)  # reads no other rows, as ops.take would
        new = old + (towards - old) * (1 - beta)
        self.assign(moment, type(gradient)(new, rows))
        return new

    momentum = moved(self._momentums[place], slope, self.beta_1)
    velocity = moved(self._velocities[place], ops.square(slope), self.beta_2)
    change = rate * momentum / (ops.sqrt(velocity) + self.epsilon)
    self.assign_sub(variable, type(gradient)(change, rows))


def _summed_by_row(gradient: Any) -> tuple[Any, Any]:
    """Return the rows that occur, each once, and the sum of the gradients of each.

    Keras's Adam squares the parts of that sum one by one, on TensorFlow alone.
    """
    order = ops.argsort(gradient.indices)
    rows = ops.take(gradient.indices, order)
    is_new = ops.not_equal(rows[1:], rows[:-1])
    place = ops.concatenate([ops.zeros(1, "int32"), ops.cumsum(ops.cast(is_new, "int32"))])
    n_rows = place[-1] + 1
    sums = ops.segment_sum(ops.take(gradient.values, order, axis=0), place, n_rows)
    return ops.segment_max(rows, place, n_rows), sums
