"""Check that the callbacks of Keras monitor what a training logs."""

import keras
from sklearn.utils._param_validation import InvalidParameterError

from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.objective import try_scores

__all__ = ["check_monitored"]

_LOG_THE_RATE = (
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.TensorBoard,
)
_MONITORS = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.ReduceLROnPlateau,
)


def check_monitored(job: TrainingJob) -> None:
    """Check the callbacks of a job that monitor a value: those of Keras and derived ones.

    A callback of the user may add to the logs. So what it and later callbacks monitor is not
    checked. A network with a training step or metrics of its own logs what it likes.

    Parameters
    ----------
    job : TrainingJob
        The network, compiled, with its documents and callbacks.

    Raises
    ------
    InvalidParameterError
        If a callback monitors something that is not logged, or that is not one number.
    """
    if not any(map(_monitored, job.callbacks)):
        return
    logged = try_scores(job.network.model, job.documents.target)
    if logged is None:
        return
    if job.validation is not None:
        logged |= {f"val_{name}": value for name, value in logged.items()}
    for callback in job.callbacks:
        if _has_own_code(callback):
            return
        if isinstance(callback, _LOG_THE_RATE):
            logged["learning_rate"] = 0.0
        monitored = _monitored(callback)
        if monitored is not None and monitored not in logged:
            hint = ""
            if job.validation is None and str(monitored).startswith("val_"):
                hint = " Nothing is validated: set early_stopping=True or pass validation_data."
            raise InvalidParameterError(
                f"callbacks: {type(callback).__name__} monitors {monitored!r}, which this training "
                f"does not log. It logs {', '.join(logged)}.{hint} The parameter metrics adds "
                "others."
            )
        n_numbers = 1 if monitored is None else int(keras.ops.size(logged[monitored]))
        if n_numbers > 1:
            raise InvalidParameterError(
                f"callbacks: {type(callback).__name__} monitors {monitored!r}, which is not one "
                f"number but {n_numbers}: choose an average of the metric, such as "
                "keras.metrics.F1Score(average='macro')."
            )


def _monitored(callback: keras.callbacks.Callback) -> str | None:
    """Return the name that a callback monitors; a checkpoint of every epoch monitors nothing."""
    if not isinstance(callback, _MONITORS) or not getattr(callback, "save_best_only", True):
        return None
    return str(callback.monitor)


def _has_own_code(callback: keras.callbacks.Callback) -> bool:
    """Tell whether code outside Keras runs when an epoch ends, and may add to the logs."""
    module = getattr(callback.on_epoch_end, "__module__", None) or ""
    return not module.startswith("keras.")
