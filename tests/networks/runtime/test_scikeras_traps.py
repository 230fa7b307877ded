"""Defects of scikeras 0.13: skembed passes these tests, scikeras fails them.

Tests that run on both must fail on scikeras (strict xfail). If a later scikeras passes one, the
failure says which part of ``networks/runtime/scikeras_bridge.py`` can go.
"""

import importlib.util
import json
import os
import pickle
import random
import subprocess
import sys

import keras
import numpy as np
import pytest
from global_state import seeds_restored
from sklearn.base import BaseEstimator, TransformerMixin, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PadSequences
from skembed.networks import ignores_padding

# isort: split
# After skembed: if scikeras is imported first, its patches of Keras stay.
from scikeras.wrappers import KerasClassifier


@pytest.fixture(autouse=True)
def _scikeras_sets_global_seeds():
    with seeds_restored():
        yield


N, N_IDS = 40, 3000
X = np.random.RandomState(0).randint(1, 10, (N, 6)).astype(np.int32)
Y = np.repeat(["no", "yes"], N // 2)  # sorted, as in many files


def network(n_ids=N_IDS, dropout=0.0):
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(n_ids, 4)(ids)
    x = keras.layers.GlobalAveragePooling1D()(x)
    x = keras.layers.Dropout(dropout)(x)
    return keras.Model(ids, keras.layers.Dense(1, activation="sigmoid")(x))


@ignores_padding
def build(facts, dropout=0.0):
    return network(dropout=dropout)


def skembed_classifier(**params):
    return KerasTextClassifier(
        **{"architecture": build, "epochs": 1, "random_state": 0, **params},
    )


def scikeras_classifier(**params):
    defaults = {"loss": "binary_crossentropy", "optimizer": "adam", "verbose": 0}
    return KerasClassifier(network, **{**defaults, "random_state": 0, **params})


def trap(reason, raises=AssertionError, match=None):
    fails = pytest.mark.xfail(
        raises=pytest.RaisesExc(raises, match=match), strict=True, reason=reason
    )
    return pytest.mark.parametrize(
        "make",
        [
            pytest.param(skembed_classifier, id="skembed"),
            pytest.param(scikeras_classifier, id="scikeras", marks=fails),
        ],
    )


@trap("ClassifierMixin stands behind BaseEstimator")
def test_is_a_classifier(make):
    assert is_classifier(make())


@trap("is_classifier is False")
def test_integer_cv_is_stratified(make):
    folds = cross_validate(make(), X, Y, cv=4, return_indices=True)["indices"]["test"]
    assert [np.sum(Y[fold] == "yes") for fold in folds] == [N // 8] * 4


@trap("is_classifier is False", ValueError, "y should be a 1d array")
def test_is_scored_with_roc_auc(make):
    scores = cross_val_score(
        make(), X, Y, cv=StratifiedKFold(2), scoring="roc_auc", error_score="raise"
    )
    assert scores.shape == (2,)


@trap("folds of one class", IndexError)
def test_is_calibrated(make):
    calibrated = CalibratedClassifierCV(make(), cv=2).fit(X, Y)
    assert calibrated.predict_proba(X).shape == (N, 2)


@trap("is_classifier is False", ValueError, "should be a classifier")
def test_votes(make):
    voting = VotingClassifier([("a", make()), ("b", make(random_state=1))], voting="soft")
    assert set(voting.fit(X, Y).predict(X)) <= {"no", "yes"}


def test_text_reaches_the_tokenizer():
    tokenize = make_pipeline(KerasTokenizerTransformer(), PadSequences(3))

    class Tokenizing(KerasClassifier):
        feature_encoder = make_pipeline(tokenize, FunctionTransformer(np.asarray))

    texts = ["well done", "not well done"] * 4
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        Tokenizing(network, loss="binary_crossentropy", verbose=0).fit(texts, [1, 0] * 4)
    pipeline = make_pipeline(tokenize, skembed_classifier()).fit(texts, [1, 0] * 4)
    assert pipeline.predict_proba(texts).shape == (8, 2)


@trap("_validate_data makes an array of X", ValueError, "inhomogeneous")
def test_documents_of_different_lengths(make):
    documents = [row[: 1 + i % 5].tolist() for i, row in enumerate(X)]
    assert make().fit(documents, Y).predict(documents).shape == (N,)


@trap("the width seen in fit is locked", ValueError, "expecting X of shape")
def test_width_may_change(make):
    classifier = make().fit(X, Y)
    assert classifier.predict(X[:, :2]).shape == (N,)


@trap("the dtype seen in fit is locked", ValueError, "from int64 to int32 is not safe")
def test_dtype_may_change(make):
    classifier = make().fit(X, Y)
    expected = classifier.predict_proba(X)
    np.testing.assert_array_equal(classifier.predict_proba(X.astype(np.int64)), expected)


@trap("the result is squeezed")
def test_probabilities_of_one_document(make):
    assert make().fit(X, Y).predict_proba(X[:1]).shape == (1, 2)


@trap("class weights are multiplied into the caller's array")
def test_sample_weight_is_not_changed(make):
    weights = np.ones(N)
    make(class_weight={"no": 2.0, "yes": 1.0}).fit(X, Y, sample_weight=weights)
    assert set(weights) == {1.0}


def test_network_is_told_what_fit_found_out():
    class IdCounter(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.n_ids_ = int(X.max()) + 1
            return self

        def transform(self, X):
            return X

        def get_metadata(self):
            return {"n_ids_": self.n_ids_}

    class Counting(KerasClassifier):
        feature_encoder = property(lambda self: IdCounter())

    def build_by_meta(meta):
        return network(meta["n_ids_"])

    told = []

    def build_by_facts(facts):
        told.append((facts.n_ids, facts.length, facts.n_classes))
        return network(facts.n_ids)

    with pytest.raises(AttributeError, match="n_ids_"):
        Counting(build_by_meta, loss="binary_crossentropy", verbose=0).fit(X, Y)
    fitted = skembed_classifier(architecture=build_by_facts).fit(X, Y)
    assert told == [(X.max() + 1, 6, 2)]
    assert fitted.embedding_weights_.shape == (X.max() + 1, 4)


@trap("fit trains with the instance itself")
def test_callbacks_are_not_changed(make):
    callback = keras.callbacks.EarlyStopping(monitor="loss", patience=3)
    before = dict(vars(callback))
    make(callbacks=[callback]).fit(X, Y)
    assert vars(callback) == before


def documents_set_aside(make, **params):
    """The documents whose only word has the same vector as without training."""
    documents = np.arange(1, N + 1, dtype=np.int32)[:, np.newaxis]

    def vectors(learning_rate):
        classifier = make(optimizer="sgd", optimizer__learning_rate=learning_rate, **params)
        return classifier.fit(documents, Y).model_.layers[1].get_weights()[0][1 : N + 1]

    return np.flatnonzero((vectors(1.0) == vectors(1e-30)).all(axis=1))


def test_documents_set_aside_are_shuffled_and_stratified():
    tail = documents_set_aside(scikeras_classifier, validation_split=0.25)
    assert tail.tolist() == [*range(N - 10, N)]
    assert set(Y[tail]) == {"yes"}
    stopping = {"early_stopping": True, "validation_fraction": 0.25}
    aside = documents_set_aside(skembed_classifier, **stopping)
    others = documents_set_aside(skembed_classifier, **stopping, random_state=1)
    assert [np.sum(Y[rows] == "no") for rows in (aside, others)] == [5, 5]
    assert len({*aside, *others}) > 10


@trap("every attribute is taken for a parameter")
def test_attribute_is_no_parameter(make):
    classifier = make()
    classifier.note = "set from outside"
    assert "note" not in classifier.get_params()


@trap("every keyword is taken for a parameter", pytest.fail.Exception, "DID NOT RAISE")
@pytest.mark.parametrize("name", ["kernal_size", "optimiser__learning_rate", "n_jobs"])
def test_unknown_parameter_is_refused(make, name):
    with pytest.raises(TypeError, match=f"unexpected parameter '{name}'"):
        make(**{name: 3})


@pytest.mark.parametrize("architecture", [build, "cnn", "cnn_flatten", "flatten", "average"])
def test_two_fits_are_equal_bit_for_bit(architecture):
    params = {"architecture": architecture, "dropout": 0.3, "batch_size": 8}
    if architecture in ("cnn", "cnn_flatten"):
        params |= {"filters": 2, "kernel_size": 2}
    first, again = (skembed_classifier(**params).fit(X, Y).model_.get_weights() for _ in range(2))
    assert all(map(np.array_equal, first, again))


def test_another_seed_makes_another_fit():
    first, other = (
        skembed_classifier(random_state=seed).fit(X, Y).model_.get_weights() for seed in (0, 1)
    )
    assert not any(map(np.array_equal, first, other))


def squared_label(y_true, y_pred):
    return keras.ops.square(y_true)


def test_each_epoch_trains_every_document_once():
    """All labels differ, so the mean of the squared labels shows which were seen."""

    def build_and_compile(facts):
        ids = keras.Input((6,), dtype="int32")
        x = keras.layers.Flatten()(keras.layers.Embedding(facts.n_ids, 2)(ids))
        x = keras.layers.Dense(facts.n_outputs, activation="softmax")(x)
        model = keras.Model(ids, x)
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=[squared_label])
        return model

    classifier = skembed_classifier(architecture=build_and_compile, epochs=4, batch_size=2)
    labels = np.arange(20)
    seen = classifier.fit(X[:20], labels).history_["squared_label"]
    assert seen == pytest.approx([np.mean(labels**2)] * 4)


def draw_python():
    return [random.random() for _ in range(3)]


def draw_numpy():
    return np.random.random(3).tolist()


def draw_keras():
    return np.asarray(keras.random.uniform((3,))).tolist()


def draw_tensorflow():
    tensorflow = pytest.importorskip("tensorflow")
    return tensorflow.random.uniform((3,)).numpy().tolist()


@pytest.mark.parametrize("draw", [draw_python, draw_numpy, draw_keras, draw_tensorflow])
def test_fit_does_not_disturb_what_others_draw(draw):
    def two_draws(between):
        keras.utils.set_random_seed(3)
        first = draw()
        between()
        return first, draw()

    with seeds_restored():
        disturbed = two_draws(lambda: skembed_classifier(dropout=0.3).fit(X, Y))
        assert disturbed == two_draws(lambda: None)


REPEATS_ON_BACKEND = """
import json, random, sys
import numpy as np
from skembed import KerasTextClassifier
from scikeras.wrappers import KerasClassifier
import keras

X = np.random.RandomState(0).randint(1, 10, (70, 6))
y = np.repeat(["no", "yes"], 35)

def network(dropout=0.3):
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(10, 4)(ids))
    x = keras.layers.Dropout(dropout)(x)
    return keras.Model(ids, keras.layers.Dense(1, activation="sigmoid")(x))

def repeats(classifier):
    first, again = (classifier.fit(X, y).model_.get_weights() for _ in range(2))
    return all(map(np.array_equal, first, again))

def globals_after(between):
    random.seed(1), np.random.seed(1)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(1)
    between()
    torch_draw = sys.modules["torch"].rand(3).tolist() if "torch" in sys.modules else None
    return random.random(), np.random.random(), torch_draw

skembed = KerasTextClassifier(architecture=lambda facts: network(), epochs=2, random_state=0)
scikeras = KerasClassifier(
    network, loss="binary_crossentropy", optimizer="adam", epochs=2, verbose=0, random_state=0
)
print(json.dumps({
    "backend": keras.backend.backend(),
    "skembed": repeats(skembed),
    "scikeras": repeats(scikeras),
    "undisturbed": globals_after(lambda: skembed.fit(X, y)) == globals_after(int),
}))
"""


def run_python(code, **environment):
    """Run a program in a fresh process; return the JSON of its last line."""
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.parametrize(("backend", "scikeras_repeats"), [("jax", True), ("torch", False)])
def test_fits_repeat_on_other_backends(backend, scikeras_repeats):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    assert run_python(REPEATS_ON_BACKEND, KERAS_BACKEND=backend) == {
        "backend": backend,
        "skembed": True,
        "scikeras": scikeras_repeats,
        "undisturbed": True,
    }


IMPORTS_AND_REDUCE = """
import json, pickle, sys
import keras

owners = keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer
names = "__reduce__", "__deepcopy__"

def found():
    return [vars(owner).get(name) for owner in owners for name in names]

def round_trip():
    ids = keras.Input((2,))
    model = keras.Model(ids, keras.layers.Lambda(lambda x: 2 * x)(ids))
    try:
        return pickle.loads(pickle.dumps(model)).predict_on_batch(keras.ops.ones((1, 2))).tolist()
    except ValueError as error:
        return str(error)

of_keras = found()
from skembed import KerasTextClassifier
after_skembed, with_skembed = found() == of_keras, round_trip()
for name in [name for name in sys.modules if name.partition(".")[0] == "scikeras"]:
    del sys.modules[name]
import scikeras
print(json.dumps([after_skembed, with_skembed, found() == of_keras, round_trip()]))
"""


def test_importing_skembed_leaves_keras_as_it_was():
    after_skembed, with_skembed, after_scikeras, with_scikeras = run_python(IMPORTS_AND_REDUCE)
    assert after_skembed
    assert with_skembed == [[2.0, 2.0]]
    assert not after_scikeras
    assert "Lambda" in with_scikeras


# scikeras pickles Keras objects, whose variables cause a warning of NumPy 2 in Keras 3.15.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@trap("the optimizer's slots, as large as the weights, are pickled")
def test_pickle_holds_the_weights_once(make):
    classifier = make().fit(X, Y)
    assert len(pickle.dumps(classifier)) < 1.2 * 4 * classifier.model_.count_params()
