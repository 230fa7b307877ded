"""Epochs as subtasks of scikit-learn's callback protocol."""

import math
from typing import Any

import keras

__all__ = ["EpochProgress"]


class EpochProgress(keras.callbacks.Callback):  # type: ignore[misc]
    """Report each epoch to the scikit-learn callbacks of an estimator.

    Parameters
    ----------
    estimator : estimator
        The classifier that is being fitted.
    context : sklearn.callback.CallbackContext
        Its ``fit`` task, of which each epoch is a subtask.
    """

    def __init__(self, estimator: Any, context: Any) -> None:
        super().__init__()
        self.estimator = estimator
        self.context = context

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Open the subtask."""
        self.task = self.context.subcontext(task_name="epoch")
        self.task.call_on_fit_task_begin(estimator=self.estimator)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Close the subtask; stop if a callback says so, or if the loss is no number."""
        wants_stop = self.task.call_on_fit_task_end(estimator=self.estimator)
        if wants_stop or not math.isfinite((logs or {}).get("loss", 0.0)):
            self.model.stop_training = True
