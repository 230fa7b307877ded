"""A Keras model in memory, and what is known of its use."""

from dataclasses import dataclass
from typing import Any

import keras

__all__ = ["LiveNetwork"]


@dataclass(eq=False)
class LiveNetwork:
    """A Keras model in memory, and what is known of its use.

    Attributes
    ----------
    model : keras.Model
        The model.
    reusable : bool
        Whether an engine may give the model to another network once this one is discarded:
        False if a user may hold it, or if it has parts that a user defined.
    weighted : bool
        Whether an engine trains it with a weight for each document, even if all are 1.
    shared : bool
        Whether a user may hold the model, and may have changed it.
    compiled, prediction : object
        What the engine that trained the model keeps for the next training, and what `outputs_of`
        keeps for the next prediction; None at first.
    """

    model: keras.Model
    reusable: bool = False
    weighted: bool = False
    shared: bool = False
    compiled: Any = None
    prediction: Any = None
