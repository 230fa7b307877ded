"""Report epochs as subtasks in scikit-learn's callback protocol."""

import math
import time
from collections.abc import Callable
from numbers import Real
from typing import Any

import keras
import numpy as np

__all__ = ["EpochProgress"]

_SECONDS_TO_A_LINE = 5


class EpochProgress(keras.callbacks.Callback):  # type: ignore[misc]
    """Report each epoch to the scikit-learn callbacks of an estimator.

    An epoch is reported when it ends, under a name with its loss and score. A progress bar
    counts all epochs, and draws a separate line for the last one and for one every few
    seconds before. A search has thousands of epochs; a line for each took a third of the
    time.

    Parameters
    ----------
    estimator : estimator
        The classifier being fitted.
    context : sklearn.callback.CallbackContext
        The ``fit`` task; each epoch is a subtask of it.
    X, y : object
        The training data.
    fitted_attributes : callable
        Returns the attributes that the estimator would have if training ended now.
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
        self.drawn_at = time.monotonic()
        self.task_data = {"X": X, "y": y, "reconstruction_attributes": fitted_attributes}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report the epoch; stop if a callback requests it or the loss is not finite."""
        logs = logs or {}
        names = sorted(logs, key=lambda name: (name.startswith("val_"), not name.endswith("loss")))
        figures = ", ".join(f"{name} {_figure(logs[name])}" for name in names)
        # A progress bar draws a line only for tasks that may have subtasks.
        n_subtasks = None if self._is_to_be_drawn(epoch) else 0
        task = self.context.subcontext(task_name=f"epoch: {figures}", max_subtasks=n_subtasks)
        task.call_on_fit_task_begin(estimator=self.estimator)
        wants_stop = task.call_on_fit_task_end(estimator=self.estimator, **self.task_data)
        if wants_stop or not math.isfinite(logs.get("loss", 0.0)):
            self.model.stop_training = True

    def _is_to_be_drawn(self, epoch: int) -> bool:
        is_last = self.model.stop_training or epoch + 1 == self.params["epochs"]
        is_due = time.monotonic() - self.drawn_at >= _SECONDS_TO_A_LINE
        if is_due:
            self.drawn_at = time.monotonic()
        return is_last or is_due


def _figure(value: Any) -> str:
    """Return a logged value as text: a number, an array such as a score per class, or another."""
    if isinstance(value, Real):
        number = float(value)
        return f"{number:.4f}" if abs(number) >= 0.001 or not number else f"{number:.4g}"
    text = np.array2string(np.asarray(value), precision=4, threshold=6, edgeitems=2)
    return " ".join(text.split())
