"""What a network is trained on, and whether the training went well."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from skembed.errors import ArchitectureError, TargetError, TrainingDivergedError

__all__ = ["check_converged", "compile_for_outputs", "set_aside", "target_for"]

Int64 = npt.NDArray[np.int64]
_ROUNDING = 0.02  # of probabilities in half precision


def compile_for_outputs(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Compile a network with the cross-entropy that its outputs call for."""
    binary = model.outputs[0].shape[1] == 1
    model.compile(
        optimizer=optimizer,
        loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


def target_for(model: keras.Model, codes: Int64, n_classes: int) -> npt.NDArray[Any]:
    """Return the classes in the form that the network's loss compares with its outputs.

    Parameters
    ----------
    model : keras.Model
        A compiled network.
    codes : ndarray of int of shape (n_documents,)
        The place of each document's class.
    n_classes : int
        The number of classes.
    """
    if model.outputs[0].shape[1] == 1:
        return codes.astype(np.float32)[:, np.newaxis]
    loss = keras.losses.get(model.loss)
    kind = getattr(loss, "__name__", type(loss).__name__).lower()
    return codes if kind.startswith("sparse") else np.eye(n_classes, dtype=np.float32)[codes]


def set_aside(
    places: Int64, codes: Int64, fraction: float, random_state: np.random.RandomState
) -> tuple[Int64, Int64]:
    """Split documents into those to train on and those to validate on, by class.

    Parameters
    ----------
    places : ndarray of int of shape (n_chosen,)
        Which documents to split.
    codes : ndarray of int of shape (n_documents,)
        The class of every document.
    fraction : float in (0, 1)
        The share to validate on.
    random_state : RandomState
        Draws which.

    Raises
    ------
    TargetError
        If a class would be missing on either side.
    """
    try:
        kept, aside = train_test_split(
            places, test_size=fraction, stratify=codes[places], random_state=random_state
        )
    except ValueError as error:
        raise TargetError(
            f"validation_fraction={fraction} of {len(places)} documents, or what it leaves, "
            f"cannot hold each of {len(np.unique(codes))} classes: "
            f"{'raise' if fraction < 0.5 else 'lower'} it, or set early_stopping=False. ({error})"
        ) from error
    return kept, aside


def check_converged(
    model: keras.Model, ids: npt.NDArray[Any], history: dict[str, list[float]]
) -> None:
    """Refuse a training after which the network gives no numbers.

    Parameters
    ----------
    model : keras.Model
        The trained network.
    ids : ndarray of int of shape (n_batch, width)
        Some documents. Weights may be huge yet finite, and the last loss from before
        they were: only a look at the outputs tells.
    history : dict of str to list of float
        What Keras recorded of each epoch.

    Raises
    ------
    TrainingDivergedError
        If a loss, or an output, is NaN or infinite.
    ArchitectureError
        If the outputs are no probabilities.
    """
    losses = history["loss"]
    outputs = keras.ops.convert_to_numpy(model(ids, training=False))
    if not (np.isfinite(losses).all() and np.isfinite(outputs).all()):
        raise TrainingDivergedError(
            f"The training diverged: after epoch {len(losses)} the loss is {losses[-1]} and the "
            f"network's outputs are {'finite' if np.isfinite(outputs).all() else 'no numbers'}. "
            "Lower optimizer__learning_rate, or set optimizer__clipnorm=1.0."
        )
    sums = outputs.sum(axis=1) if outputs.shape[1] > 1 else np.ones(1)
    if outputs.min() < 0 or outputs.max() > 1 + _ROUNDING or np.abs(sums - 1).max() > _ROUNDING:
        raise ArchitectureError(
            f"The network's outputs are from {outputs.min():.3g} to {outputs.max():.3g} and are no "
            "probabilities: end it in softmax, or sigmoid for one unit, as "
            "skembed.networks.probabilities(x, facts) does."
        )
