"""Training and validation steps that TensorFlow traced once, called without Keras's pipeline."""

from collections.abc import Callable, Iterator
from typing import Any

import keras

from skembed.networks.batches import FixedBatches, ShuffledBatches
from skembed.networks.live_network import LiveNetwork
from skembed.networks.runtime.keras_internals import compilation, trace_step
from skembed.networks.training.batch_methods import listen_to_batches
from skembed.networks.training.own_epochs import logs_of

__all__ = ["CompiledSteps"]


class CompiledSteps:
    """Runs epochs in compiled steps, which the live network keeps for its next training.

    ``keras.Model.fit`` builds a pipeline for each training and an iterator for each epoch, which
    takes as long as to train a small network.

    Parameters
    ----------
    live : LiveNetwork
        The network.
    batches : ShuffledBatches
        The training documents.
    validation : FixedBatches or None
        The documents to validate on after each epoch, if any.
    """

    def __init__(
        self, live: LiveNetwork, batches: ShuffledBatches, validation: FixedBatches | None
    ) -> None:
        self.live = live
        self.batches = batches
        self.validation = validation

    def run_epoch(self, callbacks: keras.callbacks.CallbackList) -> dict[str, Any]:
        """Train and validate; return what is logged."""
        model = self.live.model
        for _ in self._results("train", self.batches, callbacks):
            if model.stop_training:
                break
        logs = logs_of(model)
        if self.validation is not None:
            callbacks.on_test_begin()
            model.stop_evaluating = False
            for _ in self._results("test", self.validation, callbacks):
                if model.stop_evaluating:
                    break
            of_validation = logs_of(model)
            callbacks.on_test_end(of_validation)
            logs |= {f"val_{name}": value for name, value in of_validation.items()}
        return logs

    def _results(
        self,
        name: str,
        batches: ShuffledBatches | FixedBatches,
        callbacks: keras.callbacks.CallbackList,
    ) -> Iterator[dict[str, Any]]:
        """Run a step on each batch, and yield what it returns."""
        step = self._traced(f"{name}_step", batches)
        hear = listen_to_batches(callbacks.callbacks)  # to call them in vain takes Keras a thread
        self.live.model.reset_metrics()
        for i in range(len(batches)):
            if hear:
                getattr(callbacks, f"on_{name}_batch_begin")(i)
            results = step(batches[i])
            if hear:
                getattr(callbacks, f"on_{name}_batch_end")(i, results)
            yield results

    def _traced(
        self, name: str, batches: ShuffledBatches | FixedBatches
    ) -> Callable[[Any], dict[str, Any]]:
        """Return a step of the network; all are traced again once it was compiled or unfrozen."""
        live, model = self.live, self.live.model
        now = *compilation(model), *(variable.trainable for variable in model.variables)
        if live.compiled is None or now != live.compiled[0]:
            live.compiled = now, {}
        steps: dict[Any, Callable[[Any], dict[str, Any]]] = live.compiled[1]
        key = name, *batches.form
        if key not in steps:
            steps[key] = trace_step(model, name, batches.examples())
        return steps[key]
