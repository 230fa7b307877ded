"""A trained network that pickles as plain arrays."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed._pickles import Lasting, restores_state
from skembed.networks.batches import DistinctDocuments
from skembed.networks.live_network import LiveNetwork
from skembed.networks.prediction import outputs_of
from skembed.networks.rows import rows_for
from skembed.networks.runtime.forks import check_not_forked
from skembed.networks.runtime.seeding import building, seeded
from skembed.networks.spec import NetworkSpec
from skembed.networks.table_facts import TableFacts
from skembed.networks.training.lazy_adam import reset_copy
from skembed.table_checks import Documents

__all__ = ["TURNS", "TextNetwork"]

# On JAX, Keras donates the weights to each prediction and gets them back after it.
TURNS = threading.Lock() if keras.backend.backend() == "jax" else nullcontext()


class TextNetwork(Lasting):
    """A Keras network and the specification to rebuild it.

    A pickle holds the spec and the weights, never a Keras object: any backend and
    device can load it, and the network is rebuilt on first use. Weights equal to the
    spec's embedding matrix, such as frozen ones, are not stored again: the matrix is
    shared with the embedding step of the pipeline.

    Parameters
    ----------
    spec : NetworkSpec
        What the network was built from.
    model : keras.Model
        The network.
    """

    def __init__(self, spec: NetworkSpec, model: keras.Model) -> None:
        self.spec = spec
        self._live: LiveNetwork | None = LiveNetwork(model)
        self._weights: list[npt.NDArray[Any] | str | None] = []
        self._training_state: list[npt.NDArray[Any]] | None = None
        self._pickles_training_state = False
        #: Wall-clock seconds of the last training; NaN if unknown.
        self.training_time = math.nan

    @property
    def model(self) -> keras.Model:
        """The Keras model."""
        return self.live.model

    @property
    def live(self) -> LiveNetwork:
        """The Keras model and what is known of it; built on first use after unpickling."""
        if self._live is not None:
            return self._live
        # User-defined architectures may draw from global generators. Built-in ones do not, so
        # a loaded classifier can predict while another one trains.
        repeats = nullcontext() if self.spec.named else seeded(0)
        with repeats, building(0):  # one thread builds, others wait
            if self._live is None:
                model = self.spec.network()
                model.set_weights(self._stored_weights())
                self._live, self._weights = LiveNetwork(model), []
            return self._live

    @live.setter
    def live(self, live: LiveNetwork) -> None:
        self._live = live

    @property
    def embedding(self) -> keras.layers.Embedding | None:
        """The first embedding layer of the network, or None."""
        of_words = (x for x in self.model.layers if isinstance(x, keras.layers.Embedding))
        return next(of_words, None)

    @property
    def embeddings(self) -> dict[str | None, keras.layers.Embedding]:
        """The embedding layer of each text of a table; of one text, the first layer."""
        if not isinstance(self.spec.facts, TableFacts):
            return {} if self.embedding is None else {None: self.embedding}
        layers = {layer.name: layer for layer in self.model.layers}
        of_parts = {name: part.embedding_name() for name, part in self.spec.facts.parts.items()}
        return {name: layers[of] for name, of in of_parts.items() if of in layers}

    @property
    def n_parameters(self) -> int:
        """The number of weights; a loaded network is not built to count them."""
        if self._live is not None:
            return sum(int(np.prod(weight.shape)) for weight in self._live.model.weights)
        return sum(w.size for w in self._stored_weights())

    def _stored_weights(self) -> list[npt.NDArray[Any]]:
        matrices = self.spec.facts.matrices
        return [w if isinstance(w, np.ndarray) else matrices[w] for w in self._weights]

    def outputs(self, documents: Documents) -> npt.NDArray[np.float32]:
        """Return the network's outputs, of shape (n_documents, n_outputs).

        Raises
        ------
        ForkedProcessError
            If this process was forked while TensorFlow was in use.
        """
        check_not_forked()
        distinct = DistinctDocuments(rows_for(self.spec, documents.with_index(None)))
        with TURNS:
            outputs = [*outputs_of(self.live, self.spec.named, distinct.batches())]
        joined = np.concatenate(outputs, dtype=np.float32, casting="unsafe")
        return joined[distinct.inverse]

    def share_model(self) -> keras.Model:
        """Return the Keras model to a caller that may keep it, train it and predict with it."""
        check_not_forked()
        self.live.reusable, self.live.shared = False, True
        return self.model

    @contextmanager
    def as_before_on_error(self) -> Iterator[None]:
        """Restore weights and training state if training raises an exception."""
        weights, state = self.model.get_weights(), self._values_of_training_state()
        optimizer, spec = self.model.optimizer, self.spec
        try:
            yield
        except BaseException:
            if self.spec is not spec:
                self._train_embedding(False, optimizer)
            self.model.set_weights(weights)
            self._training_state = state
            self.restore_training_state()
            raise

    def unfreeze(self) -> None:
        """Make the word vectors trainable, with a newly initialized optimizer."""
        self._train_embedding(True, reset_copy(self.model.optimizer))

    def _train_embedding(self, trainable: bool, optimizer: keras.optimizers.Optimizer) -> None:
        facts = self.spec.facts
        for name, layer in self.embeddings.items():
            layer.trainable = (
                trainable if name is None or facts.parts[name].waits else layer.trainable
            )
        self.spec = replace(self.spec, facts=facts.with_trained_vectors(trainable))
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        self.model.optimizer = optimizer
        self.model.make_train_function(force=True)

    @property
    def has_optimizer(self) -> bool:
        """Whether training continues with the optimizer of the last training."""
        return self._training_state is not None or bool(self.model.compiled)

    def restore_training_state(self) -> None:
        """Load the pickled training state into the compiled network."""
        if self._training_state is not None:
            for variable, value in zip(self._training_variables(), self._training_state):
                variable.assign(value)
            self._training_state = None

    def _training_variables(self) -> list[keras.Variable]:
        """Return the training state besides the weights: optimizer variables, dropout seeds."""
        seeds = [v for v in self.model.variables if v.path.endswith("seed_generator_state")]
        return [*self.model.optimizer.variables, *seeds]

    def _values_of_training_state(self) -> list[npt.NDArray[Any]]:
        return [variable.numpy() for variable in self._training_variables()]

    def with_training_state(self) -> "TextNetwork":
        """Return a copy that shares the network and pickles with its training state."""
        if self._live is not None:
            self._live.reusable = False  # a copied classifier may keep the copy
        copy = TextNetwork.__new__(TextNetwork)
        vars(copy).update(vars(self), _pickles_training_state=True)
        return copy

    def __getstate__(self) -> dict[str, Any]:
        spec, weights, state = self.spec, self._weights, None
        if self._live is not None:
            matrices = self.spec.facts.matrices
            weights = [_unless_equal(w, matrices) for w in self._live.model.get_weights()]
            spec = spec.without_vectors({w for w in weights if not isinstance(w, np.ndarray)})
        if self._pickles_training_state:
            state = self._training_state
            if self._live is not None and self._live.model.compiled:
                state = self._values_of_training_state()
        return {"spec": spec, "weights": weights, "training_state": state}

    @restores_state
    def __setstate__(self, state: dict[str, Any]) -> None:
        self.spec = state["spec"]
        self._live = None
        self._weights = state["weights"]
        self._training_state = state["training_state"]
        self._pickles_training_state = False
        self.training_time = math.nan  # equal fits make equal pickles


def _unless_equal(
    weights: npt.NDArray[Any], matrices: dict[str | None, npt.NDArray[np.float32]]
) -> npt.NDArray[Any] | str | None:
    """Return the name of the text whose initial word vectors weights equal, or the weights."""
    equal = (name for name, matrix in matrices.items() if np.array_equal(weights, matrix))
    return next(equal, weights)
