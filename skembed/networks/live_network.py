"""A Keras model in memory, and what is known of its use."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.networks.runtime.keras_internals import trace_prediction
from skembed.networks.runtime.seeding import quiet

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
    compiled : object
        What the engine that trained the model keeps for the next training; None at first.
    """

    model: keras.Model
    reusable: bool = False
    weighted: bool = False
    compiled: Any = None
    _traced: tuple[Any, Any] = None, None

    def predict(self, ids: npt.NDArray[np.int32], *, any_shape: bool) -> npt.NDArray[Any]:
        """Return the outputs of the model, of shape (n_documents, n_outputs).

        Parameters
        ----------
        ids : ndarray of shape (n_documents, width), dtype int32
            The documents.
        any_shape : bool
            Whether the model takes documents in any number and of any length that its input
            allows, so that TensorFlow can trace it once for all of them.
        """
        model = self.model
        if not any_shape or not _runs_traces(model):
            with quiet():
                return np.asarray(model.predict_on_batch(ids))
        function, trace = self._traced
        if function is None or function is not model.predict_function:  # None after `compile`
            with quiet():
                trace = trace_prediction(model)
            self._traced = model.predict_function, trace
        return np.asarray(trace([(ids,)]))


def _runs_traces(model: keras.Model) -> bool:
    return (
        keras.backend.backend() == "tensorflow"
        and not model.run_eagerly
        and model.distribute_strategy.num_replicas_in_sync == 1
    )
