"""Choose ``steps_per_execution``: how many batches TensorFlow trains on per call from Python."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import keras

__all__ = ["in_training", "take_one_at_a_time", "take_several_at_once"]

#: Maximum ids per call: Ctrl-C is handled, and progress is drawn, between calls.
_IDS = 2**17
_MOST = 16  # batches per call

#: Networks that stay at one batch per call: each change would trace them again.
_ONE_BY_ONE: weakref.WeakSet[keras.Model] = weakref.WeakSet()
_IN_TRAINING: weakref.WeakSet[keras.Model] = weakref.WeakSet()


def take_several_at_once(
    model: keras.Model, ids_in_a_batch: float, callbacks: list[keras.callbacks.Callback]
) -> None:
    """Let a compiled network train on several batches per call, unless callbacks forbid it.

    By default TensorFlow returns to Python after each batch, which takes about two
    milliseconds: as long as a step of a small network. Other backends gain nothing.

    Parameters
    ----------
    model : keras.Model
        The network. If it is already traced, it keeps its setting, unless a callback now
        needs every batch; from then on it stays at one batch per call.
    ids_in_a_batch : float
        Average number of ids per batch.
    callbacks : list of keras.callbacks.Callback
        Those that override a batch method, such as ``on_train_batch_end``, need every batch.
    """
    if keras.backend.backend() != "tensorflow" or any(map(_hears_of_batches, callbacks)):
        take_one_at_a_time(model)
    elif model.train_function is None and model not in _ONE_BY_ONE:
        model.steps_per_execution = min(max(1, int(_IDS / max(1.0, ids_in_a_batch))), _MOST)


def take_one_at_a_time(model: keras.Model) -> None:
    """Train on one batch per call, as Keras does, from now on or from the next fit on."""
    _ONE_BY_ONE.add(model)
    if model.steps_per_execution > 1 and model not in _IN_TRAINING:
        model.steps_per_execution = 1
        model.train_function = model.test_function = None


@contextmanager
def in_training(model: keras.Model) -> Iterator[None]:
    """Postpone changes of ``steps_per_execution``, asked for during a fit, to its end."""
    _IN_TRAINING.add(model)
    try:
        yield
    finally:
        _IN_TRAINING.discard(model)
        if model in _ONE_BY_ONE:
            take_one_at_a_time(model)


def _hears_of_batches(callback: keras.callbacks.Callback) -> bool:
    methods = (name for name in dir(keras.callbacks.Callback) if "batch" in name)
    idle = vars(keras.callbacks.Callback)
    return any(
        getattr(getattr(callback, name), "__func__", None) is not idle[name] for name in methods
    )
