"""Check that callbacks monitor what a training logs."""

import keras
import numpy as np
from sklearn.utils._param_validation import InvalidParameterError

from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.objective import targets_for

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
    """Check the callbacks of a job that have an attribute ``monitor``.

    A callback of the user may add to the logs. So what later callbacks monitor is not checked,
    nor what it monitors itself if it derives from a monitoring callback of Keras. A network
    with a training step of its own logs what it likes.

    Parameters
    ----------
    job : TrainingJob
        The network, compiled, with its documents and callbacks.

    Raises
    ------
    InvalidParameterError
        If a callback monitors something that is not logged.
    """
    trains_as_keras = type(job.network.model).train_step is keras.Model.train_step
    if not trains_as_keras or not any(map(_monitored, job.callbacks)):
        return
    logged = _logged(job)
    for callback in job.callbacks:
        if isinstance(callback, _LOG_THE_RATE):
            logged.append("learning_rate")
        extends = _has_own_code(callback)
        monitored = _monitored(callback)
        unknown = monitored is not None and monitored not in logged
        if unknown and not (extends and isinstance(callback, _MONITORS)):
            hint = ""
            if job.validation is None and str(monitored).startswith("val_"):
                hint = " Nothing is validated: set early_stopping=True or pass validation_data."
            raise InvalidParameterError(
                f"callbacks: {type(callback).__name__} monitors {monitored!r}, which this training "
                f"does not log. It logs {', '.join(logged)}.{hint} The parameter metrics adds "
                "others."
            )
        if extends:
            return


def _monitored(callback: keras.callbacks.Callback) -> str | None:
    """Return the name that a callback monitors; a checkpoint of every epoch monitors nothing."""
    name = getattr(callback, "monitor", None)
    uses_it = getattr(callback, "save_best_only", True)
    return name if isinstance(name, str) and uses_it else None


def _has_own_code(callback: keras.callbacks.Callback) -> bool:
    """Tell whether code outside Keras runs when an epoch ends, and may add to the logs."""
    module = getattr(callback.on_epoch_end, "__module__", None) or ""
    return not module.startswith("keras.")


def _logged(job: TrainingJob) -> list[str]:
    """Return the names that the network logs, from a trial of its metrics on two documents."""
    model, target = job.network.model, job.documents.target[np.arange(min(2, len(job.documents)))]
    targets = targets_for(model, target)
    n_units = model.outputs[0].shape[1]
    outputs = np.full((len(targets), n_units), 1 / max(2, n_units), np.float32)
    tensors = keras.ops.convert_to_tensor(targets), keras.ops.convert_to_tensor(outputs)
    names = [*model.compute_metrics(None, *tensors)]
    model.reset_metrics()
    return names if job.validation is None else [*names, *(f"val_{name}" for name in names)]
