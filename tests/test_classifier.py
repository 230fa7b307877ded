"""The classifier: labels, weights, vectors, early stopping, warm start, optimizers, callbacks."""

import pickle
from typing import ClassVar

import keras
import numpy as np
import pytest
from helpers import classifier
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.class_weight import compute_sample_weight

from skembed import KerasTextClassifier, PretrainedEmbeddingMatrix, TokenSequences
from skembed.errors import ArchitectureError, TargetError
from skembed.networks import ARCHITECTURES
from skembed.networks.fast import training_call


@pytest.mark.parametrize("architecture", ["average", "cnn", "cnn_flatten", "flatten"])
def test_every_network_learns(data, architecture):
    sequences, labels = data
    fitted = classifier(
        architecture=architecture, embedding_dim=16, epochs=40, optimizer__learning_rate=0.01
    ).fit(sequences, labels)
    assert fitted.score(sequences, labels) > 0.95
    assert isinstance(fitted.model_, keras.Model)
    assert fitted.n_epochs_ == len(fitted.history_["loss"]) == 40
    assert fitted.history_["loss"][-1] < fitted.history_["loss"][0]
    assert type(fitted.history_) is dict
    assert {type(v) for values in fitted.history_.values() for v in values} == {float}


@pytest.mark.parametrize(
    "classes",
    [("no", "yes"), (0, 1), (-1, 1), (False, True), ("a", "b", "c"), (3, 1, 2), (1.0, 2.0)],
)
def test_labels_of_any_kind(data, classes):
    sequences, _ = data
    labels = np.resize(np.array(classes), len(sequences))
    fitted = classifier().fit(sequences, labels)
    assert fitted.classes_.tolist() == sorted(classes)
    assert fitted.n_classes_ == len(classes)
    probabilities = fitted.predict_proba(sequences)
    assert probabilities.shape == (len(sequences), len(classes))
    assert np.allclose(probabilities.sum(axis=1), 1)
    predicted = fitted.predict(sequences)
    assert predicted.dtype == labels.dtype
    assert predicted.tolist() == fitted.classes_[probabilities.argmax(axis=1)].tolist()
    assert fitted.predict_proba(sequences[:1]).shape == (1, len(classes))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_order_of_documents_does_not_change_a_bit(data, architecture):
    sequences, labels = data
    fitted = classifier(architecture=architecture).fit(sequences, labels)
    probabilities = fitted.predict_proba(sequences)
    order = np.random.RandomState(0).randint(len(sequences), size=3 * len(sequences))  # repeats
    order = np.concatenate([order, np.arange(len(sequences))])
    assert np.array_equal(fitted.predict_proba(sequences[order]), probabilities[order])
    # In batches with other documents, the last bits may differ; the guide promises 1e-6.
    some = np.concatenate([fitted.predict_proba(sequences[i : i + 7]) for i in range(0, 80, 7)])
    np.testing.assert_allclose(some, probabilities, rtol=0, atol=1e-6)


def test_prints_only_when_asked(data, capfd):
    sequences, labels = data
    classifier(epochs=1).fit(sequences, labels).predict(sequences)
    assert capfd.readouterr() == ("", "")
    classifier(epochs=1, verbose=2).fit(sequences, labels)
    assert "accuracy: " in capfd.readouterr().out


def test_weight_zero_is_as_if_left_out(data):
    sequences, labels = data
    weights = np.arange(len(labels)) % 3
    kept = weights > 0
    weighted = classifier().fit(sequences, labels, sample_weight=weights)
    without = classifier().fit(sequences[kept], labels[kept], sample_weight=weights[kept])
    assert np.array_equal(weighted.predict_proba(sequences), without.predict_proba(sequences))
    unweighted = classifier().fit(sequences[kept], labels[kept])
    assert not np.array_equal(unweighted.predict_proba(sequences), without.predict_proba(sequences))


def test_class_weights_are_sample_weights(data):
    sequences, labels = data
    labels = np.where(np.arange(len(labels)) % 4 == 0, labels, "positive")
    weights = np.linspace(1, 2, len(labels))
    balanced = compute_sample_weight("balanced", labels)
    for class_weight in ("balanced", dict(zip(labels, balanced))):
        by_class = classifier(class_weight=class_weight).fit(sequences, labels, weights)
        by_sample = classifier().fit(sequences, labels, weights * balanced)
        assert np.allclose(
            by_class.predict_proba(sequences), by_sample.predict_proba(sequences), atol=1e-5
        )
    assert weights[0] == 1
    assert weights[-1] == 2


