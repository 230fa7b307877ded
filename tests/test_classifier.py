import pickle
import random
from multiprocessing.pool import ThreadPool
from typing import ClassVar

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.class_weight import compute_sample_weight

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TokenSequences,
)
from skembed.errors import ArchitectureError, TargetError
from skembed.networks import ARCHITECTURES, embed_ids, probabilities
from skembed.networks.fast import training_call
from skembed.networks.runtime.seeding import seeded


@pytest.fixture(scope="module")
def data(feedback):
    texts, labels = feedback
    sequences = KerasTokenizerTransformer().fit_transform(texts)
    return PadSequences(40).fit_transform(sequences), labels


def classifier(**parameters):
    defaults = {"architecture": "average", "embedding_dim": 4, "epochs": 2, "random_state": 0}
    return KerasTextClassifier(**{**defaults, **parameters})


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
    order = np.random.RandomState(0).randint(len(sequences), size=3 * len(sequences))  # with twins
    order = np.concatenate([order, np.arange(len(sequences))])
    assert np.array_equal(fitted.predict_proba(sequences[order]), probabilities[order])
    # Beside other documents the last bits may differ; the guide promises no more than this.
    some = np.concatenate([fitted.predict_proba(sequences[i : i + 7]) for i in range(0, 80, 7)])
    np.testing.assert_allclose(some, probabilities, rtol=0, atol=1e-6)


@pytest.mark.parametrize("architecture", ["average", "cnn", "flatten"])
def test_an_int_makes_fit_repeat_bit_for_bit(data, architecture):
    sequences, labels = data
    one = classifier(architecture=architecture, dropout=0.3, early_stopping=True)
    first = one.fit(sequences, labels).predict_proba(sequences)
    assert np.array_equal(first, one.fit(sequences, labels).predict_proba(sequences))
    twin = clone(one).fit(sequences, labels)
    assert np.array_equal(first, twin.predict_proba(sequences))
    assert twin.history_ == one.history_
    other = clone(one).set_params(random_state=1).fit(sequences, labels)
    assert not np.array_equal(first, other.predict_proba(sequences))


def test_fit_repeats_whatever_keras_did_before(data):
    """TensorFlow adds gradients in the order of layer names, which Keras counts per process."""
    sequences, labels = data
    network = classifier(architecture="cnn", filters=4)
    first = network.fit(sequences, labels).model_.get_weights()
    for _ in range(2):
        before = [keras.layers.Conv1D(1, 1).name for _ in range(8)]
        again = network.fit(sequences, labels).model_.get_weights()
        assert all(map(np.array_equal, first, again))
        after = keras.layers.Conv1D(1, 1).name
        count = [int(name.split("_")[1]) for name in (before[-1], after)]
        assert count[1] == count[0] + 1  # the caller's names go on where they were


@pytest.mark.parametrize("n_draws", [1, 3])
def test_fit_repeats_while_another_thread_draws(data, n_draws):
    """As the threads of a dask worker do, from Python's own generator."""
    sequences, labels = data

    def while_another_draws(facts):
        with ThreadPool(1) as another:
            another.apply(lambda: [random.random() for _ in range(n_draws)])
        return ARCHITECTURES["average"](facts)

    alone, disturbed = (
        classifier(architecture=architecture).fit(sequences, labels)
        for architecture in (lambda facts: ARCHITECTURES["average"](facts), while_another_draws)
    )
    expected = alone.predict_proba(sequences)
    assert np.array_equal(disturbed.predict_proba(sequences), expected)


def test_random_state_follows_scikit_learn(data):
    sequences, labels = data

    def fitted(random_state):
        return classifier(random_state=random_state).fit(sequences, labels).predict_proba(sequences)

    generator = np.random.RandomState(0)
    first, second = fitted(generator), fitted(generator)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, fitted(np.random.RandomState(0)))
    state = np.random.get_state()
    np.random.seed(5)
    first = fitted(None)
    np.random.seed(5)
    assert np.array_equal(first, fitted(None))
    np.random.set_state(state)


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


def a_network(facts, *, filters=3, hidden_units=5):
    ids = keras.Input((facts.length,), dtype="int32")
    vectors, _ = embed_ids(ids, facts)
    x = keras.layers.Conv1D(filters, 2, activation="relu")(vectors)
    x = keras.layers.GlobalMaxPooling1D()(x)
    x = keras.layers.Dense(hidden_units)(x)
    return keras.Model(ids, probabilities(x, facts))


def test_a_function_of_the_users_own(data):
    sequences, labels = data
    seen = []

    def architecture(facts, **chosen):
        seen.append((facts, chosen))
        return a_network(facts, **{k: v for k, v in chosen.items() if k != "kernel_size"})

    fitted = classifier(architecture=architecture, filters=7, kernel_size=9).fit(sequences, labels)
    (facts, chosen), *_ = seen
    assert chosen == {"filters": 7, "kernel_size": 9}
    assert (facts.n_ids, facts.length, facts.n_classes) == (sequences.n_ids, 40, 2)
    assert (facts.embedding_dim, facts.embedding_matrix) == (4, None)
    assert fitted.model_.layers[-2].units == 5
    named = classifier(architecture=a_network, filters=7).fit(sequences, labels)
    assert np.array_equal(fitted.predict_proba(sequences), named.predict_proba(sequences))


def own_loss(target, output):
    return keras.ops.mean((target - output) ** 2, axis=-1)


