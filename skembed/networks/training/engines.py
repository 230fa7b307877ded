"""Choose the engine for a training job."""

import keras

from skembed.networks.training.engine import Engine, TrainingJob
from skembed.networks.training.keras_engine import KerasEngine

__all__ = ["engine_for"]

ENGINES: list[Engine] = [KerasEngine()]

try:
    from skembed.networks.fast.tensorflow_engine import TensorFlowEngine
except ModuleNotFoundError as error:  # the folder of an engine may be deleted
    if not (error.name or "").startswith("skembed.networks.fast"):
        raise
else:
    ENGINES.insert(0, TensorFlowEngine())

try:
    from skembed.networks.jax_epochs.engine import JaxEngine
except ModuleNotFoundError as error:
    if not (error.name or "").startswith("skembed.networks.jax_epochs"):
        raise
else:
    ENGINES[:0] = [JaxEngine("gpu"), JaxEngine("cpu", max_batches=1)]

if keras.backend.backend() == "torch":
    try:
        from skembed.networks.torch_epochs.engine import TorchEngine
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("skembed.networks.torch_epochs"):
            raise
    else:
        ENGINES.insert(0, TorchEngine("cuda"))


def engine_for(job: TrainingJob) -> Engine:
    """Return the fastest engine that supports a job."""
    return next(engine for engine in ENGINES if engine.supports(job))
