"""Saved estimators: the contents of the file, and loading in another process."""

import copy
import json
import os
import pickle
import pickletools
import subprocess
import sys

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
)

NETWORK_OF_A_USER = """
import keras
from skembed.networks import embed_ids, probabilities

def network(facts, filters=3):
    ids = keras.Input((facts.length,), dtype="int32")
    vectors, mask = embed_ids(ids, facts)
    x = keras.layers.GRU(filters)(vectors)
    model = keras.Model(ids, probabilities(x, facts))
    model.compile("rmsprop", "binary_crossentropy")
    return model
"""
ARCHITECTURES = ["average", "cnn", "cnn_flatten", "flatten", "callable"]
EMBEDDINGS = ["learned", "frozen", "tuned"]
FITTED = [f"{a}-{e}" for a in ARCHITECTURES for e in EMBEDDINGS] + ["search"]
LOOKED_INTO = [f"{architecture}-tuned" for architecture in ARCHITECTURES] + ["search"]
UNFITTED = ["unfitted-pipeline", "unfitted-search"]


def pipeline_with(architecture="average", embedding="learned", vectors=None, **params):
    if architecture.startswith("cnn"):
        params = {"filters": 2, "kernel_size": 2, **params}
    if architecture == "callable":
        import network_of_a_user

        architecture = network_of_a_user.network
    given = embedding != "learned"
    classifier = KerasTextClassifier(
        architecture=architecture,
        embedding_dim=None if given else 4,
        embedding_trainable=embedding != "frozen",
        epochs=1,
        random_state=0,
    )
    return Pipeline(
        [
            ("clean", TextCleaner(stop_words="english")),
            ("tokenize", KerasTokenizerTransformer()),
            ("pad", PadSequences(maxlen=8)),
            ("embed", PretrainedEmbeddingMatrix(vectors) if given else "passthrough"),
            ("clf", classifier.set_params(**params)),
        ]
    )


def in_a_search(pipeline):
    one_fold = StratifiedShuffleSplit(1, random_state=0)
    return GridSearchCV(pipeline, {"clf__hidden_units": [2]}, cv=one_fold, error_score="raise")


@pytest.fixture(scope="module")
def corpus(feedback):
    return [[*map(str, column[:24])] for column in feedback]


@pytest.fixture(scope="module")
def saved(corpus, tmp_path_factory):
    """Estimators by name, and the folder where they are saved."""
    texts, labels = corpus
    folder = tmp_path_factory.mktemp("saved")
    (folder / "network_of_a_user.py").write_text(NETWORK_OF_A_USER)
    words = sorted({word for text in TextCleaner().transform(texts) for word in text.split()})
    numbers = np.random.RandomState(0).normal(size=(len(words), 4)).round(3)
    (folder / "vectors.txt").write_text(
        "\n".join(" ".join([word, *map(str, row)]) for word, row in zip(words, numbers)),
        encoding="utf-8",
    )
    vectors = str(folder / "vectors.txt")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        estimators = {
            f"{architecture}-{embedding}": pipeline_with(architecture, embedding, vectors)
            for architecture in ARCHITECTURES
            for embedding in EMBEDDINGS
        }
        estimators["search"] = in_a_search(pipeline_with("cnn", "frozen", vectors))
        unfitted = [clone(estimators["cnn-frozen"]), clone(estimators["search"])]
        for estimator in estimators.values():
            estimator.fit(texts, labels)
        estimators.update(zip(UNFITTED, unfitted))
        for name, estimator in estimators.items():
            joblib.dump(estimator, folder / f"{name}.joblib")
            (folder / f"{name}.pickle").write_bytes(pickle.dumps(estimator))
    (folder / "corpus.json").write_text(json.dumps(corpus))
    return folder, estimators


def run_python(code, folder):
    """Run a program in a fresh process that finds the user's module in `folder`."""
    # Keras 3.15 itself draws this warning of NumPy 2 when it saves a compiled model.
    before = os.environ.get("PYTHONPATH")
    of_keras = "ignore:__array__ implementation:DeprecationWarning"
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-W", of_keras, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [before])])},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]


LOAD_AND_PREDICT = """
import json, pickle
from pathlib import Path
import joblib, keras, numpy as np

reduce_of_keras = keras.Model.__reduce__
texts, labels = json.loads(Path("corpus.json").read_text())
found, facts = {}, {}
for path in sorted([*Path().glob("*.joblib"), *Path().glob("*.pickle")]):
    load = joblib.load if path.suffix == ".joblib" else lambda path: pickle.loads(path.read_bytes())
    estimator = load(path)
    if path.name.startswith("unfitted"):
        found[path.name] = estimator.fit(texts, labels).predict_proba(texts)
        continue
    found[path.name] = estimator.predict_proba(texts)
    if path.name.endswith(("-tuned.pickle", "search.pickle")):
        pipeline = getattr(estimator, "best_estimator_", estimator)
        model = pipeline["clf"].model_
        found[f"{path.stem} ids"] = ids = pipeline[:-1].transform(texts).to_array()
        found[f"{path.stem} outputs"] = model.predict_on_batch(ids)
        found[f"{path.name} again"] = estimator.predict_proba(texts)
        model.save(path.with_suffix(".keras"))
        facts[path.stem] = {
            "class": f"{type(model).__module__}.{type(model).__name__}",
            "compiled": model.compiled,
            "optimizer": type(model.optimizer).__name__,
        }
facts["keras is as it was"] = keras.Model.__reduce__ is reduce_of_keras
np.savez("found.npz", **found)
Path("facts.json").write_text(json.dumps(facts))
"""