@pytest.mark.parametrize(
    "loss",
    [
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        keras.losses.CategoricalFocalCrossentropy(name="mine"),
        keras.losses.SparseCategoricalCrossentropy(name="mine"),
        "mse",
        own_loss,
    ],
)
def test_a_compiled_model_keeps_its_loss_and_optimizer(data, loss):
    sequences, labels = data

    def architecture(facts):
        model = keras.Sequential(
            [
                keras.layers.Embedding(facts.n_ids, 4),
                keras.layers.Flatten(),
                keras.layers.Dense(facts.n_classes, activation="softmax"),
            ]
        )
        model.compile("sgd", loss)
        return model

    fitted = classifier(architecture=architecture).fit(sequences, labels)
    assert isinstance(fitted.model_.optimizer, keras.optimizers.SGD)
    assert fitted.predict_proba(sequences).shape == (len(labels), 2)
    assert fitted.embedding_weights_.shape == (sequences.n_ids, 4)


def test_outputs_that_are_no_probabilities_are_refused(data):
    sequences, labels = data

    def logits(facts):
        ids = keras.Input((facts.length,), dtype="int32")
        vectors, _ = embed_ids(ids, facts)
        return keras.Model(ids, keras.layers.Dense(2)(keras.layers.Flatten()(vectors)))

    with pytest.raises(ArchitectureError, match=r"not probabilities: end it in softmax"):
        classifier(architecture=logits).fit(sequences, labels)


def test_threads_do_not_disturb_each_other(data):
    sequences, labels = data
    alone = [
        classifier(random_state=seed).fit(sequences, labels).predict_proba(sequences)
        for seed in (0, 1)
    ]
    state = np.random.get_state()[1].copy()
    with ThreadPool(4) as pool:
        together = pool.map(
            lambda seed: classifier(random_state=seed).fit(sequences, labels), [0, 1, 0, 1]
        )
        for fitted, expected in zip(together, alone * 2):
            assert np.array_equal(fitted.predict_proba(sequences), expected)
        loaded = pickle.loads(pickle.dumps(together[0]))
        for probabilities in pool.map(loaded.predict_proba, [sequences] * 8):
            assert np.array_equal(probabilities, alone[0])
    assert np.array_equal(np.random.get_state()[1], state)


def test_a_loaded_classifier_answers_while_another_one_trains(data):
    sequences, labels = data
    fitted = classifier().fit(sequences, labels)
    loaded = pickle.loads(pickle.dumps(fitted))
    with ThreadPool(1) as thread, seeded(0):  # as a fit does it, from beginning to end
        answer = thread.apply_async(loaded.predict, [sequences]).get(timeout=300)
    assert np.array_equal(answer, fitted.predict(sequences))


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


def test_a_network_without_embedding_says_so(data):
    sequences, labels = data

    def counts(facts):
        ids = keras.Input((facts.length,), dtype="int32")
        x = keras.ops.cast(ids, "float32") / facts.n_ids
        return keras.Model(ids, probabilities(x, facts))

    fitted = classifier(architecture=counts).fit(sequences, labels)
    assert not hasattr(fitted, "embedding_weights_")


def test_the_width_of_given_vectors_counts(data):
    sequences, labels = data
    vectors = {word: [1.0, 2.0] for word in sequences.vocabulary}
    with_vectors = PretrainedEmbeddingMatrix(vectors).fit_transform(sequences)
    fitted = classifier(embedding_dim=None).fit(with_vectors, labels)
    assert fitted.embedding_weights_.shape[1] == 2
    learned = classifier(embedding_dim=None).fit(sequences, labels)
    assert learned.embedding_weights_.shape[1] == 100
    with pytest.raises(ArchitectureError, match=r"embedding_dim=5, but .* have 2 numbers"):
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


# --- settings that are heard


def layered(facts, *, n_layers=1, hidden_units=3):
    ids = keras.Input((facts.length,), dtype="int32")
    x = keras.layers.GlobalAveragePooling1D()(embed_ids(ids, facts)[0])
    for _ in range(n_layers):
        x = keras.layers.Dense(hidden_units, activation="relu")(x)
    return keras.Model(ids, probabilities(x, facts))


def test_settings_of_a_function_are_searched(data):
    search = GridSearchCV(
        classifier(architecture=layered, epochs=1),
        {"architecture__n_layers": [1, 3], "hidden_units": [2]},
        cv=2,
        error_score="raise",
    ).fit(*data)
    n_layers = search.best_params_["architecture__n_layers"]
    best = search.best_estimator_
    assert sum(isinstance(x, keras.layers.Dense) for x in best.model_.layers) == n_layers + 1
    assert clone(best).get_params()["architecture__n_layers"] == n_layers


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"filters": 8}, r"filters=8 has no effect: .*'average' .* used by 'cnn', .*'stacked_cnn'"),
        ({"architecture": "gru", "kernel_size": 3}, r"kernel_size=3 .*'gru'.* used by 'cnn'"),
        ({"architecture": layered, "dropout": 0.5}, r"dropout=0\.5 has no effect: .*'layered'"),
        ({"architecture__n_layers": 2}, r"n_layers=2 has no effect: .*'average'"),
        ({"architecture": layered, "architecture__depth": 2}, "depth=2 has no effect"),
        (
            {"unfreeze_after": 2, "embedding_trainable": False},
            "unfreeze_after=2 has no effect with embedding_trainable=False",
        ),
    ],
)
def test_a_setting_that_has_no_effect_is_refused(data, parameters, message):
    with pytest.raises(ValueError, match=message):
        classifier(**parameters).fit(*data)


def test_one_means_true_and_early_stopping_can_stop_early(data):
    sequences, labels = data
    yes, one = (classifier(embedding_trainable=x).fit(sequences, labels) for x in (True, 1))
    assert np.array_equal(yes.embedding_weights_, one.embedding_weights_)
    random = np.random.RandomState(0).permutation(labels)  # nothing to learn but by heart
    fast = {"early_stopping": True, "epochs": 10, "optimizer__learning_rate": 0.5}
    assert classifier(**fast).fit(sequences, random).n_epochs_ < 10
