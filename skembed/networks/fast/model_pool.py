"""Reuse discarded models with their compiled graphs.

TensorFlow traces the training step of each model into a graph. Tracing takes about a
second, and training on a small corpus only a few. A search trains many networks that
differ in their values only. So when a classifier is garbage-collected, its model is kept
in a pool with its graphs. The next network with the same key copies its values into the
kept model, which is then trained in its place.
"""

import math
import threading
import weakref
from collections import OrderedDict
from typing import Any

import keras
from keras import ops

from skembed.networks.live_network import LiveNetwork
from skembed.networks.text_network import TextNetwork

__all__ = ["POOL", "ModelPool", "reuse_key"]


def reuse_key(model: keras.Model, *also: Any) -> str | None:
    """Return everything that the graphs of a compiled model depend on.

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
    config = model.get_compile_config()
    rate = config["optimizer"]["config"].pop("learning_rate", None)
    if not isinstance(rate, float):  # a schedule, which may be user-defined
        return None
    lazy = "update_step" in vars(model.optimizer)
    around = model.distribute_strategy, keras.config.epsilon()
    return repr((model.get_config(), config, lazy, around, also))


class ModelPool:
    """Discarded models with their compiled graphs, by `reuse_key`.

    Parameters
    ----------
    max_models : int, default=10
        Maximum number of models: a search in ten folds has ten vocabularies, each with its
        own key. The graphs of one model take about 15 MB.
    max_bytes : int, default=2**27
        Maximum bytes of the variables of one model, and of the largest variables of all models
        together. Above that, tracing is a small part of the training time.
    max_kept_values : int, default=2**14
        Variables with more values than this release them when their model is discarded.
    """

    def __init__(
        self, max_models: int = 10, max_bytes: int = 2**27, max_kept_values: int = 2**14
    ) -> None:
        self.max_models = max_models
        self.max_bytes = max_bytes
        self.max_kept_values = max_kept_values
        #: Oldest first.
        self.idle: OrderedDict[str, LiveNetwork] = OrderedDict()
        self._lock = threading.RLock()
        #: Discarded models that have not released their values; some may be evicted already.
        self._with_values: list[weakref.ref[keras.Model]] = []

    def exchange(self, key: str, live: LiveNetwork) -> LiveNetwork:
        """Replace a network by one from the pool with the same key and values, if there is one.

        Parameters
        ----------
        key : str
            From `reuse_key`.
        live : LiveNetwork
            A built and compiled network with a built optimizer: the source of the values. If
            it is replaced, its large variables are set to zero.

        Returns
        -------
        LiveNetwork
            The network from the pool, or `live`.
        """
        with self._lock:
            other = self.idle.pop(key, None)
            discarded = self._discarded_with_values()
            self._with_values.clear()
            if other is not None:
                for target, source in zip(_state(other.model), _state(live.model), strict=True):
                    target.assign(source)
                discarded = [model for model in discarded if model is not other.model]
                discarded.append(live.model)
            self._release_values(discarded)
        return live if other is None else other

    def add_when_discarded(self, key: str, network: TextNetwork) -> None:
        """Add the live network to the pool once its owner is garbage-collected.

        Parameters
        ----------
        key : str
            From `reuse_key`.
        network : TextNetwork
            The owner.
        """
        weakref.finalize(network, self._add, key, network.live).atexit = False

    def _add(self, key: str, live: LiveNetwork) -> None:
        if not live.reusable or sum(_bytes_of_variables(live.model)) > self.max_bytes:
            return
        with self._lock:
            self.idle[key] = live
            self.idle.move_to_end(key)
            while len(self.idle) > self.max_models or self._bytes() > self.max_bytes:
                self.idle.popitem(last=False)
            # Values are released later: finalizers run at any time, even while tracing.
            self._with_values.append(weakref.ref(live.model))

    def _bytes(self) -> int:
        return sum(max(_bytes_of_variables(live.model)) for live in [*self.idle.values()])

    def _release_values(self, models: list[keras.Model]) -> None:
        """Set large variables to zeros that all models in the pool share.

        TensorFlow copies a value only when it is changed in place.
        """
        # Garbage collection runs at any time: more models may have been added since.
        holding = [*models, *self._discarded_with_values()]
        idle = [live.model for live in [*self.idle.values()]]
        released = [model for model in idle if model not in holding]
        zeros = {variable.shape: variable for model in released for variable in _state(model)}
        for model in models:
            for variable in _state(model):
                if math.prod(variable.shape) > self.max_kept_values:
                    if variable.shape not in zeros:
                        zeros[variable.shape] = ops.zeros(variable.shape)
                    variable.assign(zeros[variable.shape])

    def _discarded_with_values(self) -> list[keras.Model]:
        return [model for reference in self._with_values if (model := reference()) is not None]


def _state(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]


def _bytes_of_variables(model: keras.Model) -> list[int]:
    return [4 * math.prod(variable.shape) for variable in _state(model)]


#: The pool of this process.
POOL = ModelPool()
