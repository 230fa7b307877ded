"""Epochs as subtasks of scikit-learn's callback protocol."""

import math
from collections.abc import Callable
from typing import Any

import keras

__all__ = ["EpochProgress"]


class EpochProgress(keras.callbacks.Callback):  # type: ignore[misc]
    """Report each epoch to the scikit-learn callbacks of an estimator.

    An epoch is reported when it is over, under a name with its loss and score. It has no
    subtasks, so a progress bar counts it and draws no bar of its own: a search has
    thousands of epochs, and drawing a line for each took a third of its time.

    Parameters
    ----------
    estimator : estimator
        The classifier that is being fitted.
    context : sklearn.callback.CallbackContext
        Its ``fit`` task, of which each epoch is a subtask.
    X, y : object
        What it is fitted on.
    fitted_attributes : callable
        Returns what the estimator would have learned, were this epoch the last.
    """

    def __init__(
        self,
        estimator: Any,
        context: Any,
        X: Any,
        y: Any,
        fitted_attributes: Callable[[], dict[str, Any]],
    ) -> None:
        super().__init__()
        self.estimator = estimator
        self.context = context
        self.task_data = {"X": X, "y": y, "reconstruction_attributes": fitted_attributes}

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Report the epoch; stop if a callback says so, or if the loss is no number."""
        logs = logs or {}
        names = sorted(logs, key=lambda name: (name.startswith("val_"), not name.endswith("loss")))
        figures = ", ".join(f"{name} {logs[name]:.4f}" for name in names)
        task = self.context.subcontext(task_name=f"epoch: {figures}")
        task.call_on_fit_task_begin(estimator=self.estimator)
        wants_stop = task.call_on_fit_task_end(estimator=self.estimator, **self.task_data)
        if wants_stop or not math.isfinite(logs.get("loss", 0.0)):
            self.model.stop_training = True
