"""Train the network of a classifier: a new one, or the fitted one further."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from skembed.errors import EmptyVocabularyError, IdRangeError, TargetError
from skembed.labelled_documents import LabelledDocuments
from skembed.networks import ARCHITECTURES, NetworkFacts
from skembed.networks.architectures import NETWORK_PARAMETERS, merged_settings
from skembed.networks.inputs import texts_of
from skembed.networks.rows import rows_for
from skembed.networks.runtime.keras_import import keras
from skembed.networks.runtime.program_cache import programs_on_disk
from skembed.networks.runtime.seeding import building, quiet, seeded
from skembed.networks.runtime.threads_and_memory import make_room, memory_errors
from skembed.networks.spec import NetworkSpec
from skembed.networks.table_facts import TableFacts
from skembed.networks.text_network import TextNetwork
from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.epoch_progress import EpochProgress
from skembed.networks.training.history import PlainHistory
from skembed.networks.training.interruption import is_in_search
from skembed.networks.training.loop import train
from skembed.networks.training.monitoring import check_monitored
from skembed.networks.training.objective import compile_for_outputs, try_scores
from skembed.networks.training.unfreezing import Unfreezing
from skembed.networks.watched_facts import watched
from skembed.part_settings import check_no_parts
from skembed.sequences import TokenSequences
from skembed.setting_checks import (
    built_with,
    check_compiled_by_user,
    check_facts_were_read,
    check_still_built_with,
    warn_of_random_vectors,
)
from skembed.table_checks import check_texts_as_fitted, known_vocabularies, vocabularies
from skembed.table_network import table_spec
from skembed.targets import Target, warn_if_one_hot

__all__ = ["compile_network", "train_network"]

_MAX_SEED = np.iinfo(np.int32).max
# A network has a vector for each id up to the largest. This many ids are always accepted, and more
# if the documents are long enough to use a part of them.
_MANY_IDS, _IDS_PER_TOKEN = 2**20, 100


def train_network(
    classifier: Any,
    documents: LabelledDocuments,
    validation: LabelledDocuments | None = None,
    *,
    continued: bool,
    epochs: int,
    task: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Train a network with the parameters of a classifier, which is not changed.

    Parameters
    ----------
    classifier : KerasTextClassifier
        Its parameters; if `continued`, also its network and history.
    documents : LabelledDocuments
        The training documents.
    validation : LabelledDocuments, default=None
        Documents to validate on after each epoch. None: with early stopping, some training
        documents are used.
    continued : bool
        Whether to continue training the fitted network.
    epochs : int
        Maximum number of epochs.
    task : dict, default=None
        ``context``, ``X`` and ``y`` of the fit task, for scikit-learn callbacks.

    Returns
    -------
    dict
        The fitted attributes by name.
    """
    if not any(text.ids.any() for text in texts_of(documents.sequences)):
        raise EmptyVocabularyError(
            f"None of the {len(documents)} documents contains a word: check the cleaning and the "
            "tokenizer before this step."
        )
    warn_if_one_hot(documents.target)
    recorded, callbacks = PlainHistory(), classifier._new_callbacks()
    seeds = check_random_state(classifier.random_state)
    random_state = np.random.RandomState(seeds.randint(_MAX_SEED))
    seed = random_state.randint(_MAX_SEED)
    repeats = classifier.random_state is not None
    with seeded(seed, repeats=repeats), quiet(), memory_errors(), programs_on_disk():
        vocabulary = vocabularies(documents.sequences)
        earlier: dict[str, list[Any]] = {"loss": []}
        with building(seed):
            if continued:
                documents = _continuing(classifier, documents)
                network, earlier = classifier._network, classifier.history_
                check_still_built_with(classifier, network.has_optimizer)
                vocabulary = known_vocabularies(vocabulary, classifier.vocabulary_)
            else:
                network = _new_network(classifier, documents)
            network.live.reusable = not continued and _has_only_built_in_parts(classifier)
            compile_network(classifier, network)

        def fitted_attributes() -> dict[str, Any]:
            now = recorded.history
            history = earlier | {name: earlier.get(name, []) + now[name] for name in now}
            return {
                "_network": network,
                "_built_with": built_with(classifier),
                "classes_": documents.target.classes,
                "n_classes_": len(documents.target.classes),
                "vocabulary_": vocabulary,
                "history_": history,
                "n_epochs_": len(history["loss"]),
            }

        callbacks += _own_callbacks(classifier, network, len(earlier["loss"]))
        callbacks.append(recorded)  # behind callbacks that add to the logs
        if task is not None:
            callbacks.append(EpochProgress(classifier, **task, fitted_attributes=fitted_attributes))
        training = _as_input(network, documents).with_positive_weight()
        if validation is not None:
            validation = _as_input(network, validation)
        elif classifier.early_stopping:
            training, validation = training.split(classifier.validation_fraction, random_state)
        job = TrainingJob(
            network,
            training,
            validation,
            batch_size=classifier.batch_size,
            epochs=epochs,
            callbacks=callbacks,
            random_state=random_state,
            verbose=classifier.verbose,
        )
        if any(given is not None for given in (classifier.loss, classifier.metrics)):
            try_scores(network.model, training.target)
        check_monitored(job)
        train(job, recorded, in_search=task is not None and is_in_search(task["context"]))
    return fitted_attributes()


