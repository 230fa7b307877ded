"""Training logic of the Keras classifier: new networks and continued training."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import InvalidParameterError

from skembed._validation import check_vocabulary
from skembed.errors import EmptyVocabularyError, TargetError
from skembed.held_out import HeldOut, set_aside
from skembed.networks import ARCHITECTURES, NetworkFacts, NetworkSpec
from skembed.networks.architectures import NETWORK_PARAMETERS, check_settings
from skembed.networks.batches import LabelledDocuments
from skembed.networks.runtime.keras_import import keras
from skembed.networks.runtime.scikeras_bridge import ScikerasClassifier
from skembed.networks.runtime.seeding import building, quiet, seeded
from skembed.networks.runtime.threads_and_memory import make_room
from skembed.networks.spec import portable
from skembed.networks.text_network import TextNetwork
from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.epoch_progress import EpochProgress
from skembed.networks.training.interruption import is_in_search
from skembed.networks.training.loop import train
from skembed.networks.training.objective import compile_for_outputs, target_for
from skembed.networks.training.unfreezing import Unfreezing
from skembed.sequences import TokenSequences
from skembed.targets import Target

__all__ = ["NetworkClassifier"]

_SEEDS = np.iinfo(np.int32).max


class NetworkClassifier(ScikerasClassifier):
    """Base class with the training logic shared by ``fit`` and ``partial_fit``.

    Fitted attributes are assigned only after training has succeeded.
    """

    vocabulary_: Any
    _network: TextNetwork
    classes_: npt.NDArray[Any]
    history_: dict[str, list[float]]
    n_epochs_: int

    def _train(
        self,
        sequences: TokenSequences,
        target: Target,
        weights: npt.NDArray[np.float32] | None,
        *,
        goes_on: bool,
        epochs: int,
        held_out: HeldOut | None = None,
        task: dict[str, Any] | None = None,
    ) -> None:
        """Train a new network, or continue training the fitted one.

        Parameters
        ----------
        sequences, target, weights
            The validated training documents.
        goes_on : bool
            Whether to continue training the fitted network.
        epochs : int
            Maximum number of epochs.
        held_out : HeldOut, default=None
            Validation documents. None: with early stopping, some training documents are
            held out.
        task : dict, default=None
            ``context``, ``X`` and ``y`` of the fit task, for scikit-learn callbacks.
        """
        if not sequences.ids.any():
            raise EmptyVocabularyError(
                f"None of the {len(sequences)} documents holds a word: check the cleaning and the "
                "tokenizer before this step."
            )
        recorded = keras.callbacks.History()
        callbacks = [recorded, *self._new_callbacks()]
        random_state = np.random.RandomState(check_random_state(self.random_state).randint(_SEEDS))
        seed = random_state.randint(_SEEDS)
        with seeded(seed), quiet():
            vocabulary = sequences.vocabulary
            with building(seed):
                if goes_on:
                    self._check_goes_on(sequences, target)
                    network, history = self._network, self.history_
                    vocabulary = self.vocabulary_ if vocabulary is None else vocabulary
                else:
                    network, history = self._new_network(sequences, target), {"loss": []}
                network.live.reusable = not goes_on and self._uses_only_built_in_classes()
                model = self._compiled(network)

            def learned() -> dict[str, Any]:
                now = recorded.history
                together = history | {name: history.get(name, []) + now[name] for name in now}
                return {
                    "_network": network,
                    "classes_": target.classes,
                    "n_classes_": len(target.classes),
                    "vocabulary_": vocabulary,
                    "history_": together,
                    "n_epochs_": len(together["loss"]),
                }

            callbacks += self._callbacks_of_our_own(network, len(history["loss"]))
            if task is not None:
                callbacks.append(EpochProgress(self, **task, fitted_attributes=learned))
            documents = LabelledDocuments(
                network.rows(sequences), target_for(model, target), weights
            )
            training, validation = self._divided(documents, target, held_out, network, random_state)
            job = TrainingJob(
                network,
                training,
                validation,
                batch_size=self.batch_size,
                epochs=epochs,
                callbacks=callbacks,
                random_state=random_state,
                verbose=self.verbose,
            )
            train(job, recorded, in_search=task is not None and is_in_search(task["context"]))
        for name, value in learned().items():
            setattr(self, name, value)

    def _callbacks_of_our_own(
        self, network: TextNetwork, n_epochs_before: int
    ) -> list[keras.callbacks.Callback]:
        """Return the Keras callbacks for early stopping and for unfreezing the word vectors."""
        callbacks: list[keras.callbacks.Callback] = []
        if self.early_stopping:
            callbacks.append(
                keras.callbacks.EarlyStopping(
                    monitor="val_loss", patience=self.n_iter_no_change, restore_best_weights=True
                )
            )
        if self.unfreeze_after is not None and not network.spec.facts.embedding_trainable:
            left = self.unfreeze_after - n_epochs_before
            callbacks.append(Unfreezing(network, max(0, left)))
        return callbacks

    def _uses_only_built_in_classes(self) -> bool:
        """Whether training uses no network, optimizer or callback object of the user."""
        own = isinstance(self.architecture, str) and isinstance(self.optimizer, str)
        return own and self.callbacks is None and self.unfreeze_after is None

    def _new_network(self, sequences: TokenSequences, target: Target) -> TextNetwork:
        if self.unfreeze_after is not None and not self.embedding_trainable:
            raise InvalidParameterError(
                f"unfreeze_after={self.unfreeze_after} has no effect with "
                "embedding_trainable=False: set embedding_trainable=True, or leave "
                "unfreeze_after=None."
            )
        facts = NetworkFacts.of(
            sequences,
            len(target.classes),
            target.multilabel,
            self.embedding_dim,
            bool(self.embedding_trainable) and self.unfreeze_after is None,
        )
        make_room(facts.n_ids * facts.embedding_dim)
        given = {name: getattr(self, name) for name in NETWORK_PARAMETERS}
        settings = {name: value for name, value in given.items() if value is not None}
        settings |= self._routed_to("architecture")
        named = isinstance(self.architecture, str)
        build = ARCHITECTURES[self.architecture] if named else self.architecture
        check_settings(build, settings)
        spec = NetworkSpec(build, facts, settings, named)
        return TextNetwork(spec, spec.network())

    def _compiled(self, network: TextNetwork) -> keras.Model:
        """Return the network's compiled model."""
        model = network.model
        if not model.compiled:
            multilabel = network.spec.facts.multilabel
            compile_for_outputs(model, self._new_optimizer(), multilabel)
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        network.restore_training_state()
        return model

    def _divided(
        self,
        documents: LabelledDocuments,
        target: Target,
        held_out: HeldOut | None,
        network: TextNetwork,
        random_state: np.random.RandomState,
    ) -> tuple[LabelledDocuments, LabelledDocuments | None]:
        """Return the training and validation documents."""
        places = np.arange(len(documents))
        if documents.weights is not None:
            places = np.flatnonzero(documents.weights)
        if held_out is not None:
            rows, labels = (
                network.rows(held_out.sequences),
                target_for(network.model, held_out.target),
            )
            return documents[places], LabelledDocuments(rows, labels, held_out.weights)
        if not self.early_stopping:
            return documents[places], None
        kept, aside = set_aside(places, target, self.validation_fraction, random_state)
        return documents[kept], documents[aside]

    def _check_goes_on(self, sequences: TokenSequences, target: Target) -> None:
        several = self._network.spec.facts.multilabel
        if target.multilabel != several or not np.array_equal(target.classes, self.classes_):
            raise TargetError(
                f"The training began with {_kind(self.classes_, several)} and cannot go on with "
                f"{_kind(target.classes, target.multilabel)}. Call fit with warm_start=False to "
                "begin anew."
            )
        check_vocabulary(sequences, self.vocabulary_)

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        state = {**state, "architecture": portable(self.architecture)}
        if self.warm_start and "_network" in state:
            state["_network"] = self._network.with_training_state()
        return state


def _kind(classes: npt.NDArray[Any], several: bool) -> str:
    return f"{'several labels' if several else 'one label'} a document ({classes.tolist()})"
