"""Train with PyTorch on a graphics card: documents on the card, and no waiting for it."""

from collections.abc import Callable
from contextlib import closing, nullcontext
from typing import Any

import keras
import torch

from skembed.networks.runtime.keras_internals import compilation
from skembed.networks.torch_epochs.cuda_graphs import CudaGraphs, on_stream_of_its_own
from skembed.networks.torch_epochs.documents import ResidentDocuments
from skembed.networks.torch_epochs.recorded_steps import RecordedSteps, Recorder, Widths
from skembed.networks.training.batch_methods import listen_to_batches
from skembed.networks.training.card_memory import fits_on_card
from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.keras_engine import run_epochs
from skembed.networks.training.own_epochs import (
    keras_would_do_the_same,
    logs_of,
    run_own_epochs,
)

__all__ = ["TorchEngine"]


class TorchEngine:
    """Train with PyTorch: documents stay on the device, and results are read once per epoch.

    Parameters
    ----------
    platform : str
        The kind of device that this engine is for: ``"cuda"``, or ``"cpu"`` in tests.
    """

    def __init__(self, platform: str) -> None:
        self.platform = platform

    def supports(self, job: TrainingJob) -> bool:
        """Tell whether the network is on such a device, and all is computed as Keras does."""
        model = job.network.model
        return (
            keras.backend.backend() == "torch"
            and _device(model).type == self.platform
            and not model.jit_compile
            and keras_would_do_the_same(job)
            and not listen_to_batches(job.callbacks)
        )

    def recorder(self) -> Recorder | None:
        """Return what records steps on this device: recordings that it makes share memory."""
        return CudaGraphs() if self.platform == "cuda" else None

    def fit(self, job: TrainingJob) -> None:
        """Train the network; see `Engine`."""
        batches, validation = job.training_batches(), job.validation_batches()
        parts = [ResidentDocuments(each) for each in (batches, validation) if each is not None]
        device = _device(job.network.model)
        if not fits_on_card(sum(part.n_bytes for part in parts), _free_bytes(device)):
            run_epochs(job, batches, validation)
            return
        with (
            closing(batches),
            nullcontext() if validation is None else closing(validation),
            on_stream_of_its_own(device) if device.type == "cuda" else nullcontext(),
        ):
            for part in parts:
                part.move_to(device)
            training = _Training(job, self.recorder, *parts)
            try:
                run_own_epochs(job, batches, training.run_epoch)
            finally:
                training.release()


class _Training:
    def __init__(
        self,
        job: TrainingJob,
        new_recorder: Callable[[], Recorder | None],
        documents: ResidentDocuments,
        validation: ResidentDocuments | None = None,
    ) -> None:
        self.job, self.new_recorder = job, new_recorder
        self.documents, self.validation = documents, validation
        self.model = job.network.model
        self.compilation: tuple[Any, ...] = ()
        self.steps: Any = None

    def run_epoch(self, callbacks: keras.callbacks.CallbackList) -> dict[str, Any]:
        """Train and validate; return what is logged."""
        return self._train() | self._validate(callbacks)

    def _train(self) -> dict[str, Any]:
        model = self.model
        train, _ = self._current_steps()
        model.reset_metrics()
        model.train()
        try:
            for widths, rows in self.documents.order():
                train(widths, rows)
                if model.stop_training:
                    break
        finally:
            model.eval()
        return logs_of(model)

    def _validate(self, callbacks: keras.callbacks.CallbackList) -> dict[str, Any]:
        if self.validation is None:
            return {}
        _, validate = self._current_steps()
        callbacks.on_test_begin()
        self.model.reset_metrics()
        with torch.no_grad():
            for widths, rows in self.validation.order():
                validate(widths, rows)
        logs = logs_of(self.model)
        callbacks.on_test_end(logs)
        return {f"val_{name}": value for name, value in logs.items()}

    def _current_steps(self) -> tuple[RecordedSteps, RecordedSteps]:
        """Return the steps of training and validation, made anew if the network has changed.

        It changes when word vectors are unfrozen, or when a callback sets, say, a dropout rate.
        """
        model = self.model
        trainable = [variable.trainable for variable in model.variables]
        now = *compilation(model), trainable, _settings(model)
        if now != self.compilation:
            self.compilation, recorder = now, self.new_recorder()

            def train(widths: Widths, rows: Any) -> None:
                model.train_step(self.documents.batch(widths, rows))

            def validate(widths: Widths, rows: Any) -> None:
                assert self.validation is not None
                model.test_step(self.validation.batch(widths, rows))

            def changed_by_training() -> list[keras.Variable]:
                return [*model.variables, *model.metrics_variables, *model.optimizer.variables]

            self.steps = (
                RecordedSteps(train, recorder, changed_by_training),
                RecordedSteps(validate, recorder, lambda: model.metrics_variables),
            )
        return self.steps  # type: ignore[no-any-return]

    def release(self) -> None:
        """Release the recordings and the gradients, which are in their memory."""
        self.steps, self.compilation = None, ()
        self.model.zero_grad()


def _device(model: keras.Model) -> Any:
    return model.variables[0].value.device


def _settings(model: keras.Model) -> Any:
    try:
        return model.get_config()
    except NotImplementedError:  # of a user's own class
        return None


def _free_bytes(device: Any) -> float:
    if device.type != "cuda":
        return float("inf")
    free, _ = torch.cuda.mem_get_info(device)
    return float(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
