"""Choose the engine for a training job."""

import keras

from skembed.networks.training.engine import Engine, TrainingJob
from skembed.networks.training.keras_engine import KerasEngine

__all__ = ["engine_for"]

#: The engines of the backend, fastest first. Each but the last stands in a folder of its own.
ENGINES: list[Engine] = [KerasEngine()]

try:
    if keras.backend.backend() == "tensorflow":
        from skembed.networks.fast.tensorflow_engine import TensorFlowEngine

        ENGINES[:0] = [TensorFlowEngine()]
    elif keras.backend.backend() == "jax":
        from skembed.networks.jax_epochs.engine import JaxEngine

        ENGINES[:0] = [JaxEngine("gpu"), JaxEngine("cpu", max_batches=1)]
    elif keras.backend.backend() == "torch":
        from skembed.networks.torch_epochs.engine import TorchEngine

        ENGINES[:0] = [TorchEngine("cuda")]
except ModuleNotFoundError as error:  # the folder of an engine may be deleted
    if not (error.name or "").startswith("skembed.networks."):
        raise


def engine_for(job: TrainingJob) -> Engine:
    """Return the fastest engine that supports a job."""
    return next(engine for engine in ENGINES if engine.supports(job))
