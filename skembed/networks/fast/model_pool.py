"""Reuse discarded models with their compiled graphs.

TensorFlow traces the training step of each model into a graph. Tracing takes longer than
training on a small corpus. A search trains many networks that differ in their values and
in the number of their words only. So when a classifier is garbage-collected, its model is
kept in a pool with its graphs. The next network of the same form copies its values into
the kept model, which is then trained in its place.
"""

import math
import threading
import weakref
from collections import OrderedDict
from typing import Any

import keras
from keras import ops

from skembed._worker_memory import STORES
from skembed.networks.fast.dropout_rates import dropping
from skembed.networks.live_network import LiveNetwork
from skembed.networks.runtime.keras_internals import let_rows_vary, set_value
from skembed.networks.text_network import TextNetwork

__all__ = ["POOL", "ModelPool", "form_of"]


def form_of(model: keras.Model, *also: Any) -> str | None:
    """Return everything that the graphs of a compiled model depend on.

    The number of words and the dropout rates are no part of it: see `let_rows_vary` and
    `rates_are_variables`.

    Parameters
    ----------
    model : keras.Model
        The model, built from Keras's own classes only.
    *also : object
        What else its graphs depend on.

    Returns
    -------
    str or None
        A text that is equal for two models if they can use each other's graphs; None if
        graphs cannot be reused.
    """
    compiled = model.get_compile_config()
    rate = compiled["optimizer"]["config"].pop("learning_rate", None)
    if not isinstance(rate, float):  # a schedule, which may be user-defined
        return None
    network, rates = model.get_config(), {layer.rate for layer in dropping(model)}
    for layer in network["layers"]:
        layer["config"].pop("input_dim", None)
        if layer["config"].get("rate") in rates:
            del layer["config"]["rate"]
    lazy = "update_step" in vars(model.optimizer)
    around = model.distribute_strategy, keras.config.epsilon()
    return repr((network, compiled, lazy, around, also))


class ModelPool:
    """Discarded models with their compiled graphs, by `form_of`.

    Parameters
    ----------
    max_models : int, default=10
        Maximum number of models. The graphs of one model take about 15 MB.
    max_bytes : int, default=2**25
        Maximum bytes of all variables of the models, without the word vectors and their
        optimizer state, which are released.
    """

    def __init__(self, max_models: int = 10, max_bytes: int = 2**25) -> None:
        self.max_models = max_models
        self.max_bytes = max_bytes
        #: Oldest first.
        self.idle: OrderedDict[str, LiveNetwork] = OrderedDict()
        self._lock = threading.RLock()
        STORES.add(self)

    def clear(self) -> None:
        """Remove all models."""
        with self._lock:
            self.idle.clear()

    def exchange(self, form: str, live: LiveNetwork) -> LiveNetwork:
        """Replace a network by one of the same form from the pool, if there is one.

        Parameters
        ----------
        form : str
            From `form_of`.
        live : LiveNetwork
            A built and compiled network with a built optimizer: the source of the values. If
            it is replaced, its word vectors are released.

        Returns
        -------
        LiveNetwork
            The network from the pool, or `live`.
        """
        let_rows_vary(live.model, _of_words(live.model))
        with self._lock:
            # Here rather than in `_add`, since finalizers run at any time, even while tracing.
            for waiting in [*self.idle.values()]:
                _release_words(waiting.model)
            while len(self.idle) > self.max_models or self._bytes() > self.max_bytes:
                self.idle.popitem(last=False)
            other = self.idle.pop(form, None)
        if other is None:
            return live
        _copy_values(live.model, other.model)
        _release_words(live.model)
        return other

    def add_when_discarded(self, form: str, network: TextNetwork) -> None:
        """Add the live network to the pool once its owner is garbage-collected.

        Parameters
        ----------
        form : str
            From `form_of`.
        network : TextNetwork
            The owner.
        """
        weakref.finalize(network, self._add, form, network.live).atexit = False

    def _add(self, form: str, live: LiveNetwork) -> None:
        if live.reusable:
            with self._lock:
                self.idle[form] = live
                self.idle.move_to_end(form)

    def _bytes(self) -> int:
        models = [live.model for live in [*self.idle.values()]]
        return sum(4 * math.prod(v.shape) for model in models for v in _state(model))


def _copy_values(source: keras.Model, target: keras.Model) -> None:
    for old, new in zip(_state(target), _state(source), strict=True):
        set_value(old, new)
    for old, new in zip(_embeddings(target), _embeddings(source), strict=True):
        old.input_dim = new.input_dim
    for old, new in zip(dropping(target), dropping(source), strict=True):
        old.rate = new.rate


def _release_words(model: keras.Model) -> None:
    for variable in _of_words(model):
        set_value(variable, ops.zeros((1, *variable.shape[1:])))


def _of_words(model: keras.Model) -> list[keras.Variable]:
    """Return the variables with a row for each word: vectors, and the optimizer's state of them.

    Other variables may have as many rows by chance, so the state is found by its name.
    """
    vectors = [layer.embeddings for layer in _embeddings(model)]
    names = tuple(each.path.replace("/", "_") for each in vectors)
    n_rows = {each.shape[0] for each in vectors}
    state = [
        v
        for v in model.optimizer.variables
        if v.name.startswith(names) and v.shape.rank and v.shape[0] in n_rows
    ]
    return [*vectors, *state]


def _embeddings(model: keras.Model) -> list[keras.layers.Embedding]:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Embedding)]


def _state(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]


#: The pool of this process.
POOL = ModelPool()
