"""Train networks that differ in their dropout rates with the same graph."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
from keras import ops

from skembed.networks.runtime.keras_internals import forward_pass

__all__ = ["dropping", "rates_are_variables"]

#: Of a layer in a traced graph: the rate, and the factor for what is kept.
_Numbers = tuple[keras.Variable, keras.Variable]
_NUMBERS: weakref.WeakKeyDictionary[keras.layers.Dropout, _Numbers] = weakref.WeakKeyDictionary()


def dropping(model: keras.Model) -> list[keras.layers.Dropout]:
    """Return the dropout layers of a network whose rate is neither 0 nor 1."""
    return [x for x in model.layers if isinstance(x, keras.layers.Dropout) and 0 < x.rate < 1]


@contextmanager
def rates_are_variables(model: keras.Model) -> Iterator[None]:
    """Let the graph that is traced for training read the dropout rates from variables.

    Keras writes the rates into the graph as constants. The same values are dropped.

    Parameters
    ----------
    model : keras.Model
        The network. Its rates are those of the next training.
    """
    with ExitStack() as replaced:
        for layer in dropping(model):
            if layer not in _NUMBERS:
                _NUMBERS[layer] = _number("rate"), _number("factor")
            rate, factor = _NUMBERS[layer]
            rate.assign(layer.rate)
            factor.assign(1 / (1 - layer.rate))
            replaced.enter_context(forward_pass(layer, _call(layer, rate, factor)))
        yield


def _number(name: str) -> keras.Variable:
    return keras.Variable(0.0, trainable=False, dtype="float32", name=name)


def _call(
    layer: keras.layers.Dropout, rate: keras.Variable, factor: keras.Variable
) -> Callable[..., Any]:
    def call(inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        drawn = keras.random.uniform(
            ops.shape(inputs), dtype=inputs.dtype, seed=layer.seed_generator
        )
        kept = drawn >= ops.cast(rate, inputs.dtype)
        return ops.where(kept, inputs * ops.cast(factor, inputs.dtype), 0.0)

    return call
