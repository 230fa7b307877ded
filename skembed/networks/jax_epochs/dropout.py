"""Dropout whose rate is an argument of a compiled program, so that one serves all rates."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.networks.runtime.keras_internals import forward_pass

__all__ = ["keeping", "kept_fractions", "with_any_rate"]

_RATE = 0.5  # of all networks of a form; without dropout, a layer has no seed


def with_any_rate(config: dict[str, Any]) -> dict[str, Any]:
    """Return what to change in the configuration of a layer, so that it does not name its rate."""
    own: Any = config.get("config")
    if config.get("class_name") != "Dropout" or own["noise_shape"] or not 0 < own["rate"] < 1:
        return {}
    return {"config": own | {"rate": _RATE}}


def kept_fractions(model: keras.Model) -> npt.NDArray[np.float32]:
    """Return the fraction of inputs that each dropout layer of a network keeps."""
    return np.array([1 - layer.rate for layer in _layers(model)], np.float32)


@contextmanager
def keeping(model: keras.Model, fractions: Any) -> Iterator[None]:
    """Let the dropout layers of a network keep other fractions while a program is traced.

    Parameters
    ----------
    model : keras.Model
        The network.
    fractions : array of shape (n_layers,)
        The fractions, of which the program need not know the values.
    """
    with ExitStack() as stack:
        for layer, fraction in zip(_layers(model), fractions):
            stack.enter_context(forward_pass(layer, partial(_dropped, layer, fraction)))
        yield


def _dropped(layer: Any, kept: Any, inputs: Any, training: bool = False) -> Any:
    """Do what ``keras.layers.Dropout`` does."""
    import jax

    if not training:
        return inputs
    keeps = jax.random.bernoulli(layer.seed_generator.next(), kept, inputs.shape)
    return keras.ops.where(keeps, inputs / kept.astype(inputs.dtype), 0)


def _layers(model: keras.Model) -> list[keras.layers.Dropout]:
    drops = (layer for layer in model.layers if type(layer) is keras.layers.Dropout)
    return [layer for layer in drops if 0 < layer.rate < 1 and not layer.noise_shape]