@pytest.fixture(scope="module")
def pooling_networks(data):
    sequences, labels = data
    return [
        classifier(**parameters, epochs=3).fit(sequences, labels)
        for parameters in (
            {"architecture": "average"},
            {"architecture": "cnn", "filters": 8, "kernel_size": (2, 3, 4)},
            {"architecture": "cnn", "filters": 8, "kernel_size": 7},
        )
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 300), max_size=12), min_size=1, max_size=6),
    st.integers(12, 30),
    st.sampled_from(["pre", "post"]),
)
def test_predictions_depend_neither_on_padding_nor_on_neighbours(
    pooling_networks, documents, width, side
):
    ragged = TokenSequences.from_lists(documents)
    padded = ragged.padded(width, side)
    for network in pooling_networks:
        together = network.predict_proba(ragged)
        assert np.allclose(network.predict_proba(padded), together, atol=1e-5)
        assert np.allclose(network.predict_proba(np.asarray(padded)), together, atol=1e-5)
        alone = np.vstack([network.predict_proba(ragged[[i]]) for i in range(len(documents))])
        assert np.allclose(alone, together, atol=1e-5)


@pytest.mark.parametrize("architecture", ["average", "cnn", "cnn_flatten", "flatten"])
def test_nothing_is_learned_from_padding(data, architecture):
    sequences, labels = data
    weights = classifier(architecture=architecture).fit(sequences, labels).embedding_weights_
    assert weights.shape == (sequences.n_ids, 4)
    assert not weights[0].any()
    assert weights[2:].any(axis=1).all()


@pytest.mark.parametrize("architecture", ["average", "cnn", "cnn_flatten", "flatten"])
@pytest.mark.parametrize("trainable", [False, True])
def test_given_vectors_are_frozen_or_tuned(data, architecture, trainable):
    sequences, labels = data
    words = sequences.vocabulary.words
    vectors = dict(zip(words, np.random.default_rng(0).normal(size=(len(words), 6))))
    step = PretrainedEmbeddingMatrix(vectors).fit(sequences)
    with_vectors = step.transform(sequences)
    fitted = classifier(
        architecture=architecture, embedding_dim=None, embedding_trainable=trainable
    ).fit(with_vectors, labels)
    weights = fitted.embedding_weights_
    assert np.array_equal(weights, step.matrix_) is not trainable
    assert np.abs(weights - step.matrix_).max() < 0.5
    assert not weights[0].any()


def test_early_stopping_keeps_the_best_weights(data):
    sequences, labels = data
    fitted = classifier(
        epochs=60,
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change=2,
        optimizer__learning_rate=0.05,
    ).fit(sequences, labels)
    losses = fitted.history_["val_loss"]
    assert fitted.n_epochs_ == len(losses) < 60
    assert np.argmin(losses) == fitted.n_epochs_ - 1 - 2
    longer = clone(fitted).set_params(epochs=int(np.argmin(losses)) + 1, n_iter_no_change=99)
    best = longer.fit(sequences, labels)
    assert np.allclose(fitted.predict_proba(sequences), best.predict_proba(sequences), atol=1e-6)


def test_warm_start_goes_on(data):
    sequences, labels = data
    warm = classifier(warm_start=True, epochs=3).fit(sequences, labels)
    losses = warm.history_["loss"]
    warm.fit(sequences, labels)
    assert warm.n_epochs_ == 6
    assert warm.history_["loss"][:3] == losses
    assert warm.history_["loss"][3] < losses[0]
    with pytest.raises(TargetError, match=r"\['neg.* cannot continue .*\['a.* warm_start=False"):
        warm.fit(sequences, np.resize(["a", "b"], len(labels)))
    cold = classifier(epochs=3).fit(sequences, labels).fit(sequences, labels)
    assert cold.history_["loss"] == losses


def test_a_pickle_drops_the_training_state_once_warm_start_is_off(data):
    sequences, labels = data
    warm = classifier(warm_start=True).fit(sequences, labels)
    loaded = pickle.loads(pickle.dumps(warm))
    cold = pickle.dumps(classifier().fit(sequences, labels))
    for one in (warm, loaded):
        assert len(pickle.dumps(one)) > 2 * len(cold)
        assert len(pickle.dumps(one.set_params(warm_start=False))) < 1.1 * len(cold)


def test_parameters_reach_the_optimizer(data):
    sequences, labels = data
    routed = classifier(optimizer="sgd", optimizer__learning_rate=0.5, optimizer__momentum=0.25)
    assert routed.get_params()["optimizer__momentum"] == 0.25
    optimizer = clone(routed).fit(sequences, labels).model_.optimizer
    assert isinstance(optimizer, keras.optimizers.SGD)
    assert optimizer.momentum == 0.25
    assert float(optimizer.learning_rate) == 0.5
    by_class = classifier(optimizer=keras.optimizers.RMSprop).set_params(optimizer__rho=0.5)
    assert by_class.fit(sequences, labels).model_.optimizer.rho == 0.5


