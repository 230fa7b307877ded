"""One embedding layer for several texts of a network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras

__all__ = ["once_per_network", "one_network"]

_Layers = dict[str, keras.layers.Embedding]
_LAYERS: ContextVar[_Layers | None] = ContextVar("embeddings of the network being built")


@contextmanager
def one_network() -> Iterator[None]:
    """Build one network within the context."""
    token = _LAYERS.set({})
    try:
        yield
    finally:
        _LAYERS.reset(token)


def once_per_network(
    name: str, new_layer: Callable[[], keras.layers.Embedding]
) -> keras.layers.Embedding:
    """Return the embedding layer of a name, which the first call for a network makes.

    Parameters
    ----------
    name : str
        The name of the layer.
    new_layer : callable
        Makes the layer.
    """
    layers = _LAYERS.get(None)
    if layers is None:
        return new_layer()
    if name not in layers:
        layers[name] = new_layer()
    return layers[name]
