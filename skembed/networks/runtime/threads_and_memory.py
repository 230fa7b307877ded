"""What a process takes of its machine: its share of the cores, and no more memory than it needs."""

import gc
import os
from contextlib import suppress

import keras

from skembed.networks.runtime.scikeras_bridge import tf_config

__all__ = ["make_room", "take_a_share"]

_LARGE = 2**22  # numbers in all word vectors; to collect garbage takes a tenth of a second


def take_a_share() -> None:
    """Let the backend start as many threads as OMP_NUM_THREADS says, and take no whole card.

    joblib and Dask set that variable in their workers to each worker's share of the
    cores. PyTorch reads it; TensorFlow and JAX do not, and would start a thread for each
    core of the machine in each worker. What the user has set, and a backend that is in
    use already, stay as they are.

    TensorFlow and JAX would also take nearly all memory of a graphics card when they
    first use it, so that a second process finds none.
    """
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    share = os.environ.get("OMP_NUM_THREADS", "")
    if not share.isdecimal():
        return
    if keras.backend.backend() == "jax":
        os.environ.setdefault("NPROC", share)
    elif keras.backend.backend() == "tensorflow":
        with suppress(RuntimeError):  # in use already
            _limit_tensorflow(int(share))


def make_room(n_numbers: int) -> None:
    """Let go of earlier networks before the next one, where much memory is at stake.

    Keras's networks hold themselves in circles: ten and more that nobody uses would be in
    memory still, with the state of their optimizers. And what they held on a card PyTorch
    would keep from other processes.

    Parameters
    ----------
    n_numbers : int
        In the word vectors of the next network.
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
    # Not by its environment variables: workers would inherit them beside another share.
    for within in ("intra", "inter"):
        get, limit = (
            getattr(tf_config, f"{verb}_{within}_op_parallelism_threads") for verb in ("get", "set")
        )
        if f"TF_NUM_{within.upper()}OP_THREADS" not in os.environ and not get():
            limit(n_threads)