LOAD_WITHOUT_SKEMBED = """
import json, sys, warnings
from pathlib import Path
import keras, numpy as np

found, outputs, warned = np.load("found.npz"), {}, {}
for path in Path().glob("*.keras"):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = keras.saving.load_model(path)
    warned[path.stem] = [str(warning.message) for warning in caught]
    outputs[path.stem] = model.predict_on_batch(found[f"{path.stem} ids"])
assert not [name for name in sys.modules if name.startswith(("skembed", "scikeras"))]
np.savez("without_skembed.npz", **outputs)
Path("warned.json").write_text(json.dumps(warned))
"""


@pytest.fixture(scope="module")
def loaded(saved):
    """Results of a process that loads the files, and of one that loads the models it saved."""
    folder, _ = saved
    run_python(LOAD_AND_PREDICT, folder)
    run_python(LOAD_WITHOUT_SKEMBED, folder)
    arrays = {name: dict(np.load(folder / f"{name}.npz")) for name in ("found", "without_skembed")}
    texts = {
        name: json.loads((folder / f"{name}.json").read_text()) for name in ("facts", "warned")
    }
    return arrays | texts


@pytest.mark.parametrize("suffix", ["joblib", "pickle"])
@pytest.mark.parametrize("name", FITTED)
def test_fitted_predicts_the_same_in_a_fresh_process(saved, loaded, corpus, name, suffix):
    expected = saved[1][name].predict_proba(corpus[0])
    np.testing.assert_array_equal(loaded["found"][f"{name}.{suffix}"], expected)


@pytest.mark.parametrize("name", LOOKED_INTO)
def test_probabilities_stay_when_the_model_is_looked_at(loaded, name):
    found = loaded["found"]
    tolerance = 1e-6 * (keras.backend.backend() == "jax")  # Keras then predicts in other shapes
    np.testing.assert_allclose(
        found[f"{name}.pickle again"], found[f"{name}.pickle"], rtol=0, atol=tolerance
    )


@pytest.mark.parametrize("suffix", ["joblib", "pickle"])
@pytest.mark.parametrize("name", UNFITTED)
def test_unfitted_is_fitted_the_same_in_a_fresh_process(saved, loaded, corpus, name, suffix):
    fitted = saved[1]["search" if "search" in name else "cnn-frozen"]
    expected = fitted.predict_proba(corpus[0])
    np.testing.assert_allclose(loaded["found"][f"{name}.{suffix}"], expected, rtol=1e-5)


@pytest.mark.parametrize("name", LOOKED_INTO)
def test_loaded_model_is_a_compiled_keras_model(loaded, name):
    facts = loaded["facts"][name]
    assert facts["class"].startswith("keras.")
    assert facts["compiled"]
    assert facts["optimizer"] == ("RMSprop" if name.startswith("callable") else "Adam")


@pytest.mark.parametrize("name", LOOKED_INTO)
def test_loaded_model_is_saved_for_those_without_skembed(loaded, name):
    found, outputs = loaded["found"], loaded["without_skembed"][name]
    np.testing.assert_array_equal(outputs, found[f"{name} outputs"])
    np.testing.assert_allclose(outputs[:, 0], found[f"{name}.pickle"][:, 1], rtol=1e-5)


def test_model_saved_after_loading_loads_without_a_warning(loaded):
    assert loaded["warned"] == {name: [] for name in LOOKED_INTO}


def test_loading_needs_no_change_to_keras(loaded):
    assert loaded["facts"]["keras is as it was"]


def modules_named_in(pickled):
    """The first parts of all strings of a pickle, among them the packages that it imports."""
    strings = [arg for _, arg, _ in pickletools.genops(pickled) if isinstance(arg, str)]
    return {string.split(".")[0].split(" ")[0] for string in strings if "\n" not in string}


@pytest.mark.parametrize("name", FITTED)
def test_pickle_holds_no_keras_object(saved, name):
    named = modules_named_in((saved[0] / f"{name}.pickle").read_bytes())
    assert "skembed" in named
    assert not named & {"keras", "tensorflow", "scikeras"}


