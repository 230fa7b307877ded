"""Train with JAX: compiled steps that fits share, and on a card many of them in one call."""

from contextlib import closing, nullcontext
from typing import Any

import keras
import numpy as np

from skembed.networks.jax_epochs.dropout import kept_fractions
from skembed.networks.jax_epochs.forms import FORMS, Form, own_form
from skembed.networks.jax_epochs.part import Part
from skembed.networks.jax_epochs.steps import train, validate
from skembed.networks.jax_epochs.values import Values
from skembed.networks.runtime.keras_internals import compilation
from skembed.networks.training.batch_methods import listen_to_batches
from skembed.networks.training.card_memory import fits_on_card
from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.keras_engine import run_epochs
from skembed.networks.training.own_epochs import keras_would_do_the_same, run_own_epochs

__all__ = ["JaxEngine"]

_BATCHES_PER_CALL = 32


class JaxEngine:
    """Train with JAX: documents on the device, batches in loops, programs that fits share.

    Parameters
    ----------
    platform : str
        The kind of device that this engine is for: ``"gpu"`` or ``"cpu"``.
    max_batches : int, default=32
        Maximum number of batches per call of a compiled program. On a CPU, XLA runs loops on
        one core and needs long to compile them, so 1 is best there.
    """

    def __init__(self, platform: str, max_batches: int = _BATCHES_PER_CALL) -> None:
        self.platform = platform
        self.max_batches = max_batches

    def supports(self, job: TrainingJob) -> bool:
        """Tell whether JAX runs on the platform, and all is computed as Keras does by itself."""
        if keras.backend.backend() != "jax":
            return False
        import jax

        return (
            jax.default_backend() == self.platform
            and job.network.model.jit_compile
            and keras.distribution.distribution() is None
            and not keras.config.is_nnx_enabled()
            and keras_would_do_the_same(job)
            and not listen_to_batches(job.callbacks)
        )

    def fit(self, job: TrainingJob) -> None:
        """Train the network; see `Engine`."""
        batches, validation = job.training_batches(), job.validation_batches()
        kept = kept_fractions(job.network.model)
        parts = [
            Part(each, self.max_batches, kept=kept)
            for each in (batches, validation)
            if each is not None
        ]
        if not fits_on_card(sum(part.documents.n_bytes for part in parts), _free_bytes()):
            run_epochs(job, batches, validation)
            return
        with closing(batches), nullcontext() if validation is None else closing(validation):
            run_own_epochs(job, batches, _Training(job, *parts).run_epoch)


class _Training:
    """The epochs of a job."""

    def __init__(self, job: TrainingJob, documents: Part, validation: Part | None = None) -> None:
        self.job, self.documents, self.validation = job, documents, validation
        self.model = job.network.model
        self.values = Values()
        self.form: Form | None = None
        self.compilation: tuple[Any, ...] = ()

    def run_epoch(self, callbacks: keras.callbacks.CallbackList) -> dict[str, Any]:
        """Train and validate; return what is logged."""
        form, documents, validation = self._current_form(), self.documents, self.validation
        variables = _variables(self.model)
        values = self.values.read(variables, _variables(form.model))
        documents.state = *values, form.no_metrics
        try:
            results = documents.run(form, train, donates=True, stops=self._is_stopped)
        finally:
            values = documents.state[:3]
            if not any(value.is_deleted() for group in values for value in group):
                self.values.write(variables, values)
        logs = _logs(form, results)
        if validation is not None:
            callbacks.on_test_begin()
            validation.state = *values[:2], form.no_metrics
            of_validation = _logs(form, validation.run(form, validate))
            callbacks.on_test_end(of_validation)
            logs |= {f"val_{name}": value for name, value in of_validation.items()}
        return logs

    def _is_stopped(self) -> bool:
        return bool(self.model.stop_training)

    def _current_form(self) -> Form:
        """Return the form of the network, which changes when word vectors are unfrozen."""
        model, network = self.model, self.job.network
        now = *compilation(model), *(variable.trainable for variable in model.variables)
        if self.form is None or now != self.compilation:
            examples = self.documents.batches.examples()[0]
            found = FORMS.find(model, network.spec.named, examples)
            self.form = own_form(network.live, examples) if found is None else found
            self.compilation = now
        return self.form


def _variables(model: keras.Model) -> tuple[list[keras.Variable], ...]:
    return model.trainable_variables, model.non_trainable_variables, model.optimizer.variables


def _logs(form: Form, results: list[Any]) -> dict[str, Any]:
    values = map(np.asarray, results)
    return {name: v if v.ndim else float(v) for name, v in zip(form.names, values)}


def _free_bytes() -> float:
    """Return the free memory of the device, infinite if it has no memory of its own."""
    import jax

    statistics = jax.local_devices()[0].memory_stats() or {}
    if "bytes_limit" not in statistics:
        return float("inf")
    return float(statistics["bytes_limit"] - statistics["bytes_in_use"])
