"""Predict with a network, on batches of documents."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.networks.inputs import Arrays
from skembed.networks.live_network import LiveNetwork
from skembed.networks.runtime.keras_internals import trace_prediction
from skembed.networks.runtime.seeding import quiet

__all__ = ["outputs_of"]


def outputs_of(
    live: LiveNetwork, named: bool, batches: Iterable[Arrays]
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield a network's outputs for each of several batches.

    Parameters
    ----------
    live : LiveNetwork
        The network.
    named : bool
        Whether it has a built-in architecture.
    batches : iterable of ndarray of int32 of shape (n_documents, width)
        The ids; for a table, tuples of arrays.

    Yields
    ------
    ndarray of float32 of shape (n_documents, n_outputs)
        The outputs.
    """
    with quiet():
        for arrays in batches:
            any_shape = named and _can_be_traced(live.model)
            yield np.asarray(
                _trace(live)([(arrays,)]) if any_shape else live.model.predict_on_batch(arrays)
            )


def _can_be_traced(model: keras.Model) -> bool:
    return (
        keras.backend.backend() == "tensorflow"
        and not model.run_eagerly
        and model.distribute_strategy.num_replicas_in_sync == 1
    )


def _trace(live: LiveNetwork) -> Callable[..., Any]:
    """Return TensorFlow's trace for any number of documents of any length.

    Calling it takes less time than ``predict_on_batch``, which matters for one document.
    """
    function, trace = live.prediction or (None, None)
    if trace is None or function is not live.model.predict_function:  # None after `compile`
        trace = trace_prediction(live.model)
        live.prediction = live.model.predict_function, trace
    return trace


if keras.backend.backend() == "jax":
    try:
        from skembed.networks.jax_epochs.prediction import outputs_of
    except ModuleNotFoundError as error:  # the folder may be deleted
        if not (error.name or "").startswith("skembed.networks.jax_epochs"):
            raise
