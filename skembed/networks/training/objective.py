"""The loss of a network, and the targets in the form that the loss expects."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.targets import Target

__all__ = ["compile_for_outputs", "targets_for"]


def compile_for_outputs(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, multilabel: bool
) -> None:
    """Compile a network with the cross-entropy loss that fits its outputs."""
    binary = multilabel or model.outputs[0].shape[1] == 1
    # For multilabel targets it is the fraction of correct labels, not of correct documents.
    name = "binary_accuracy" if multilabel else "accuracy"
    # An instance: a metric given by name would create its variables in the first training
    # step, which TensorFlow would then trace again.
    accuracy = keras.metrics.BinaryAccuracy if binary else keras.metrics.SparseCategoricalAccuracy
    model.compile(
        optimizer=optimizer,
        loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy",
        metrics=[accuracy(name=name)],
    )


def targets_for(model: keras.Model, target: Target) -> npt.NDArray[Any]:
    """Return the targets in the form that the network's loss expects.

    Parameters
    ----------
    model : keras.Model
        A compiled network.
    target : Target
        The labels.
    """
    if target.multilabel:
        return target.codes.astype(np.float32)
    if model.outputs[0].shape[1] == 1:
        return target.codes.astype(np.float32)[:, np.newaxis]
    loss = keras.losses.get(model.loss)
    kind = getattr(loss, "__name__", type(loss).__name__).lower()
    if kind.startswith("sparse"):
        return target.codes
    return np.eye(len(target.classes), dtype=np.float32)[target.codes]
