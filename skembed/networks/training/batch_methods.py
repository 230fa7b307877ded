"""Find callbacks that listen to single batches."""

import keras

__all__ = ["listen_to_batches"]


def listen_to_batches(callbacks: list[keras.callbacks.Callback]) -> bool:
    """Tell whether a callback overrides a method for batches, such as ``on_train_batch_end``."""
    return any(map(_has_batch_method, callbacks))


def _has_batch_method(callback: keras.callbacks.Callback) -> bool:
    methods = (name for name in dir(keras.callbacks.Callback) if "batch" in name)
    inherited = vars(keras.callbacks.Callback)
    return any(
        getattr(getattr(callback, name), "__func__", None) is not inherited[name]
        for name in methods
    )