def test_an_optimizer_instance_is_copied(data):
    sequences, labels = data
    given_one = keras.optimizers.Adam(0.125)
    fitted = classifier(optimizer=given_one)
    fitted.fit(sequences, labels).fit(sequences, labels)
    assert fitted.optimizer is given_one
    assert not given_one.built
    assert float(given_one.iterations) == 0
    assert float(fitted.model_.optimizer.learning_rate) == 0.125


class Recorder(keras.callbacks.Callback):
    seen: ClassVar[list] = []

    def __init__(self, name="plain"):
        super().__init__()
        self.name = name
        self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        Recorder.seen.append((self.name, epoch, sorted(logs)))


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"callbacks": Recorder("instance")}, ["instance"]),
        ({"callbacks": Recorder, "callbacks__name": "class"}, ["class"]),
        ({"callbacks": [Recorder("one"), Recorder], "callbacks__1__name": "two"}, ["one", "two"]),
    ],
)
def test_keras_callbacks(data, parameters, names):
    sequences, labels = data
    Recorder.seen = []
    clone(classifier(epochs=1, **parameters)).fit(sequences, labels)
    assert Recorder.seen == [(name, 0, ["accuracy", "loss"]) for name in names]


def test_callback_instances_are_copied(data):
    sequences, labels = data
    recorder = Recorder()
    classifier(callbacks=[recorder]).fit(sequences, labels)
    assert recorder.epochs == 0
    assert recorder.model is None


@pytest.mark.parametrize("in_one_row", [False, True])
@pytest.mark.parametrize(
    "architecture", ["cnn", "cnn_flatten", "flatten", "multichannel_cnn", "stacked_cnn"]
)
def test_the_format_of_images_does_not_matter(data, architecture, in_one_row, monkeypatch):
    sequences, labels = data
    monkeypatch.setattr(training_call, "_MIN_WORDS", 0 if in_one_row else 1000)
    found, before = [], keras.config.image_data_format()
    for data_format in ("channels_last", "channels_first"):
        keras.config.set_image_data_format(data_format)
        try:
            fitted = classifier(architecture=architecture).fit(sequences, labels)
            found.append([fitted.history_["loss"], fitted.predict_proba(sequences).tolist()])
        finally:
            keras.config.set_image_data_format(before)
    assert found[0] == found[1]


def test_the_width_of_given_vectors_counts(data):
    sequences, labels = data
    vectors = {word: [1.0, 2.0] for word in sequences.vocabulary}
    with_vectors = PretrainedEmbeddingMatrix(vectors).fit_transform(sequences)
    fitted = classifier(embedding_dim=None).fit(with_vectors, labels)
    assert fitted.embedding_weights_.shape[1] == 2
    learned = classifier(embedding_dim=None).fit(sequences, labels)
    assert learned.embedding_weights_.shape[1] == 100
    with pytest.raises(ArchitectureError, match=r"embedding_dim=5, but .* have dimension 2"):
        classifier(embedding_dim=5).fit(with_vectors, labels)


def test_arrays_and_lists_of_ids_serve_as_well(data):
    sequences, labels = data
    expected = classifier().fit(sequences, labels).predict_proba(sequences)
    for ids in (np.asarray(sequences), np.asarray(sequences).astype(float), sequences.to_lists()):
        fitted = classifier().fit(ids, labels)
        assert fitted.vocabulary_ is None
        assert np.allclose(fitted.predict_proba(ids), expected, atol=1e-6)
        assert np.allclose(fitted.predict_proba(sequences), expected, atol=1e-6)


@pytest.mark.parametrize("name", ["filterz", "opt__learning_rate", "fit__batch_size", "optimizer_"])
def test_a_mistyped_parameter_is_refused(name):
    with pytest.raises(TypeError, match=f"unexpected parameter '{name}'. Expected one of archi"):
        KerasTextClassifier(**{name: 1})
    with pytest.raises(ValueError, match="Invalid parameter"):
        KerasTextClassifier().set_params(**{name: 1})


def test_prints_like_an_estimator():
    shown = repr(KerasTextClassifier(epochs=3, optimizer__learning_rate=0.1))
    assert shown == "KerasTextClassifier(epochs=3, optimizer__learning_rate=0.1)"


def test_one_means_true_and_early_stopping_can_stop_early(data):
    sequences, labels = data
    yes, one = (classifier(embedding_trainable=x).fit(sequences, labels) for x in (True, 1))
    assert np.array_equal(yes.embedding_weights_, one.embedding_weights_)
    random = np.random.RandomState(0).permutation(labels)  # random labels can only be memorized
    fast = {"early_stopping": True, "epochs": 10, "optimizer__learning_rate": 0.5}
    assert classifier(**fast).fit(sequences, random).n_epochs_ < 10
