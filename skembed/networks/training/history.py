"""Record what an epoch logs, as plain numbers and arrays."""

from typing import Any

import keras
import numpy as np

__all__ = ["PlainHistory"]


class PlainHistory(keras.callbacks.History):  # type: ignore[misc]
    """Keras's ``History``, with numbers and NumPy arrays instead of tensors and NumPy scalars."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Record the logs of an epoch."""
        super().on_epoch_end(epoch, {name: _plain(value) for name, value in (logs or {}).items()})


def _plain(value: Any) -> Any:
    if keras.ops.is_tensor(value):
        value = keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(value))  # or a variable
    is_number = isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim)
    return value.item() if is_number else value
