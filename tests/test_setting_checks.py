"""Settings that would have no effect are refused, and random vectors that are frozen are told."""

import copy
import pickle
import warnings
from dataclasses import replace

import keras
import numpy as np
import pytest
from helpers import classifier, with_random_vectors
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

from skembed import HashingTokenizerTransformer
from skembed.errors import ArchitectureError, RandomVectorsWarning
from skembed.networks import NetworkFacts, embed_ids, probabilities

early_stopping = keras.callbacks.EarlyStopping
schedule = keras.optimizers.schedules.ExponentialDecay


def layered(facts, *, n_layers=1, hidden_units=3):
    ids = keras.Input((facts.length,), dtype="int32")
    x = keras.layers.GlobalAveragePooling1D()(embed_ids(ids, facts)[0])
    for _ in range(n_layers):
        x = keras.layers.Dense(hidden_units, activation="relu")(x)
    return keras.Model(ids, probabilities(x, facts))


def compiled(facts, rate=0.1):
    model = layered(facts)
    model.compile(keras.optimizers.SGD(rate), "binary_crossentropy", metrics=["auc"])
    return model


def with_its_own_vectors(facts):
    ids = keras.Input((facts.length,), dtype="int32")
    x = keras.layers.Embedding(facts.n_ids, 3)(ids)
    return keras.Model(ids, probabilities(keras.layers.GlobalMaxPooling1D()(x), facts))


own_vectors = {"architecture": with_its_own_vectors, "embedding_dim": None}
decay = {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5}
decay = {f"optimizer__learning_rate__{name}": value for name, value in decay.items()}

UNHEARD = {
    # Of the architecture
    r"filters=8 has no effect: .*'average' .* used by 'cnn', .*'stacked_cnn'": {"filters": 8},
    r"kernel_size=3 .*'gru'.* used by 'cnn'": {"architecture": "gru", "kernel_size": 3},
    r"dropout=0\.5 has no effect: .*'layered'": {"architecture": layered, "dropout": 0.5},
    r"architecture__n_layers=2 has no effect: .*'average'": {"architecture__n_layers": 2},
    r"architecture__facts=2 has no effect": {"architecture__facts": 2},
    "architecture__depth=2 has no effect": {"architecture": layered, "architecture__depth": 2},
    "hidden_units=3 has no effect: architecture__hidden_units=4 is set": {
        "hidden_units": 3,
        "architecture__hidden_units": 4,
    },
    "embedding_dim=7 has no effect: .*embed_ids": {**own_vectors, "embedding_dim": 7},
    "embedding_trainable=False has no effect: .*embed_ids": {
        **own_vectors,
        "embedding_trainable": False,
    },
    "unfreeze_after=1 has no effect: .*embed_ids": {**own_vectors, "unfreeze_after": 1},
    # Of frozen vectors
    "unfreeze_after=1 has no effect with embedding_trainable=False": {
        "unfreeze_after": 1,
        "embedding_trainable": False,
    },
    "unfreeze_after=2 has no effect with epochs=2: .*Lower": {"unfreeze_after": 2, "epochs": 2},
    # Of the optimizer
    "optimizer__learning_rate has no effect: optimizer is .*Adam.* its class": {
        "optimizer": keras.optimizers.Adam(0.01),
        "optimizer__learning_rate": 1.0,
    },
    "Adam .* optimizer__rate=1.0": {"optimizer__rate": 1.0},
    "optimizer__learning_rate__decay_rate has no effect: optimizer__learning_rate is not set": {
        "optimizer__learning_rate__decay_rate": 0.5
    },
    "optimizer__learning_rate__decay_rate has no effect: .* is 0.1": {
        "optimizer__learning_rate": 0.1,
        "optimizer__learning_rate__decay_rate": 0.5,
    },
    # Of a network that keeps its own
    "optimizer__learning_rate=1.0 has no effect: .*compiled network": {
        "architecture": compiled,
        "optimizer__learning_rate": 1.0,
    },
    "optimizer='sgd' has no effect: .*compiled": {"architecture": compiled, "optimizer": "sgd"},
    "loss='mse' has no effect: .*compiled": {"architecture": compiled, "loss": "mse"},
    r"metrics=\[\] has no effect: .*compiled": {"architecture": compiled, "metrics": []},
    # Of callbacks
    "callbacks__patience is set, but callbacks is None": {"callbacks__patience": 3},
    r"callbacks__patience is set, but callbacks is \[\]": {
        "callbacks": [],
        "callbacks__patience": 3,
    },
    "callbacks__0__patience has no effect: callbacks__0 is .*its class": {
        "callbacks": [early_stopping(monitor="loss")],
        "callbacks__0__patience": 3,
    },
    "callbacks__1__patience has no effect: callbacks is a list of 1": {
        "callbacks": [early_stopping],
        "callbacks__0__monitor": "loss",
        "callbacks__1__patience": 3,
    },
    "callbacks__0 has no effect": {"callbacks": [early_stopping], "callbacks__0": 3},
    "callbacks__00__patience has no effect": {
        "callbacks": [early_stopping],
        "callbacks__00__patience": 3,
    },
    "EarlyStopping .* callbacks__0__patienc=3": {
        "callbacks": early_stopping,
        "callbacks__patienc": 3,
    },
}


