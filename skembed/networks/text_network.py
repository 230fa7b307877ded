"""A trained network, which pickles as plain arrays."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.errors import ArchitectureError, IdRangeError
from skembed.networks.batches import DistinctDocuments
from skembed.networks.fast.graph_reuse import borrow, lend_when_gone, never_lend
from skembed.networks.fast.steps_per_execution import take_one_at_a_time
from skembed.networks.runtime.seeding import building, quiet, seeded
from skembed.networks.spec import NetworkSpec
from skembed.networks.training.lazy_adam import made_anew
from skembed.sequences import TokenSequences

__all__ = ["TextNetwork"]

# On JAX, Keras gives the weights away to each prediction and gets them back behind it.
_TURNS = threading.Lock() if keras.backend.backend() == "jax" else nullcontext()


class TextNetwork:
    """A network, and what it takes to build it again.

    Pickled are the spec and the weights, never a Keras object: any backend and
    device can load them, and the network is rebuilt when it is first used. Weights
    that equal the spec's embedding matrix, as frozen ones do, are not stored
    again: the matrix is shared with the embed step of the pipeline.

    Parameters
    ----------
    spec : NetworkSpec
        What the network was built from.
    model : keras.Model
        The network.
    """

    def __init__(self, spec: NetworkSpec, model: keras.Model) -> None:
        self.spec = spec
        self._model: keras.Model | None = model
        self._weights: list[npt.NDArray[Any] | None] = []
        self._training_state: list[npt.NDArray[Any]] | None = None
        self._pickles_training_state = False
        #: Wall-clock seconds of the last training; NaN if unknown.
        self.training_time = math.nan

    @property
    def model(self) -> keras.Model:
        """The live network."""
        if self._model is not None:
            return self._model
        # A user's function may draw from global generators. Ours do not, so that a loaded
        # classifier answers while another one trains.
        repeats = nullcontext() if self.spec.named else seeded(0)
        with repeats, building(0):  # of several threads, one builds
            if self._model is None:
                model = self.spec.network()
                matrix = self.spec.facts.embedding_matrix
                model.set_weights([matrix if w is None else w for w in self._weights])
                self._model, self._weights = model, []
            return self._model

    @property
    def embedding(self) -> keras.layers.Embedding | None:
        """The first embedding layer of the network, if there is one."""
        of_words = (x for x in self.model.layers if isinstance(x, keras.layers.Embedding))
        return next(of_words, None)

    def rows(self, sequences: TokenSequences) -> TokenSequences:
        """Return documents as the network reads them: without padding where it may.

        Raises
        ------
        IdRangeError
            If an id is beyond those of the embedding.
        ArchitectureError
            If the network needs rows of one length, and these have another.
        """
        facts = self.spec.facts
        if sequences.ids.max(initial=0) >= facts.n_ids:
            raise IdRangeError(
                f"Expected ids below {facts.n_ids}, as seen in fit; got {sequences.ids.max()}. Use "
                "the tokenizer that this classifier was fitted with."
            )
        if self.spec.ignores_padding:
            return sequences.stripped()
        if sequences.width != facts.length:
            raise ArchitectureError(
                f"This network was fitted on rows of {facts.length} ids; these have "
                f"{'no common length' if sequences.width is None else sequences.width}. Use the "
                "PadSequences step that it was fitted with."
            )
        return sequences

    def outputs(self, sequences: TokenSequences) -> npt.NDArray[np.float32]:
        """Return what the network makes of documents; shape (n_documents, n_outputs)."""
        documents = DistinctDocuments(self.rows(sequences))
        model = self.model
        outputs = np.empty((len(documents), *model.outputs[0].shape[1:]), np.float32)
        with quiet(), _TURNS:
            done = 0
            for ids in documents.batches():
                outputs[done : done + len(ids)] = model.predict_on_batch(ids)
                done += len(ids)
        return outputs[documents.inverse]

    def shown(self) -> keras.Model:
        """Return the live network to somebody who may keep it, and train it."""
        self.never_lend()
        take_one_at_a_time(self.model)
        return self.model

    def never_lend(self) -> None:
        """Keep the live network from others: a user has it, or its training goes on."""
        never_lend(self.model)

    def borrow_traced(self, form: str) -> None:
        """Train on a network of this form that is traced already, if one is idle."""
        idle = borrow(form, self.model)
        self._model = self._model if idle is None else idle

    def lend_traced(self, form: str) -> None:
        """Let others train on the live network once this one is gone."""
        lend_when_gone(form, self.model, self)

    @contextmanager
    def as_before_on_error(self) -> Iterator[None]:
        """Undo training that fails: weights, and the state of training, go back."""
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
        """Let training tune the word vectors, with an optimizer that begins anew."""
        self._train_embedding(True, made_anew(self.model.optimizer))

    def _train_embedding(self, trainable: bool, optimizer: keras.optimizers.Optimizer) -> None:
        assert self.embedding is not None
        self.embedding.trainable = trainable
        facts = replace(self.spec.facts, embedding_trainable=trainable)
        self.spec = replace(self.spec, facts=facts)
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        self.model.optimizer = optimizer
        self.model.make_train_function(force=True)

    def restore_training_state(self) -> None:
        """Give the compiled network the state of training that it was pickled with."""
        if self._training_state is not None:
            for variable, value in zip(self._training_variables(), self._training_state):
                variable.assign(value)
            self._training_state = None

    def _training_variables(self) -> list[keras.Variable]:
        """What training needs beside the weights: the optimizer's slots, dropout's seeds."""
        seeds = [v for v in self.model.variables if v.path.endswith("seed_generator_state")]
        return [*self.model.optimizer.variables, *seeds]

    def _values_of_training_state(self) -> list[npt.NDArray[Any]]:
        return [variable.numpy() for variable in self._training_variables()]

    def with_training_state(self) -> "TextNetwork":
        """Return this network, to be pickled with the state of training."""
        if self._model is not None:
            never_lend(self._model)  # a copy of a classifier keeps what is returned here
        twin = TextNetwork.__new__(TextNetwork)
        vars(twin).update(vars(self), _pickles_training_state=True)
        return twin

    def __getstate__(self) -> dict[str, Any]:
        state = vars(self) | {"_model": None, "_pickles_training_state": False}
        state["training_time"] = math.nan  # equal fits make equal pickles
        if self._model is not None:
            matrix = self.spec.facts.embedding_matrix
            weights = [_unless_equal(w, matrix) for w in self._model.get_weights()]
            state["_weights"] = weights
            if not any(w is None for w in weights):
                state["spec"] = self.spec.without_vectors()
        if not self._pickles_training_state:
            state["_training_state"] = None
        elif self._model is not None and self._model.compiled:
            state["_training_state"] = self._values_of_training_state()
        return state


def _unless_equal(
    weights: npt.NDArray[Any], matrix: npt.NDArray[np.float32] | None
) -> npt.NDArray[Any] | None:
    return None if matrix is not None and np.array_equal(weights, matrix) else weights
