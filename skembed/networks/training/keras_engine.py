"""Train any network on any backend with ``keras.Model.fit``."""

import sys
from contextlib import closing, nullcontext

import keras
import numpy as np

from skembed.networks.batches import FixedBatches, ShuffledBatches
from skembed.networks.runtime.keras_internals import KnownShapes
from skembed.networks.runtime.seeding import reseed
from skembed.networks.training.engine import TrainingJob

__all__ = ["KerasEngine", "run_epochs"]


class KerasEngine:
    """Train any network on any backend with ``keras.Model.fit``."""

    def supports(self, job: TrainingJob) -> bool:
        """Return True: there is no job that Keras cannot run."""
        return True

    def fit(self, job: TrainingJob) -> None:
        """Train the network; see `Engine`."""
        run_epochs(job, job.training_batches(), job.validation_batches())


def run_epochs(job: TrainingJob, batches: ShuffledBatches, validation: FixedBatches | None) -> None:
    """Call ``keras.Model.fit`` on batches that are shuffled before each epoch.

    Parameters
    ----------
    job : TrainingJob
        What to train.
    batches, validation : ShuffledBatches, FixedBatches
        The documents of the job in batches; closed at the end.
    """

    def begin(epoch: int, logs: dict[str, float] | None) -> None:
        batches.shuffle()
        reseed(job.random_state.randint(np.iinfo(np.int32).max))

    with closing(batches), nullcontext() if validation is None else closing(validation):
        job.network.model.fit(
            KnownShapes(batches),
            epochs=job.epochs,
            shuffle=False,  # the batches shuffle themselves
            validation_data=None if validation is None else KnownShapes(validation),
            callbacks=[*job.callbacks, keras.callbacks.LambdaCallback(on_epoch_begin=begin)],
            # Without standard output, as under pythonw, Keras would fail to write to it.
            verbose=0 if sys.stdout is None else job.verbose,
        )
