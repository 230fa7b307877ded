"""Epochs as ``keras.Model.fit`` runs them, for engines that have steps of their own."""

import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from skembed.networks.batches import ShuffledBatches
from skembed.networks.runtime.keras_internals import first_epoch
from skembed.networks.runtime.seeding import reseed
from skembed.networks.training.engine import TrainingJob

__all__ = ["keras_would_do_the_same", "logs_of", "run_own_epochs"]

_METHODS = (
    "fit",
    "evaluate",
    "train_step",
    "test_step",
    "predict_step",
    "compute_loss",
    "compute_metrics",
)


def keras_would_do_the_same(job: TrainingJob) -> bool:
    """Tell whether a network trains with Keras's own steps and settings."""
    model = job.network.model
    return (
        all(getattr(type(model), name) is getattr(keras.Model, name) for name in _METHODS)
        and model.steps_per_execution == 1
        and not model.run_eagerly
        and keras.config.max_epochs() is None
        and keras.config.max_steps_per_epoch() is None
    )


def run_own_epochs(
    job: TrainingJob,
    batches: ShuffledBatches,
    run_epoch: Callable[[keras.callbacks.CallbackList], dict[str, Any]],
) -> None:
    """Shuffle, train and validate, and call the callbacks, epoch by epoch.

    Parameters
    ----------
    job : TrainingJob
        What to train.
    batches : ShuffledBatches
        The training documents of the job.
    run_epoch : callable
        Trains and validates; returns what is logged. It is given the callbacks, to announce the
        validation.
    """
    model = job.network.model
    # Without standard output, as under pythonw, Keras would fail to write to it.
    verbose = 0 if sys.stdout is None else 1 if job.verbose == "auto" else job.verbose
    callbacks = keras.callbacks.CallbackList(
        job.callbacks,
        add_history=True,
        add_progbar=bool(verbose),
        model=model,
        verbose=verbose,
        epochs=job.epochs,
        steps=len(batches),
    )
    model.stop_training = False
    callbacks.on_train_begin()
    logs: dict[str, Any] = {}
    for epoch in range(first_epoch(model), job.epochs):
        callbacks.on_epoch_begin(epoch)
        batches.shuffle()
        reseed(job.random_state.randint(np.iinfo(np.int32).max))
        logs = run_epoch(callbacks)
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_weights)
    callbacks.on_train_end(logs)


def logs_of(model: keras.Model) -> dict[str, Any]:
    """Return the loss and the metrics as they stand: numbers, or arrays of several."""
    results = {
        name: keras.ops.convert_to_numpy(x) for name, x in model.get_metrics_result().items()
    }
    return {name: x if x.ndim else float(x) for name, x in results.items()}
