"""Seed the random generators of Keras and its backends."""

import logging
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np

from skembed.networks.runtime.forks import check_not_forked
from skembed.networks.runtime.keras_import import keras
from skembed.networks.runtime.keras_internals import new_names_and_seeds
from skembed.networks.runtime.scikeras_bridge import tensorflow_settings

__all__ = ["building", "deterministic_kernels", "quiet", "reseed", "seeded"]

#: Locks on the global generators, for one fit at a time, and on Keras's generator, for one
#: network at a time. Code that needs both acquires them in this order.
_FITTING, _BUILDING = threading.RLock(), threading.RLock()


@contextmanager
def seeded(seed: int, *, repeats: bool = True) -> Iterator[None]:
    """Seed all global generators within the context, and restore their state afterwards.

    No other code in skembed changes global generators; only one thread at a time may
    enter. Python's and NumPy's generators are seeded for all threads. On TensorFlow,
    operations are also made deterministic; on PyTorch, its own generator is seeded too.

    Parameters
    ----------
    seed : int
        The seed, from 0 to 2**32 - 1.
    repeats : bool, default=True
        Whether PyTorch on a card uses kernels that repeat, which may be slower. The kernels of
        JAX are chosen when Python starts, by the flag ``--xla_gpu_deterministic_ops=true`` in
        the environment variable ``XLA_FLAGS``.
    """
    check_not_forked()
    with _FITTING:
        python_state, numpy_state = random.getstate(), np.random.get_state()
        try:
            random.seed(seed)
            np.random.seed(seed)
            with _backend_repeats(seed, repeats):
                yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)


@contextmanager
def building(seed: int) -> Iterator[None]:
    """Make the building of a network reproducible; only one thread at a time may enter.

    Layers draw their seeds from Python's generator on every backend. Keras gets a
    generator of its own, since other threads, such as those of a Dask worker, may use the
    global one meanwhile. Layer names are numbered from the start, because TensorFlow sums
    gradients in the order of the names.

    Parameters
    ----------
    seed : int
        The seed.
    """
    check_not_forked()
    with _BUILDING, new_names_and_seeds(seed):
        yield


def reseed(seed: int) -> None:
    """Seed PyTorch's generator, which dropout draws from; used within `seeded`.

    Keras makes a varying number of draws from it before training. The other backends
    draw from seeds that are stored in the layers.

    Parameters
    ----------
    seed : int
        The seed.
    """
    if keras.backend.backend() == "torch":
        import torch

        torch.manual_seed(seed)


@contextmanager
def _backend_repeats(seed: int, repeats: bool) -> Iterator[None]:
    if keras.backend.backend() == "tensorflow":
        was_on = tensorflow_settings.tf_enable_op_determinism()
        try:
            yield
        finally:
            if not was_on:
                tensorflow_settings.tf_disable_op_determinism()
    elif keras.backend.backend() == "torch":
        import torch

        cards = range(torch.cuda.device_count())  # PyTorch warns if they are not listed
        kernels = deterministic_kernels() if repeats and cards else nullcontext()
        with torch.random.fork_rng(cards), kernels:
            torch.manual_seed(seed)
            yield
    else:
        yield


@contextmanager
def deterministic_kernels() -> Iterator[None]:
    """Let PyTorch use deterministic kernels within the context; it warns where there is none.

    A setting of the user that already asks for them stays as it is.
    """
    import torch

    if torch.are_deterministic_algorithms_enabled():
        yield
        return
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress TensorFlow's warning that it traces a function for each new network."""

    def passes(record: logging.LogRecord) -> bool:
        return "tf.function retracing" not in record.getMessage()

    logger = logging.getLogger("tensorflow")
    logger.addFilter(passes)
    try:
        yield
    finally:
        logger.removeFilter(passes)
