"""The built-in architectures: their layers, and that padding has no effect."""

import pickle
from typing import ClassVar

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TokenSequences,
)
from skembed.errors import ArchitectureError
from skembed.networks import ARCHITECTURES, NetworkFacts

IGNORE_PADDING = [
    name for name, build in ARCHITECTURES.items() if hasattr(build, "ignores_padding")
]
FAST = {"hidden_units": 4, "embedding_dim": 4, "random_state": 0}
N_IDS = 12


def few_filters(name):
    return {"filters": 3} if "cnn" in name else {}


def network(name, **settings):
    facts = NetworkFacts(N_IDS, 400, 3, embedding_dim=6, embedding_trainable=True)
    return ARCHITECTURES[name](facts, **settings)


def of_kind(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


@pytest.fixture(scope="module")
def data(feedback):
    texts, labels = feedback
    sequences = KerasTokenizerTransformer().fit_transform(texts)
    return PadSequences(40).fit_transform(sequences), labels


@pytest.fixture(scope="module")
def embedded(data):
    sequences, labels = data
    words = sequences.vocabulary.words
    vectors = dict(zip(words, np.random.default_rng(0).normal(size=(len(words), 4))))
    step = PretrainedEmbeddingMatrix(vectors).fit(sequences)
    return step.transform(sequences), labels, step.matrix_


def test_which_networks_ignore_padding():
    assert set(ARCHITECTURES) - set(IGNORE_PADDING) == {"flatten", "cnn_flatten"}


@pytest.mark.parametrize("name", ["cnn", "multichannel_cnn"])
def test_kim(name):
    model = network(name)
    convolutions = of_kind(model, keras.layers.Conv1D)
    assert [c.kernel_size[0] for c in convolutions] == [3, 4, 5]
    assert {c.filters for c in convolutions} == {100}
    assert [d.rate for d in of_kind(model, keras.layers.Dropout)] == [0.5]
    (last,) = of_kind(model, keras.layers.Dense)
    assert last.kernel.shape == (300, 3)
    assert last.kernel_constraint.max_value == 3
    single = network(name, kernel_size=7, filters=9, hidden_units=5, dropout=0.1)
    assert [c.kernel_size for c in of_kind(single, keras.layers.Conv1D)] == [(7,)]
    assert [d.units for d in of_kind(single, keras.layers.Dense)] == [5, 3]


def test_weights_of_the_last_layer_stay_within_the_norm(data):
    fitted = KerasTextClassifier(epochs=1, warm_start=True, filters=3, **FAST).fit(*data)
    kernel = fitted.model_.get_layer("probabilities").kernel
    kernel.assign(kernel * 100)
    assert (
        np.linalg.norm(fitted.fit(*data).model_.get_layer("probabilities").get_weights()[0]) < 3.1
    )


def test_two_channels_begin_as_copies():
    model = network("multichannel_cnn")
    tuned, frozen = of_kind(model, keras.layers.Embedding)
    assert (tuned.trainable, frozen.trainable) == (True, False)
    assert np.array_equal(tuned.get_weights()[0], frozen.get_weights()[0])
    assert {c.kernel.shape[1] for c in of_kind(model, keras.layers.Conv1D)} == {12}


def test_one_channel_is_tuned_and_one_is_not(embedded):
    sequences, labels, matrix = embedded
    classifier = KerasTextClassifier(architecture="multichannel_cnn", filters=3, epochs=2, **FAST)
    fitted = classifier.fit(sequences, labels)
    frozen = fitted.model_.get_layer("frozen_embedding").get_weights()[0]
    assert np.array_equal(frozen, matrix)
    assert not np.array_equal(fitted.embedding_weights_, matrix)
    assert len(pickle.dumps(fitted)) < len(pickle.dumps(fitted._network.model.get_weights())) + 9000


def test_chollet():
    model = network("stacked_cnn")
    convolutions = of_kind(model, keras.layers.Conv1D)
    assert [(c.filters, c.kernel_size) for c in convolutions] == [(128, (5,))] * 3
    pools = of_kind(model, keras.layers.MaxPooling1D)
    assert {p.pool_size for p in pools} == {(5,)}
    assert len(of_kind(model, keras.layers.GlobalMaxPooling1D)) == 1
    assert [d.units for d in of_kind(model, keras.layers.Dense)] == [128, 3]


def test_brownlee():
    model = network("cnn_flatten")
    (convolution,) = of_kind(model, keras.layers.Conv1D)
    assert (convolution.filters, convolution.kernel_size) == (32, (8,))
    assert of_kind(model, keras.layers.MaxPooling1D)[0].pool_size == (2,)
    assert [d.units for d in of_kind(model, keras.layers.Dense)] == [10, 3]
    assert network("flatten").get_layer("probabilities").kernel.shape == (400 * 6, 3)


@pytest.mark.parametrize(
    ("name", "units", "outputs"), [("lstm", 100, 100), ("gru", 100, 100), ("bilstm", 64, 128)]
)
def test_recurrent(name, units, outputs):
    model = network(name)
    (last,) = of_kind(model, keras.layers.Dense)
    assert last.kernel.shape == (outputs, 3)
    (reader,) = of_kind(model, keras.layers.RNN | keras.layers.Bidirectional)
    assert getattr(reader, "forward_layer", reader).units == units
    assert type(reader).__name__.lower() in (name, "bidirectional")
    smaller = network(name, hidden_units=7, dropout=0.2)
    assert smaller.get_layer("probabilities").kernel.shape == (7 * outputs // units, 3)
    assert [d.rate for d in of_kind(smaller, keras.layers.Dropout)] == [0.2]
    with pytest.raises(ArchitectureError, match=f"{name}.* needs hidden_units of 1 or more"):
        network(name, hidden_units=0)


@pytest.mark.parametrize("name", ["stacked_cnn", "cnn_flatten"])
def test_one_kernel_size(name):
    with pytest.raises(
        ArchitectureError, match=rf"'{name}' .* an int; got \(2, 3\)\. For parallel"
    ):
        network(name, kernel_size=(2, 3))


@pytest.fixture(scope="module")
def fitted():
    """A network of each architecture, trained on random ids of twelve words."""
    random = np.random.RandomState(0)
    documents = [random.randint(1, N_IDS, n).tolist() for n in random.randint(1, 60, 40)]
    sequences = TokenSequences.from_lists(documents)
    labels = ["ab"[document[0] % 2] for document in documents]
    rate = {"optimizer": "sgd", "optimizer__learning_rate": 0.1, "epochs": 1}
    return {
        name: KerasTextClassifier(architecture=name, **rate, **few_filters(name), **FAST).fit(
            sequences, labels
        )
        for name in IGNORE_PADDING
    }


documents = st.lists(st.lists(st.integers(1, N_IDS - 2), max_size=70), min_size=1, max_size=4)


@pytest.mark.parametrize("name", IGNORE_PADDING)
@settings(max_examples=12, deadline=None)
@given(documents, st.integers(0, 90), st.data())
def test_a_prediction_depends_on_its_document_alone(name, fitted, documents, more, data):
    """Neither other documents nor the width or side of the padding change it."""
    classifier = fitted[name]
    sequences = TokenSequences.from_lists(documents)
    alone = np.vstack([classifier.predict_proba(sequences[[i]]) for i in range(len(documents))])
    assert np.isfinite(alone).all()
    width = max(1, *map(len, documents), 1) + more
    side = data.draw(st.sampled_from(["pre", "post"]))
    for X in (
        sequences,
        sequences.padded(width, side=side),
        np.asarray(sequences.padded(width, side=side)),
        TokenSequences.from_lists([*documents, [3] * 100]),
    ):
        together = classifier.predict_proba(X)[: len(documents)]
        np.testing.assert_allclose(together, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", sorted({*IGNORE_PADDING} - {"stacked_cnn"}))
def test_the_model_itself_ignores_padding(name, fitted):
    """stacked_cnn pools from the first column, so its padding must follow the words."""
    sequences = TokenSequences.from_lists([[2, 3, 4], [5], []])
    expected = fitted[name].predict_proba(sequences)[:, 1:]
    for side in ("pre", "post"):
        ids = np.asarray(sequences.padded(8, side=side))
        outputs = fitted[name].model_.predict_on_batch(ids)
        np.testing.assert_allclose(outputs, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", IGNORE_PADDING)
def test_the_model_is_saved_for_those_without_skembed(name, fitted, tmp_path):
    """All layers are from Keras; skembed registers nothing with Keras."""
    assert not [name for name in keras.saving.get_custom_objects() if "skembed" in name]
    fitted[name].model_.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    ids = np.asarray(TokenSequences.from_lists([[2, 3, 4], [5], []]).padded(8, side="post"))
    outputs = fitted[name].model_.predict_on_batch(ids)
    assert np.array_equal(loaded.predict_on_batch(ids), outputs)
    assert {type(layer).__module__.split(".")[0] for layer in loaded.layers} == {"keras"}


@pytest.mark.parametrize("name", IGNORE_PADDING)
def test_words_make_a_difference(name, fitted):
    probabilities = fitted[name].predict_proba([[i] * 9 for i in range(1, N_IDS - 1)])
    assert len(np.unique(probabilities.round(6))) > 2


class Looking(keras.callbacks.Callback):
    """Record the word vectors after each epoch."""

    seen: ClassVar[list] = []

    def on_epoch_end(self, epoch, logs=None):
        Looking.seen.append(self.model.get_layer("embedding").get_weights()[0])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_vectors_frozen_for_some_epochs_are_then_tuned(name, embedded):
    sequences, labels, matrix = embedded
    Looking.seen = []
    classifier = KerasTextClassifier(
        architecture=name,
        unfreeze_after=2,
        epochs=3,
        callbacks=Looking,
        **few_filters(name),
        **FAST,
    ).set_params(kernel_size=2 if name == "cnn_flatten" else None)
    classifier.fit(sequences, labels)
    assert [np.array_equal(vectors, matrix) for vectors in Looking.seen] == [True, True, False]
    assert classifier.model_.get_layer("embedding").trainable
    assert not classifier.embedding_weights_[0].any()
    loaded = pickle.loads(pickle.dumps(classifier))
    assert np.array_equal(loaded.predict_proba(sequences), classifier.predict_proba(sequences))
    assert loaded.model_.get_layer("embedding").trainable
