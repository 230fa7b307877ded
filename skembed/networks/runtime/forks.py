"""Refuse to use TensorFlow in a process that was forked while it was in use."""

import os

from skembed.errors import ForkedProcessError
from skembed.networks.runtime.keras_import import keras
from skembed.networks.runtime.scikeras_bridge import tensorflow_settings

__all__ = ["check_not_forked"]

_was_in_use_at_fork = False


def check_not_forked() -> None:
    """Check that the backend can compute in this process.

    A fork copies the memory of a process but not its threads. TensorFlow's first operation
    starts threads, and later operations of a copy would wait for them forever. It works in
    a process that was forked before, and weights can be read in any process.

    Raises
    ------
    ForkedProcessError
        If this process was forked while TensorFlow was in use.
    """
    if _was_in_use_at_fork:
        raise ForkedProcessError(
            "TensorFlow was in use when this process was forked, and would wait forever for "
            "threads that a fork does not copy. Fork before the first training or prediction (a "
            "model may be loaded before), or load the model in the new process. For gunicorn, omit "
            "--preload or load the model in the hook post_fork; for multiprocessing, choose the "
            "start method 'spawn'; for joblib, the backend 'loky'."
        )


def _note_fork() -> None:
    global _was_in_use_at_fork
    _was_in_use_at_fork = _was_in_use_at_fork or _tensorflow_is_in_use()


def _tensorflow_is_in_use() -> bool:
    if keras.backend.backend() != "tensorflow":
        return False
    config = tensorflow_settings.config
    n_threads = config.get_inter_op_parallelism_threads()
    try:
        config.set_inter_op_parallelism_threads(n_threads + 1)
    except RuntimeError:  # cannot be changed after the first operation
        return True
    config.set_inter_op_parallelism_threads(n_threads)
    return False


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_note_fork)
