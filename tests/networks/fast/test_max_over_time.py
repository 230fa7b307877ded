"""Gradients at the maxima of max-over-time pooling alone give the same training."""

import sys
from typing import ClassVar

import keras
import numpy as np
import pytest

from skembed import KerasTextClassifier, TokenSequences, TokenTable, Vocabulary
from skembed.errors import TrainingDivergedError
from skembed.networks import ARCHITECTURES
from skembed.networks.batches import ShuffledBatches
from skembed.networks.fast import max_over_time, training_call


@pytest.fixture
def same_batches(monkeypatch):
    """Otherwise the batches of long documents are others than those of short ones."""
    monkeypatch.setattr(
        "skembed.networks.training.engine.ShuffledBatches",
        lambda *args: ShuffledBatches(*args[:-1]),
    )


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
@pytest.mark.filterwarnings("ignore:The word vectors are random and frozen")
@pytest.mark.parametrize("trainable", [True, False])
@pytest.mark.parametrize(
    ("architecture", "kernel_size"),
    [("cnn", (3, 4, 5)), ("cnn", 1), ("cnn", 2), ("multichannel_cnn", (2, 5))],
)
def test_learning_at_the_maxima_alone_is_the_same(
    architecture, kernel_size, trainable, same_batches, monkeypatch
):
    random = np.random.RandomState(0)
    lists = [random.randint(1, 50, n).tolist() for n in [1, 0, 2, 3, *random.randint(1, 30, 26)]]
    lists += [[0, 5, 0, 0, 6, 0, 7], random.randint(0, 2, 30).tolist()]  # zeros between words
    documents = TokenSequences.from_lists(lists)
    found = []
    for shortest in (0, 1000):
        monkeypatch.setattr(training_call, "_MIN_WORDS", shortest)
        classifier = KerasTextClassifier(
            architecture=architecture,
            kernel_size=kernel_size,
            filters=8,
            embedding_dim=7,
            embedding_trainable=trainable,
            optimizer="sgd",
            optimizer__learning_rate=0.5,
            epochs=5,
            batch_size=8,
            random_state=0,
        ).fit(documents, [0, 1] * 16)
        found.append([classifier.history_["loss"], *classifier.model_.get_weights()])
    for at_maxima, everywhere in zip(*found):
        np.testing.assert_allclose(at_maxima, everywhere, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
@pytest.mark.parametrize("architecture", ["cnn", "multichannel_cnn"])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("units", [None, 0, 3])
def test_long_texts_of_a_table_are_learned_at_the_maxima_too(
    architecture, shared, units, same_batches, monkeypatch
):
    random = np.random.RandomState(1)  # with 0, two windows of a document tie
    words = Vocabulary([f"word{i}" for i in range(49)])
    texts = {
        name: TokenSequences.from_lists(
            [random.randint(0 if i else 1, 50, n).tolist() for i, n in enumerate(lengths)],
            words if shared else None,
        )
        for name, lengths in [
            ("title", random.randint(0, 5, 32)),
            ("body", random.randint(1, 30, 32)),
            ("answer", random.randint(1, 20, 32)),
        ]
    }
    table = TokenTable(texts, None if units is None else random.randn(32, 2))
    found, used = [], []
    faster = training_call.maxima_over_time
    monkeypatch.setattr(
        training_call, "maxima_over_time", lambda *args: used.append(shortest) or faster(*args)
    )
    for shortest in (8, 1000):  # the title is shorter
        monkeypatch.setattr(training_call, "_MIN_WORDS", shortest)
        classifier = KerasTextClassifier(
            architecture=architecture,
            text__title__architecture="average",
            text__answer__kernel_size=2,
            numbers_units=units or 0,
            filters=8,
            embedding_dim=7,
            optimizer="sgd",
            optimizer__learning_rate=0.5,
            epochs=5,
            batch_size=8,
            random_state=0,
        )
        found.append([classifier.fit(table, [0, 1] * 16).history_["loss"]])
        found[-1] += classifier.model_.get_weights()
    assert {*used} == {8}
    for at_maxima, everywhere in zip(*found):
        np.testing.assert_allclose(at_maxima, everywhere, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
def test_only_long_documents_are_learned_at_the_maxima(monkeypatch):
    calls = []
    found = max_over_time._maxima
    monkeypatch.setattr(max_over_time, "_maxima", lambda *args: calls.append(1) or found(*args))
    classifier = KerasTextClassifier(epochs=1, filters=2, embedding_dim=2, random_state=0)

    def n_calls(length):
        del calls[:]
        classifier.fit(np.ones((4, length), int), [0, 1, 0, 1])
        assert "call" not in vars(classifier.model_)
        kinds = [type(layer).__module__ for layer in classifier.model_.layers]
        assert all(kind.startswith("keras.") for kind in kinds)  # it loads without skembed
        return len(calls)

    assert n_calls(20) == 0
    assert n_calls(300) > 0
    classifier.set_params(
        architecture=lambda facts, filters: ARCHITECTURES["cnn"](facts, filters=filters)
    )
    assert n_calls(300) == 0  # a user's function may use its layers in other ways
    classifier.set_params(architecture="cnn")
    monkeypatch.setattr(training_call, "_MAX_GATHERED_VALUES", 32 * 2 * 2 * (3 + 4 + 5) - 1)
    assert n_calls(300) == 0


class AsksWhileItTrains(keras.callbacks.Callback):
    answers: ClassVar[list] = []

    def on_epoch_end(self, epoch, logs=None):
        ids = np.arange(12, dtype="int32").reshape(2, 6)
        answers = [self.model(ids, training=training) for training in (True, False)]
        AsksWhileItTrains.answers.append([keras.ops.convert_to_numpy(x) for x in answers])


def test_a_callback_asks_a_network_that_learns_at_the_maxima(monkeypatch):
    monkeypatch.setattr(training_call, "_MIN_WORDS", 0)
    monkeypatch.setattr(AsksWhileItTrains, "answers", [])
    network = KerasTextClassifier(
        filters=4, dropout=0.0, epochs=2, callbacks=AsksWhileItTrains, random_state=0
    )
    network.fit(np.arange(24).reshape(4, 6), [0, 1, 0, 1])
    assert len(AsksWhileItTrains.answers) == 2
    for in_training, else_ in AsksWhileItTrains.answers:
        np.testing.assert_allclose(in_training, else_, rtol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_learning_at_the_maxima_that_diverges(optimizer, monkeypatch):
    monkeypatch.setattr(training_call, "_MIN_WORDS", 0)
    random = np.random.RandomState(0)
    documents = TokenSequences.from_lists([random.randint(1, 9, 20).tolist() for _ in range(8)])
    network = KerasTextClassifier(
        filters=4,
        epochs=5,
        optimizer=optimizer,
        optimizer__learning_rate=1e30,
        batch_size=4,
        random_state=0,
    )
    with pytest.raises(TrainingDivergedError):
        network.fit(documents, [0, 1] * 4)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there it is faster")
def test_batches_are_drawn_from_all_documents_where_padding_costs_nothing(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "skembed.networks.training.engine.ShuffledBatches",
        lambda *args: drawn.append(args[-1]) or ShuffledBatches(*args),
    )
    for length in (20, 300):
        ids = TokenSequences.from_lists([[1] * length] * 4)
        KerasTextClassifier(epochs=1, filters=2, random_state=0).fit(ids, [0, 1, 0, 1])
    assert drawn == [True, False]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it concerns TensorFlow")
def test_graphs_of_discarded_networks_are_freed(monkeypatch):
    """TensorFlow keeps the graph of each registered gradient for ever."""
    monkeypatch.setattr(training_call, "_MIN_WORDS", 0)
    registry = sys.modules["tensorflow.python.framework.ops"].gradient_registry
    before = {*registry.list()}
    X = TokenSequences.from_lists([[1, 2, 3], [2, 3, 9]] * 4)
    KerasTextClassifier(filters=4, embedding_dim=3, epochs=1).fit(X, [0, 1] * 4)
    assert {*registry.list()} == before
