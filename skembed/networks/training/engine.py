"""The interface between the training loop and the engines that train a network."""

from dataclasses import dataclass, replace
from typing import Protocol

import keras
import numpy as np

from skembed.labelled_documents import LabelledDocuments
from skembed.networks.batches import FixedBatches, ShuffledBatches
from skembed.networks.text_network import TextNetwork
from skembed.networks.training.objective import targets_for

__all__ = ["Engine", "TrainingJob"]


@dataclass(frozen=True)
class TrainingJob:
    """A compiled network, and how to train it.

    Attributes
    ----------
    network : TextNetwork
        The network. An engine may replace its live model by one of the same form and values.
    documents, validation : LabelledDocuments
        The training data, and the data to validate on after each epoch, if any.
    batch_size, epochs, callbacks, verbose
        As in ``keras.Model.fit``.
    random_state : RandomState
        Draws the order of the documents and the seeds of dropout.
    """

    network: TextNetwork
    documents: LabelledDocuments
    validation: LabelledDocuments | None
    batch_size: int
    epochs: int
    callbacks: list[keras.callbacks.Callback]
    random_state: np.random.RandomState
    verbose: int | str

    def with_weights(self) -> "TrainingJob":
        """Return the job with a weight for each document: 1 if it has none."""
        validation = None if self.validation is None else self.validation.with_weights()
        return replace(self, documents=self.documents.with_weights(), validation=validation)

    def training_batches(self, similar: bool = True) -> ShuffledBatches:
        """Return the training documents in batches; see `ShuffledBatches`."""
        targets = targets_for(self.network.model, self.documents.target)
        return ShuffledBatches(self.documents, targets, self.batch_size, self.random_state, similar)

    def validation_batches(self) -> FixedBatches | None:
        """Return the validation documents in batches, if there are any."""
        if self.validation is None:
            return None
        targets = targets_for(self.network.model, self.validation.target)
        return FixedBatches(self.validation, targets, self.batch_size)


class Engine(Protocol):
    """Trains networks. Engines differ in speed only, up to rounding."""

    def supports(self, job: TrainingJob) -> bool:
        """Tell whether this engine can run the job."""

    def fit(self, job: TrainingJob) -> None:
        """Train the network: shuffle before each epoch, validate after it, call the callbacks.

        The engine stops after the batch in which ``model.stop_training`` was set. It keeps
        no reference to the documents.
        """
