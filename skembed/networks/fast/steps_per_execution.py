"""How many batches a network is trained on before Python hears of it."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import keras

__all__ = ["in_training", "take_one_at_a_time", "take_several_at_once"]

#: Ids in the batches of one turn at most: Ctrl-C is heard, and epochs drawn, between turns.
_IDS = 2**17
_MOST = 16  # batches

#: Networks that take batches one by one for good: else each change would be traced.
_ONE_BY_ONE: weakref.WeakSet[keras.Model] = weakref.WeakSet()
_IN_TRAINING: weakref.WeakSet[keras.Model] = weakref.WeakSet()


def take_several_at_once(
    model: keras.Model, ids_in_a_batch: float, callbacks: list[keras.callbacks.Callback]
) -> None:
    """Let a compiled network take as many batches at once as nobody minds.

    Between two batches TensorFlow goes back to Python, which takes about two milliseconds:
    as long as a step of a small network. Other backends gain nothing.

    Parameters
    ----------
    model : keras.Model
        The network. One that is traced already is left as it is, unless somebody now
        minds; once somebody has, it takes one at a time for good.
    ids_in_a_batch : float
        On average.
    callbacks : list of keras.callbacks.Callback
        Who minds is who wants to hear of each batch.
    """
    if keras.backend.backend() != "tensorflow" or any(map(_hears_of_batches, callbacks)):
        take_one_at_a_time(model)
    elif model.train_function is None and model not in _ONE_BY_ONE:
        model.steps_per_execution = min(max(1, int(_IDS / max(1.0, ids_in_a_batch))), _MOST)


def take_one_at_a_time(model: keras.Model) -> None:
    """Let a network take batches one by one, as Keras does, from now on or from the next fit on."""
    _ONE_BY_ONE.add(model)
    if model.steps_per_execution > 1 and model not in _IN_TRAINING:
        model.steps_per_execution = 1
        model.train_function = model.test_function = None


@contextmanager
def in_training(model: keras.Model) -> Iterator[None]:
    """Keep what Keras trains with as it is; somebody may look at the network meanwhile."""
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