@pytest.mark.parametrize("message", UNHEARD)
def test_a_setting_that_has_no_effect_is_refused(message, data):
    unfitted = classifier(**UNHEARD[message])
    kind = (InvalidParameterError, ArchitectureError)
    with pytest.raises(kind, match=message) as raised:
        clone(unfitted).fit(*data)
    routed = [name for name in UNHEARD[message] if "__" in name]
    assert not routed or raised.type is InvalidParameterError


def test_what_a_search_varies_in_vain_is_an_error(data):
    grid = {"optimizer__learning_rate": [1e-6, 1.0]}
    for params in ({"optimizer": keras.optimizers.Adam(0.01)}, {"architecture": compiled}):
        with pytest.raises(ValueError, match="optimizer__learning_rate"):
            GridSearchCV(classifier(**params), grid, cv=2, error_score="raise").fit(*data)


def test_what_is_routed_is_heard(data):
    by_list = classifier(
        callbacks=[early_stopping, early_stopping],
        callbacks__monitor="loss",
        callbacks__0__patience=7,
        optimizer__learning_rate=schedule,
        **decay,
    )
    made = by_list._new_callbacks()
    assert [(callback.monitor, callback.patience) for callback in made] == [
        ("loss", 7),
        ("loss", 0),
    ]
    rate = by_list.fit(*data).model_.optimizer.get_config()["learning_rate"]
    assert rate["config"]["decay_rate"] == 0.5
    own = classifier(architecture=compiled, architecture__rate=0.5).fit(*data)
    assert float(own.model_.optimizer.learning_rate) == 0.5
    assert set(own.history_) == {"loss", "auc"}


def test_vectors_that_a_network_ignores(data):
    X, labels = with_random_vectors(data[0]), data[1]
    with pytest.raises(InvalidParameterError, match=r"vectors of the previous step have no effect"):
        classifier(**own_vectors).fit(X, labels)
    classifier(architecture=layered, embedding_dim=None).fit(X, labels)


def test_facts_are_plain_elsewhere(data):
    kept = []

    def keeps_facts(facts):
        kept.append([facts, copy.copy(facts), copy.deepcopy(facts), replace(facts, n_ids=9)])
        kept.append(pickle.loads(pickle.dumps(facts)))
        return layered(facts)

    classifier(architecture=keeps_facts).fit(*data)
    (seen, *copies, other), pickled, *_ = kept
    assert isinstance(seen, NetworkFacts)
    assert {type(facts) for facts in (*copies, pickled)} == {NetworkFacts}
    assert vars(pickled) == vars(copies[0])
    assert other.n_ids == 9