def compile_network(classifier: Any, network: TextNetwork) -> None:
    """Compile the network unless it is compiled, and load its training state, if pickled."""
    model = network.model
    if not model.compiled:
        compile_for_outputs(
            model,
            classifier._new_optimizer(),
            network.spec.facts.multilabel,
            classifier.loss,
            classifier.metrics,
        )
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    network.restore_training_state()


def _check_ids_are_in_use(sequences: TokenSequences) -> None:
    """Check that the largest id is one of a vocabulary, or not far beyond the number of tokens."""
    largest, n_tokens = int(sequences.ids.max(initial=0)), len(sequences.ids)
    known = 0 if sequences.vocabulary is None else sequences.vocabulary.n_ids
    if sequences.embedding is not None:
        known = max(known, len(sequences.embedding.values))
    if largest >= max(known, _MANY_IDS, _IDS_PER_TOKEN * n_tokens):
        raise IdRangeError(
            f"The largest id is {largest:,}, but the {len(sequences):,} documents have "
            f"{n_tokens:,} tokens. The network would have a vector for every id up to the largest. "
            "Number the ids without gaps, from 1, as KerasTokenizerTransformer does. If all of "
            "these ids exist, pass them with their vocabulary, as in TokenSequences.from_array(X, "
            "vocabulary)."
        )


def _new_network(classifier: Any, documents: LabelledDocuments) -> TextNetwork:
    for text in texts_of(documents.sequences):
        _check_ids_are_in_use(text)
    if isinstance(documents.sequences, TokenSequences):
        spec = _text_spec(classifier, documents.sequences, documents.target)
    else:
        spec = table_spec(classifier, documents)
    facts = spec.facts
    make_room(facts.n_vector_components)
    if spec.named:
        model, has_vectors = spec.network(), True
    else:
        seen = watched(facts)
        model = replace(spec, facts=seen).network()
        parts: list[Any] = [*seen.parts.values()] if isinstance(seen, TableFacts) else [seen]
        has_vectors = any("embedding" in part.read for part in parts)
        check_facts_were_read(classifier, seen)
        check_compiled_by_user(classifier, model)
    if has_vectors:
        warn_of_random_vectors(facts)
    return TextNetwork(spec, model)


def _text_spec(classifier: Any, sequences: TokenSequences, target: Target) -> NetworkSpec:
    check_no_parts(classifier)
    facts = NetworkFacts.of(
        sequences,
        len(target.classes),
        target.multilabel,
        classifier.embedding_dim,
        bool(classifier.embedding_trainable) and classifier.unfreeze_after is None,
    )
    build, named = classifier.architecture, isinstance(classifier.architecture, str)
    build = ARCHITECTURES[build] if named else build
    given = {name: getattr(classifier, name) for name in NETWORK_PARAMETERS}
    settings = {name: value for name, value in given.items() if value is not None}
    settings = merged_settings(build, settings, classifier._routed_to("architecture"))
    return NetworkSpec(build, facts, settings, named)


def _own_callbacks(
    classifier: Any, network: TextNetwork, n_earlier_epochs: int
) -> list[keras.callbacks.Callback]:
    """Return the Keras callbacks for early stopping and for unfreezing the word vectors."""
    callbacks: list[keras.callbacks.Callback] = []
    if classifier.early_stopping:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=classifier.n_iter_no_change, restore_best_weights=True
            )
        )
    if classifier.unfreeze_after is not None and not network.spec.facts.embedding_trainable:
        n_frozen_epochs = max(0, classifier.unfreeze_after - n_earlier_epochs)
        callbacks.append(Unfreezing(network, n_frozen_epochs))
    return callbacks


def _has_only_built_in_parts(classifier: Any) -> bool:
    """Return whether training uses no network, optimizer, loss or callback of the user."""
    built_in = isinstance(classifier.architecture, str) and isinstance(classifier.optimizer, str)
    built_in &= all(part is None or isinstance(part, str) for part in _scores(classifier))
    built_in &= not any(map(callable, classifier._routed_to("optimizer").values()))
    return built_in and classifier.callbacks is None and classifier.unfreeze_after is None


def _scores(classifier: Any) -> list[Any]:
    metrics = classifier.metrics
    return [classifier.loss, *(metrics if isinstance(metrics, list | tuple) else [metrics])]


def _as_input(network: TextNetwork, documents: LabelledDocuments) -> LabelledDocuments:
    return replace(documents, sequences=rows_for(network.spec, documents.sequences))


def _continuing(classifier: Any, documents: LabelledDocuments) -> LabelledDocuments:
    """Check that documents have the targets and the vocabulary of the fitted network."""
    target, multilabel = documents.target, classifier._network.spec.facts.multilabel
    same_classes = np.array_equal(target.classes, classifier.classes_)
    if target.multilabel != multilabel or not same_classes:
        raise TargetError(
            f"This classifier was fitted on {_describe(classifier.classes_, multilabel)}; training "
            f"cannot continue on {_describe(target.classes, target.multilabel)}. Call fit with "
            "warm_start=False to train a new network."
        )
    sequences = check_texts_as_fitted(documents.sequences, classifier.vocabulary_)
    return replace(documents, sequences=sequences)


def _describe(classes: npt.NDArray[Any], multilabel: bool) -> str:
    return f"{'multilabel targets' if multilabel else 'classes'} {classes.tolist()}"
