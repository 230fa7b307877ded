"""Networks whose training is traced, kept for the next one of the same form.

TensorFlow makes a graph of a network's training step, which takes a second where the
training of a small corpus takes a few. A search trains networks of the same form again
and again. So when a classifier is gone, its network waits here with its graphs; the
next of its form takes it, and gives it all its own values first.
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

#: Networks at most: a search in ten folds has ten vocabularies, each with its own form.
#: The graphs of one hold about 15 MB.
_MOST = 10
#: Bytes at most of the variables of one, and of the largest of each together. Where more are
#: needed, tracing is not what takes long.
_MOST_BYTES = 2**27
#: Numbers in a variable from which on they are worth giving up.
_LARGE = 2**14

#: Networks that nobody uses, by their form; the one that has waited longest is the first.
_IDLE: OrderedDict[str, keras.Model] = OrderedDict()
#: Networks without an owner that have their values still, be it until the collector finds them.
_WITH_VALUES: list[weakref.ref[keras.Model]] = []
_NEVER_LENT: weakref.WeakSet[keras.Model] = weakref.WeakSet()
_LOCK = threading.RLock()


def form_of(model: keras.Model, *fed: Any) -> str | None:
    """Return all that the graphs of a compiled network depend on.

    Parameters
    ----------
    model : keras.Model
        The network, made of Keras's own parts.
    *fed : object
        What else graphs depend on: what kind of batches they are made for, say.

    Returns
    -------
    str or None
        What is equal for networks that can take each other's place; None if none can.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    config = model.get_compile_config()
    rate = config["optimizer"]["config"].pop("learning_rate", None)
    if not isinstance(rate, float):  # a schedule, which may be of the user's making
        return None
    lazy = "update_step" in vars(model.optimizer)
    around = model.distribute_strategy, keras.config.epsilon()
    return repr((model.get_config(), config, lazy, model.steps_per_execution, around, fed))


def borrow(form: str, instead_of: keras.Model) -> keras.Model | None:
    """Return an idle network of this form with the values of another, if there is one.

    Parameters
    ----------
    form : str
        From `form_of`.
    instead_of : keras.Model
        A network of this form, built and compiled, its optimizer built. If there is an
        idle one, this one is done with and loses its values.

    Returns
    -------
    keras.Model or None
        The network, or None.
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
    """Trace the prediction of any number of documents of any length, whatever is predicted first.

    TensorFlow traces for the shape that it sees first, and generally from the second on.
    The last bits of what a network predicts must not tell who has used it before.

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
    """Let others borrow a network once its owner is gone.

    Parameters
    ----------
    form : str
        From `form_of`.
    model : keras.Model
        The network.
    owner : object
        Whatever uses it.
    """
    weakref.finalize(owner, _lend, form, model).atexit = False


def never_lend(model: keras.Model) -> None:
    """Keep a network from others: users may hold it, or its graphs may not be those of its form."""
    _NEVER_LENT.add(model)


def _lend(form: str, model: keras.Model) -> None:
    if model in _NEVER_LENT or sum(_bytes_of_variables(model)) > _MOST_BYTES:
        return
    with _LOCK:
        _IDLE[form] = model
        _IDLE.move_to_end(form)
        while len(_IDLE) > _MOST or sum(map(_largest, [*_IDLE.values()])) > _MOST_BYTES:
            _IDLE.popitem(last=False)
        # Its values stay for now: this may happen anywhere, even while a graph is made.
        _WITH_VALUES.append(weakref.ref(model))


def _give_up_values(models: list[keras.Model]) -> None:
    """Let networks have zeros for large values, the same ones as those that wait.

    TensorFlow copies a value only when it is changed in place.
    """
    # Garbage may be collected at any time: more networks may have come to wait since.
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