@pytest.mark.parametrize(
    "again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy], ids=["pickle", "deepcopy"]
)
@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("name", ["cnn-frozen", "callable-tuned"])
def test_copies_of_copies(saved, corpus, name, again, used):
    expected = saved[1][name].predict_proba(corpus[0])
    twin = again(saved[1][name])
    if used:
        np.testing.assert_array_equal(twin.predict_proba(corpus[0]), expected)
    twin = again(twin)
    np.testing.assert_array_equal(twin.predict_proba(corpus[0]), expected)
    np.testing.assert_array_equal(
        twin["clf"].embedding_weights_, saved[1][name]["clf"].embedding_weights_
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Documents of 2,000 words, labels, and a file of their vectors."""
    folder = tmp_path_factory.mktemp("large")
    words = [f"word{i}" for i in range(2000)]
    numbers = np.random.RandomState(0).normal(size=(2000, 50)).round(3)
    lines = (" ".join([word, *map(str, row)]) for word, row in zip(words, numbers))
    (folder / "vectors.txt").write_text("\n".join(lines))
    texts = [" ".join(words[i : i + 20]) for i in range(0, 2000, 20)]
    return texts, [0, 1] * 50, folder


def bytes_of_weights(pipeline):
    return sum(weights.nbytes for weights in pipeline["clf"].model_.get_weights())


def bytes_of_vocabulary(pipeline):
    return sum(len(word.encode()) for word in pipeline["tokenize"].vocabulary_)


@pytest.mark.parametrize(
    ("warm_start", "memory", "reloaded"),
    [(False, False, False), (True, False, False), (False, True, False), (True, True, True)],
    ids=["plain", "warm_start", "memory", "all"],
)
def test_frozen_vectors_are_stored_once(large, warm_start, memory, reloaded):
    texts, labels, folder = large
    pipeline = pipeline_with("cnn", "frozen", str(folder / "vectors.txt"), warm_start=warm_start)
    if memory:
        pipeline.set_params(memory=str(folder / "memory")).fit(texts, labels)
        pipeline = clone(pipeline)
    pipeline.fit(texts, labels)
    if reloaded:
        pipeline = pickle.loads(pickle.dumps(pipeline))
        pipeline.predict(texts)
    stored = len(pickle.dumps(pipeline))
    assert stored < 1.2 * (bytes_of_weights(pipeline) + bytes_of_vocabulary(pipeline))
    joblib.dump(pipeline, folder / "frozen.joblib")
    assert (folder / "frozen.joblib").stat().st_size < 1.01 * stored


@pytest.mark.parametrize(
    ("embedding", "matrices", "warm_start"),
    [("learned", 1, False), ("tuned", 2, False), ("learned", 3, True), ("tuned", 4, True)],
)
def test_optimizer_is_stored_only_to_go_on(large, embedding, matrices, warm_start):
    texts, labels, folder = large
    pipeline = pipeline_with("average", embedding, str(folder / "vectors.txt"))
    pipeline.set_params(clf__warm_start=warm_start)
    if embedding == "learned":
        pipeline.set_params(clf__embedding_dim=50)
    pipeline.fit(texts, labels)
    expected = matrices * bytes_of_weights(pipeline) + bytes_of_vocabulary(pipeline)
    assert 0.9 * expected < len(pickle.dumps(pipeline)) < 1.2 * expected


def trained(sequences, labels, **params):
    classifier = KerasTextClassifier(embedding_dim=4, epochs=2, batch_size=8, random_state=0)
    return classifier.set_params(**params).fit(sequences, labels)


def assert_goes_on_alike(one, two, sequences, labels):
    one.fit(sequences, labels)
    two.fit(sequences, labels)
    assert two.history_ == one.history_
    assert two.n_epochs_ == one.n_epochs_ == 4
    weights = [classifier.model_.get_weights() for classifier in (one, two)]
    assert all(map(np.array_equal, *weights))


@pytest.fixture(scope="module")
def sequences(corpus):
    return make_pipeline(KerasTokenizerTransformer(), PadSequences(8)).fit_transform(corpus[0])


WAYS_TO_TRAIN = {
    "adam": {"architecture": "average"},
    "momentum": {"architecture": "average", "optimizer": "sgd", "optimizer__momentum": 0.9},
    "early_stopping": {"architecture": "flatten", "early_stopping": True},
    "dropout": {"architecture": "average", "dropout": 0.5},
    "cnn_and_dropout": {"architecture": "cnn", "filters": 2},
}


@pytest.mark.parametrize(
    ("way", "used"),
    [
        *((way, "") for way in WAYS_TO_TRAIN),
        *(("adam", u) for u in ("predict", "model_", "pickle")),
    ],
)
def test_training_goes_on_after_loading(sequences, corpus, way, used):
    params = {"validation_fraction": 0.25, **WAYS_TO_TRAIN[way]}
    classifier = trained(sequences, corpus[1], warm_start=True, **params)
    twin = pickle.loads(pickle.dumps(classifier))
    if used == "predict":
        twin.predict(sequences)
    elif used == "model_":
        assert twin.model_.compiled
    elif used == "pickle":
        twin = pickle.loads(pickle.dumps(twin))
    assert_goes_on_alike(classifier, twin, sequences, corpus[1])


def test_training_goes_on_where_that_is_decided_later(sequences, corpus):
    classifier = trained(sequences, corpus[1], architecture="average").set_params(warm_start=True)
    twin = pickle.loads(pickle.dumps(classifier))
    assert_goes_on_alike(classifier, twin, sequences, corpus[1])
