"""Compiled training steps that run several batches per call from Python."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from skembed.networks.live_network import LiveNetwork
from skembed.networks.runtime.keras_internals import compilation, training_functions
from skembed.networks.training.batch_methods import listen_to_batches

__all__ = ["CompiledSteps", "batches_per_call", "use_compiled_steps"]

#: Maximum ids per call: Ctrl-C is handled, and progress is drawn, between calls.
_MAX_IDS_PER_CALL = 2**17
_MAX_BATCHES_PER_CALL = 16


@dataclass(frozen=True)
class CompiledSteps:
    """The training and validation functions that TensorFlow traced for a model.

    Attributes
    ----------
    batches_per_call : int
        Number of batches that a call from Python runs.
    functions : tuple
        The functions.
    compilation : tuple
        Identifies the call of ``compile`` that they were traced for.
    """

    batches_per_call: int
    functions: tuple[Any, Any]
    compilation: tuple[Any, ...]

    def fits(self, model: keras.Model, n_batches: int) -> bool:
        """Tell whether the model was not compiled again, and runs as many batches per call."""
        same = all(a is b for a, b in zip(self.compilation, compilation(model)))
        return same and self.batches_per_call == n_batches


def batches_per_call(
    live: LiveNetwork, ids_per_batch: float, callbacks: list[keras.callbacks.Callback]
) -> int:
    """Return how many batches to run per call from Python.

    By default TensorFlow returns to Python after each batch, which takes about two
    milliseconds: as long as a step of a small network.

    Parameters
    ----------
    live : LiveNetwork
        The network. If its steps are traced, their number is kept unless it is more than
        twice too large or too small: a change would trace them again.
    ids_per_batch : float
        Average number of ids per batch.
    callbacks : list of keras.callbacks.Callback
        If one overrides a batch method, such as ``on_train_batch_end``, the result is 1.
    """
    if listen_to_batches(callbacks):
        return 1
    best = min(max(1, int(_MAX_IDS_PER_CALL / max(1.0, ids_per_batch))), _MAX_BATCHES_PER_CALL)
    traced = live.compiled.batches_per_call if isinstance(live.compiled, CompiledSteps) else best
    return traced if best <= 2 * traced and traced <= 2 * best else best


@contextmanager
def use_compiled_steps(live: LiveNetwork, n_batches: int) -> Iterator[None]:
    """Let a model run several batches per call within the context, and keep its functions.

    Outside the context the model is as Keras made it, so a user can train it further.

    Parameters
    ----------
    live : LiveNetwork
        The network. Functions that were traced for this number of batches are used again.
    n_batches : int
        Number of batches per call.
    """
    model, steps = live.model, live.compiled
    model.steps_per_execution = n_batches
    usable = isinstance(steps, CompiledSteps) and steps.fits(model, n_batches)
    training_functions(model, steps.functions if usable else (None, None))
    try:
        yield
    finally:
        functions = training_functions(model)
        live.compiled = CompiledSteps(n_batches, functions, compilation(model))
        model.steps_per_execution = 1
