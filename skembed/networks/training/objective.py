"""What a network is trained for: its loss, and the labels in the form that it compares."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.targets import Target

__all__ = ["compile_for_outputs", "target_for"]


def compile_for_outputs(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, multilabel: bool
) -> None:
    """Compile a network with the cross-entropy that its outputs call for."""
    binary = multilabel or model.outputs[0].shape[1] == 1
    # Of several labels it is the share of labels, not of documents, that are right.
    name = "binary_accuracy" if multilabel else "accuracy"
    # Made here: one that is only named makes its variables within the first training
    # step, and TensorFlow then traces that step once more.
    accuracy = keras.metrics.BinaryAccuracy if binary else keras.metrics.SparseCategoricalAccuracy
    model.compile(
        optimizer=optimizer,
        loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy",
        metrics=[accuracy(name=name)],
    )


def target_for(model: keras.Model, target: Target) -> npt.NDArray[Any]:
    """Return the labels in the form that the network's loss compares with its outputs.

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
