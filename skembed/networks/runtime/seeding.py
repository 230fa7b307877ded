"""The seeds that Keras and its backends draw from."""

import logging
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from keras.src.backend.common import global_state
from keras.src.random import seed_generator

from skembed.networks.runtime.keras_import import keras
from skembed.networks.runtime.scikeras_bridge import (
    tf_disable_op_determinism,
    tf_enable_op_determinism,
)

__all__ = ["building", "quiet", "reseed", "seeded"]

#: Global seeds are lent to one fit at a time, and Keras's generator to one network. Whoever
#: takes both takes the first one first.
_FITTING, _BUILDING = threading.RLock(), threading.RLock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make all that is drawn inside repeat, and leave every global seed as it was.

    The only place in skembed that touches global seeds; threads wait for each other
    here. Python's and NumPy's generators are seeded for the time, for all threads. On
    TensorFlow its operations are also made deterministic, on PyTorch its own generator is
    seeded too.

    Parameters
    ----------
    seed : int
        The seed, from 0 to 2**32 - 1.
    """
    with _FITTING:
        python_state, numpy_state = random.getstate(), np.random.get_state()
        try:
            random.seed(seed)
            np.random.seed(seed)
            with _backend_repeats(seed):
                yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)


@contextmanager
def building(seed: int) -> Iterator[None]:
    """Make a network that is built inside repeat; threads wait for each other.

    Layers draw their seeds from Python's generator on every backend, and Keras is lent
    one of its own: other threads, such as those of a dask worker, draw from the common
    one meanwhile. Names of layers are counted from the start: TensorFlow adds gradients
    up in the order of the names, so that a network whose layers are called ``conv1d_9``
    and ``conv1d_10`` would otherwise end with other last bits than the same made earlier.

    Parameters
    ----------
    seed : int
        The seed.
    """
    with _BUILDING:
        names = global_state.get_global_attribute("object_name_uids")
        drawn_from = seed_generator.python_random
        try:
            seed_generator.python_random = random.Random(seed)
            global_state.set_global_attribute("object_name_uids", None)
            yield
        finally:
            seed_generator.python_random = drawn_from
            global_state.set_global_attribute("object_name_uids", names)


def reseed(seed: int) -> None:
    """Begin PyTorch's draws, those of dropout, anew; inside `seeded`.

    Keras draws from its generator before training, more or less of it. The other
    backends draw from seeds that layers keep.

    Parameters
    ----------
    seed : int
        The seed.
    """
    if keras.backend.backend() == "torch":
        import torch

        torch.manual_seed(seed)


@contextmanager
def _backend_repeats(seed: int) -> Iterator[None]:
    if keras.backend.backend() == "tensorflow":
        was_on = tf_enable_op_determinism()
        try:
            yield
        finally:
            if not was_on:
                tf_disable_op_determinism()
    elif keras.backend.backend() == "torch":
        import torch

        cards = range(torch.cuda.device_count())  # unless all are named, PyTorch warns of many
        with torch.random.fork_rng(cards):
            torch.manual_seed(seed)
            yield
    else:
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Keep TensorFlow from warning that it compiles the function of each new network."""

    def passes(record: logging.LogRecord) -> bool:
        return "tf.function retracing" not in record.getMessage()

    logger = logging.getLogger("tensorflow")
    logger.addFilter(passes)
    try:
        yield
    finally:
        logger.removeFilter(passes)
