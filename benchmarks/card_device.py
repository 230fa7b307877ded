"""The card that the backend of Keras computes on, and its memory."""

import gc

from benchmarks.memory import resident
from skembed.networks.runtime.keras_import import keras

__all__ = ["name_of_card", "used_megabytes"]


def name_of_card() -> str | None:
    """Return the name of the card, or None if the backend computes on the processor."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        return torch.cuda.get_device_name() if torch.cuda.is_available() else None
    if backend == "jax":
        import jax

        device = jax.local_devices()[0]
        return None if device.platform == "cpu" else str(device.device_kind)
    import tensorflow as tf

    cards = tf.config.list_physical_devices("GPU")
    return tf.config.experimental.get_device_details(cards[0])["device_name"] if cards else None


def used_megabytes() -> float:
    """Return the memory in use on the card or, without one, the memory of this process."""
    gc.collect()
    if name_of_card() is None:
        return resident()
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        return torch.cuda.memory_allocated() / 1e6
    if backend == "jax":
        import jax

        return jax.local_devices()[0].memory_stats()["bytes_in_use"] / 1e6
    import tensorflow as tf

    return tf.config.experimental.get_memory_info("GPU:0")["current"] / 1e6