class Scaled(keras.optimizers.SGD):
    def __init__(self, learning_rate=0.1, scale=1.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.scale = scale


def test_an_instance_that_would_lose_a_parameter_when_copied(data):
    with pytest.raises(InvalidParameterError, match=r"optimizer=.*get_config\(\) .*return scale"):
        classifier(optimizer=Scaled(scale=2.0)).fit(*data)
    classifier(optimizer=Scaled, optimizer__scale=2.0).fit(*data)
    classifier(optimizer=Scaled(0.2)).fit(*data)  # loses nothing


class Loose(keras.losses.Loss):
    def __init__(self, **settings):
        self.scale = settings.pop("scale", 1.0)
        super().__init__(**settings)

    def call(self, target, output):
        return self.scale * keras.ops.mean(keras.ops.square(target - output), axis=-1)


class OwnRate(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1

    def get_config(self):
        return {}


def test_what_an_instance_loses_is_found_without_the_names_of_its_parameters(data):
    with pytest.raises(InvalidParameterError, match=r"loss=.*get_config\(\) .*return scale"):
        classifier(loss=Loose(scale=2.0)).fit(*data)
    classifier(loss=Loose()).fit(*data)


def test_an_instance_that_keras_cannot_make_again(data):
    with pytest.raises(InvalidParameterError, match=r"optimizer=.*cannot be copied: .*OwnRate"):
        classifier(optimizer=keras.optimizers.Adam(OwnRate())).fit(*data)
    classifier(optimizer="adam", optimizer__learning_rate=OwnRate()).fit(*data)


def test_a_parameter_that_does_not_exist_is_named(data):
    for name in ("loss__gamma", "metrics__threshold", "epochs__x"):
        for make in (classifier, classifier().set_params):
            with pytest.raises(InvalidParameterError, match=f"unexpected parameter '{name}'"):
                make(**{name: 2.0})


def test_parameters_of_all_callbacks_go_to_the_classes(data):
    recorder = keras.callbacks.History()
    stop = {"callbacks__monitor": "loss", "callbacks__min_delta": 9.0}
    fitted = classifier(callbacks=[recorder, early_stopping], epochs=4, **stop).fit(*data)
    assert fitted.n_epochs_ == 2


def test_a_function_for_the_rate_is_heard_in_silence(data):
    def rates(rate):
        return classifier(optimizer__learning_rate=lambda: rate).fit(*data).history_["loss"]

    assert rates(0.1) != rates(1e-6)


RANDOM = {
    "frozen": {"embedding_trainable": False},
    "frozen at first": {"unfreeze_after": 1},
    "two copies": {"architecture": "multichannel_cnn", "filters": 2, "embedding_trainable": False},
    "a function": {"architecture": layered, "embedding_trainable": False},
}


@pytest.mark.parametrize("kind", RANDOM)
def test_random_vectors_that_are_frozen_are_told_once(kind, data):
    sequences, labels = data
    with pytest.warns(RandomVectorsWarning, match="random and frozen: .*list of two grids") as told:
        fitted = classifier(**RANDOM[kind]).fit(sequences, labels)
    assert [one.category for one in told].count(RandomVectorsWarning) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", RandomVectorsWarning)
        fitted.partial_fit(sequences, labels)  # told in the first fit
        given = classifier(**RANDOM[kind], embedding_dim=None)
        given.fit(with_random_vectors(sequences), labels)


def test_hashed_ids_have_random_vectors_too(feedback):
    ids = HashingTokenizerTransformer(50).fit_transform(feedback[0])
    with pytest.warns(RandomVectorsWarning):
        classifier(embedding_trainable=False).fit(ids, feedback[1])


def test_vectors_that_a_function_brings_itself_are_no_random_ones(data):
    sequences, labels = data

    def brings_vectors(facts):
        ids = keras.Input((facts.length,), dtype="int32")
        embedding = keras.layers.Embedding(
            facts.n_ids, 3, embeddings_initializer="ones", trainable=facts.embedding_trainable
        )
        x = keras.layers.GlobalMaxPooling1D()(embedding(ids))
        return keras.Model(ids, probabilities(x, facts))

    fitted = classifier(
        architecture=brings_vectors, embedding_dim=None, embedding_trainable=False
    ).fit(sequences, labels)
    assert np.array_equal(fitted.embedding_weights_, np.ones((sequences.n_ids, 3)))


@pytest.mark.filterwarnings("ignore::skembed.errors.RandomVectorsWarning")
@pytest.mark.parametrize(
    ("built", "changed"),
    [
        ({"optimizer": "sgd"}, {"optimizer__learning_rate": 1e-4}),
        ({}, {"optimizer": "sgd"}),
        ({}, {"optimizer": keras.optimizers.SGD}),
        ({}, {"loss": "binary_focal_crossentropy"}),
        ({"metrics": ["auc"]}, {"metrics": ["auc", "accuracy"]}),
        ({}, {"hidden_units": 7}),
        ({}, {"embedding_dim": 3}),
        ({}, {"embedding_trainable": False}),
        ({}, {"architecture": "cnn"}),
        ({"architecture": layered}, {"architecture__n_layers": 2}),
    ],
)
def test_a_network_that_is_trained_further_keeps_what_it_was_built_with(data, built, changed):
    sequences, labels = data
    fitted = classifier(**built, warm_start=True).fit(sequences, labels)
    before = fitted.predict_proba(sequences)
    (name,) = changed
    for one in (fitted, pickle.loads(pickle.dumps(fitted))):
        original = one.get_params(deep=False).get(name)
        one.set_params(**changed)
        for train in (one.fit, one.partial_fit):
            with pytest.raises(InvalidParameterError, match=f"{name}=.* has no effect: training"):
                train(sequences, labels)
        np.testing.assert_array_equal(one.predict_proba(sequences), before)
        one.set_params(warm_start=False).fit(sequences, labels)  # the advice
    assert original != changed[name]


def test_what_is_heard_may_change_before_further_training(data):
    fitted = classifier(warm_start=True).fit(*data)
    fitted.set_params(epochs=1, batch_size=4, random_state=3, callbacks=[early_stopping("loss")])
    assert fitted.fit(*data).n_epochs_ == 3


def test_a_loaded_classifier_without_its_optimizer_gets_a_new_one(data):
    sequences, labels = data
    loaded = pickle.loads(pickle.dumps(classifier().fit(sequences, labels)))
    loaded.set_params(optimizer="sgd", optimizer__learning_rate=0.5).partial_fit(sequences, labels)
    assert float(loaded.model_.optimizer.learning_rate) == 0.5
