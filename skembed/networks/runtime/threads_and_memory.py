"""Limit the CPU threads and the memory that the backend uses."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import keras

from skembed._worker_memory import release_growth
from skembed.errors import NotEnoughMemoryError
from skembed.networks.runtime.scikeras_bridge import tensorflow_settings

__all__ = ["make_room", "memory_errors", "take_a_share"]

_LARGE = 2**22  # values in all word vectors; collecting garbage takes 0.1 s
_BYTES = 2 * 4  # of memory for a value in float32: one in the network, one in what it starts with
_OUT_OF_MEMORY = ("resource_exhausted", "out of memory", "can't allocate", "oom when allocating")


def take_a_share() -> None:
    """Limit the backend to OMP_NUM_THREADS threads and to the GPU memory that it needs.

    joblib and Dask set that variable in their workers to each worker's share of the
    cores. PyTorch reads it; TensorFlow and JAX do not, and would start one thread per core
    of the machine in each worker. Settings of the user, and a backend that is already in
    use, are not changed.

    TensorFlow and JAX would also allocate nearly all memory of a GPU on first use, which
    leaves none for a second process. The products of PyTorch on a GPU repeat bit for bit only
    with a workspace of a fixed size.
    """
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
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
    memory reserved for this process. A worker that has grown also clears its caches.

    Parameters
    ----------
    n_numbers : int
        Number of values in the word vectors of the next network.

    Raises
    ------
    NotEnoughMemoryError
        If the machine has less memory than these need.
    """
    if n_numbers * _BYTES > _total_bytes():
        raise NotEnoughMemoryError(
            f"The word vectors of the network would be {n_numbers:,} numbers, which need "
            f"{n_numbers * _BYTES / 1e9:,.0f} GB, and the machine has {_total_bytes() / 1e9:,.0f} "
            "GB. Lower embedding_dim, or the number of ids (num_words, min_count, n_buckets)."
        )
    release_growth()
    on_card = False
    if keras.backend.backend() == "torch":
        import torch

        on_card = torch.cuda.is_initialized()
    if on_card or n_numbers > _LARGE:
        gc.collect()
    if on_card:
        torch.cuda.empty_cache()


@contextmanager
def memory_errors() -> Iterator[None]:
    """Raise a NotEnoughMemoryError for the various errors of the backends."""
    try:
        yield
    except Exception as error:
        is_known = isinstance(error, MemoryError) or any(
            words in str(error).lower() for words in _OUT_OF_MEMORY
        )
        if not is_known or isinstance(error, NotEnoughMemoryError):
            raise
        raise NotEnoughMemoryError(
            f"The network or its training does not fit into memory ({error!s:.200}). Lower "
            "batch_size, the length of the documents (PadSequences(maxlen=...)), embedding_dim, "
            "the number of ids (num_words, min_count, n_buckets), or the size of the layers."
        ) from error


def _total_bytes() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # on Windows, among others
        return float("inf")


def _limit_tensorflow(n_threads: int) -> None:
    # Not set through environment variables: workers, which have another share, inherit those.
    for within in ("intra", "inter"):
        get, limit = (
            getattr(tensorflow_settings.config, f"{verb}_{within}_op_parallelism_threads")
            for verb in ("get", "set")
        )
        if f"TF_NUM_{within.upper()}OP_THREADS" not in os.environ and not get():
            limit(n_threads)
