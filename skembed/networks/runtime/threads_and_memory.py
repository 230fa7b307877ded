"""Limit the CPU threads and the memory that the backend uses."""

import gc
import os
from contextlib import suppress

import keras

from skembed.networks.runtime.scikeras_bridge import tf_config

__all__ = ["make_room", "take_a_share"]

_LARGE = 2**22  # values in all word vectors; collecting garbage takes 0.1 s


def take_a_share() -> None:
    """Limit the backend to OMP_NUM_THREADS threads and to the GPU memory that it needs.

    joblib and Dask set that variable in their workers to each worker's share of the
    cores. PyTorch reads it; TensorFlow and JAX do not, and would start one thread per core
    of the machine in each worker. Settings of the user, and a backend that is already in
    use, are not changed.

    TensorFlow and JAX would also allocate nearly all memory of a GPU on first use, which
    leaves none for a second process.
    """
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    share = os.environ.get("OMP_NUM_THREADS", "")
    if not share.isdecimal():
        return
    if keras.backend.backend() == "jax":
        os.environ.setdefault("NPROC", share)
    elif keras.backend.backend() == "tensorflow":
        with suppress(RuntimeError):  # already in use
            _limit_tensorflow(int(share))


def make_room(n_numbers: int) -> None:
    """Free the memory of discarded networks before a large network is built.

    Keras networks contain reference cycles: ten or more discarded ones, with the state of
    their optimizers, could still be in memory. On a GPU, PyTorch would also keep their
    memory reserved for this process.

    Parameters
    ----------
    n_numbers : int
        Number of values in the word vectors of the next network.
    """
    on_card = False
    if keras.backend.backend() == "torch":
        import torch

        on_card = torch.cuda.is_initialized()
    if on_card or n_numbers > _LARGE:
        gc.collect()
    if on_card:
        torch.cuda.empty_cache()


def _limit_tensorflow(n_threads: int) -> None:
    # Not set through environment variables: workers, which have another share, inherit those.
    for within in ("intra", "inter"):
        get, limit = (
            getattr(tf_config, f"{verb}_{within}_op_parallelism_threads") for verb in ("get", "set")
        )
        if f"TF_NUM_{within.upper()}OP_THREADS" not in os.environ and not get():
            limit(n_threads)
