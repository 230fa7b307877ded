"""Reuse the compiled graphs of discarded networks.

TensorFlow traces the training step of each network into a graph. Tracing takes about a
second, and training on a small corpus only a few. A search trains many networks that
differ in their values only. So when a classifier is garbage-collected, its network is
cached with its graphs. The next network with the same form, the cache key, copies its
values into the cached one, which is then trained in its place.
"""

import math
import threading
import weakref
from collections import OrderedDict
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.trainers.data_adapters.data_adapter_utils import get_tensor_spec

__all__ = ["borrow", "form_of", "lend_when_gone", "never_lend", "trace_prediction"]

#: Maximum number of cached networks: a search in ten folds has ten vocabularies, each with
#: its own form. The graphs of one network take about 15 MB.
_MOST = 10
#: Maximum bytes of the variables of one cached network, and of the largest variables of all
#: cached networks together. Above that, tracing is a small part of the training time.
_MOST_BYTES = 2**27
#: Variables with more values than this release them when their network is discarded.
_LARGE = 2**14

#: The cached networks by form, oldest first.
_IDLE: OrderedDict[str, keras.Model] = OrderedDict()
#: Discarded networks that have not released their values; some may be evicted already.
_WITH_VALUES: list[weakref.ref[keras.Model]] = []
_NEVER_LENT: weakref.WeakSet[keras.Model] = weakref.WeakSet()
_LOCK = threading.RLock()


def form_of(model: keras.Model, *fed: Any) -> str | None:
    """Return the cache key of a compiled network: everything that its graphs depend on.

    Parameters
    ----------
    model : keras.Model
        The network, built from Keras's own classes only.
    *fed : object
        What else the graphs depend on, such as the shapes of the batches.

    Returns
    -------
    str or None
        Equal for networks that can use each other's graphs; None if graphs cannot be reused.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    config = model.get_compile_config()
    rate = config["optimizer"]["config"].pop("learning_rate", None)
    if not isinstance(rate, float):  # a schedule, which may be user-defined
        return None
    lazy = "update_step" in vars(model.optimizer)
    around = model.distribute_strategy, keras.config.epsilon()
    return repr((model.get_config(), config, lazy, model.steps_per_execution, around, fed))


def borrow(form: str, instead_of: keras.Model) -> keras.Model | None:
    """Take a network of this form from the cache and copy another one's values into it.

    Parameters
    ----------
    form : str
        From `form_of`.
    instead_of : keras.Model
        A built and compiled network of this form with a built optimizer: the source of the
        values. If a cached network replaces it, its large variables are set to zero.

    Returns
    -------
    keras.Model or None
        The cached network, or None if there is none.
    """
    with _LOCK:
        model = _IDLE.pop(form, None)
        done_with = [other for other in _with_values() if other is not model]
        _WITH_VALUES.clear()
        if model is not None:
            for mine, its in zip(_state(model), _state(instead_of), strict=True):
                mine.assign(its)
            done_with.append(instead_of)
        _give_up_values(done_with)
    return model


def trace_prediction(model: keras.Model) -> None:
    """Trace the prediction function for any number of documents of any length.

    By default TensorFlow traces for the first shape that it sees, and generalizes when it
    sees a second one. Then the last bits of predictions would depend on earlier use.

    Parameters
    ----------
    model : keras.Model
        The network.
    """
    length = model.inputs[0].shape[1]
    of_two_shapes = [np.zeros((n, length or n), np.int32) for n in (1, 2)]
    model.make_predict_function()
    model.predict_function.get_concrete_function([(get_tensor_spec(of_two_shapes),)])


def lend_when_gone(form: str, model: keras.Model, owner: object) -> None:
    """Add a network to the cache once its owner is garbage-collected.

    Parameters
    ----------
    form : str
        From `form_of`.
    model : keras.Model
        The network.
    owner : object
        The object that uses the network.
    """
    weakref.finalize(owner, _lend, form, model).atexit = False


def never_lend(model: keras.Model) -> None:
    """Never cache this network: users may hold it, or its graphs may not match its form."""
    _NEVER_LENT.add(model)


def _lend(form: str, model: keras.Model) -> None:
    if model in _NEVER_LENT or sum(_bytes_of_variables(model)) > _MOST_BYTES:
        return
    with _LOCK:
        _IDLE[form] = model
        _IDLE.move_to_end(form)
        while len(_IDLE) > _MOST or sum(map(_largest, [*_IDLE.values()])) > _MOST_BYTES:
            _IDLE.popitem(last=False)
        # Values are released later: finalizers run at any time, even while a graph is traced.
        _WITH_VALUES.append(weakref.ref(model))


def _give_up_values(models: list[keras.Model]) -> None:
    """Set large variables to zeros that all cached networks share.

    TensorFlow copies a value only when it is changed in place.
    """
    # Garbage collection runs at any time: more networks may have been cached since.
    waiting = [model for model in [*_IDLE.values()] if model not in [*models, *_with_values()]]
    zeros = {variable.shape: variable for model in waiting for variable in _state(model)}
    for model in models:
        for variable in _state(model):
            if math.prod(variable.shape) > _LARGE:
                if variable.shape not in zeros:
                    zeros[variable.shape] = ops.zeros(variable.shape)
                variable.assign(zeros[variable.shape])


def _with_values() -> list[keras.Model]:
    return [model for reference in _WITH_VALUES if (model := reference()) is not None]


def _state(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]


def _bytes_of_variables(model: keras.Model) -> list[int]:
    return [4 * math.prod(variable.shape) for variable in _state(model)]


def _largest(model: keras.Model) -> int:
    return max(_bytes_of_variables(model))
