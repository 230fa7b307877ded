"""Networks that a user's function builds, and the settings that reach a network."""

import keras
import numpy as np
import pytest
from helpers import classifier
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skembed.errors import ArchitectureError
from skembed.networks import embed_ids, probabilities


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

    fitted = classifier(architecture=architecture, embedding_dim=None).fit(sequences, labels)
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


def test_a_network_without_embedding_says_so(data):
    sequences, labels = data

    def counts(facts):
        ids = keras.Input((facts.length,), dtype="int32")
        x = keras.ops.cast(ids, "float32") / facts.n_ids
        return keras.Model(ids, probabilities(x, facts))

    fitted = classifier(architecture=counts, embedding_dim=None).fit(sequences, labels)
    assert not hasattr(fitted, "embedding_weights_")


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
