"""What only training needs: a fitted pickle leaves it out, and a server does without it."""

import copy
import json
import os
import pickle
import subprocess
import sys
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import skembed
from skembed import (
    EmbeddingVectorizer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    _training_only,
)
from skembed._training_only import NotSaved
from skembed.errors import NotSavedError

TEXTS = ["Good, good work!", "very good essay", "poor work", "very poor essay"] * 4
LABELS = ["yes", "yes", "no", "no"] * 4
VECTORS = {"good": [1.0, 0.5], "poor": [-1.0, 0.0], "work": [0.5, 0.5]}


def classifier(**params):
    return KerasTextClassifier(architecture="average", epochs=1, random_state=0, **params)


def of_words(*steps):
    return make_pipeline(TextCleaner(), KerasTokenizerTransformer(), *steps)


def roundtrip(thing):
    return pickle.loads(pickle.dumps(thing))


@pytest.fixture
def elsewhere(monkeypatch):
    """Forget what lives in this process, as if pickles were loaded in another one."""

    def forget():
        monkeypatch.setattr(_training_only, "_PATHS", {})
        monkeypatch.setattr(_training_only, "_OBJECTS", weakref.WeakValueDictionary())

    return forget


class Recorder(keras.callbacks.Callback):
    """A callback of a training script."""


class Encoder:
    """Vectors of a training script."""

    def encode(self, words):
        return np.array([[len(word), 1.0] for word in words])


# Paths of the training machine


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("".join(f"{word} {' '.join(map(str, v))}\n" for word, v in VECTORS.items()))
    return path


@pytest.mark.parametrize("kind", [str, Path])
def test_a_fitted_step_stores_the_name_of_its_file(file, kind, elsewhere):
    step = PretrainedEmbeddingMatrix(kind(file), cache=False)
    pipeline = of_words(step).fit(TEXTS)
    assert step.vectors == kind(file)
    assert roundtrip(pipeline)[-1].vectors == kind(file)
    pickled = pickle.dumps(pipeline)
    assert str(file.parent).encode() not in pickled
    assert b"pathlib" not in pickled
    elsewhere()
    loaded = pickle.loads(pickled)
    assert loaded[-1].vectors == "vectors.txt"
    assert loaded.transform(TEXTS) == pipeline.transform(TEXTS)
    assert roundtrip(loaded)[-1].vectors == "vectors.txt"


@pytest.mark.parametrize("kind", [str, Path])
def test_an_unfitted_step_stores_the_path(file, kind, elsewhere):
    pickled = pickle.dumps(of_words(PretrainedEmbeddingMatrix(kind(file))))
    elsewhere()
    assert pickle.loads(pickled)[-1].vectors == kind(file)


def test_relative_paths_stay(file, monkeypatch, elsewhere):
    monkeypatch.chdir(file.parents[1])
    relative = file.relative_to(file.parents[1])
    for given in (relative, str(relative)):
        pickled = pickle.dumps(of_words(PretrainedEmbeddingMatrix(given)).fit(TEXTS))
        elsewhere()
        assert pickle.loads(pickled)[-1].vectors == str(relative)


def test_steps_from_memory_keep_the_path(file, tmp_path, elsewhere):
    memory = str(tmp_path / "memory")
    step = PretrainedEmbeddingMatrix(file)
    pipeline = of_words(step, EmbeddingVectorizer(), LogisticRegression())
    for _ in range(2):
        again = clone(pipeline).set_params(memory=memory)
        for _ in range(3):
            again.fit(TEXTS, LABELS)
            assert again[2].vectors == file
        elsewhere()


# Classes that only training needed


def test_a_copy_keeps_what_only_training_needs():
    recorder, schedule = Recorder(), keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    made = of_words(
        classifier(callbacks=[recorder, Recorder], optimizer__learning_rate=schedule)
    ).fit(TEXTS, LABELS)
    for twin in (copy.copy(made[-1]), copy.deepcopy(made)[-1], roundtrip(made)[-1]):
        assert twin.callbacks == [recorder, Recorder]
        assert twin.optimizer__learning_rate is schedule
        twin.fit(made[:-1].transform(TEXTS), LABELS)
        assert twin.model_.compiled


def test_an_unfitted_classifier_keeps_all(elsewhere):
    pickled = pickle.dumps(classifier(callbacks=Recorder, optimizer=keras.optimizers.SGD(0.5)))
    elsewhere()
    loaded = pickle.loads(pickled)
    assert loaded.callbacks is Recorder
    assert isinstance(loaded.optimizer, keras.optimizers.SGD)


def test_warm_start_keeps_all(elsewhere):
    made = of_words(classifier(callbacks=[Recorder()], warm_start=True)).fit(TEXTS, LABELS)
    pickled = pickle.dumps(made)
    elsewhere()
    loaded = pickle.loads(pickled)
    assert isinstance(loaded[-1].callbacks[0], Recorder)
    loaded.fit(TEXTS, LABELS)
    assert loaded[-1].n_epochs_ == 2


def test_what_is_missing_is_said(elsewhere):
    pickled = pickle.dumps(
        of_words(
            PretrainedEmbeddingMatrix(Encoder()),
            classifier(callbacks=[Recorder()], optimizer=keras.optimizers.SGD),
        ).fit(TEXTS, LABELS)
    )
    elsewhere()
    loaded = roundtrip(pickle.loads(pickled))
    what = f"<{__name__}.Recorder, not saved: only training needed it>"
    network = loaded[-1]
    assert repr(network.callbacks) == f"[{what}]"
    assert isinstance(network.optimizer, NotSaved)
    assert what in repr(clone(network))
    ids = loaded[:-1].transform(TEXTS)
    with pytest.raises(NotSavedError, match=r"callbacks=\[<.*set_params\(callbacks=\.\.\.\)"):
        network.fit(ids, LABELS)
    with pytest.raises(NotSavedError, match=r"set_params\(optimizer="):
        clone(network).set_params(callbacks=None).partial_fit(ids, LABELS, ["no", "yes"])
    with pytest.raises(NotSavedError, match=r"vectors=<.*Encoder, .*set_params\(vectors="):
        loaded[-2].fit(ids)
    network.set_params(callbacks=None, optimizer="sgd").fit(ids, LABELS)
    assert network.model_.compiled


def test_the_model_is_there_without_its_optimizer(elsewhere):
    made = of_words(classifier(optimizer=keras.optimizers.SGD(0.1))).fit(TEXTS, LABELS)
    ids, pickled = made[:-1].transform(TEXTS), pickle.dumps(made)
    elsewhere()
    model = pickle.loads(pickled)[-1].model_
    assert not model.compiled
    outputs = model.predict_on_batch(np.asarray(ids.padded(4)))
    np.testing.assert_allclose(outputs[:, 0], made.predict_proba(TEXTS)[:, 1], atol=1e-6)


def test_data_is_kept(elsewhere):
    vectors = {word: np.array(vector) for word, vector in VECTORS.items()}
    network = classifier(optimizer="sgd", optimizer__momentum=np.float64(0.5))
    made = of_words(PretrainedEmbeddingMatrix(vectors), network).fit(TEXTS, LABELS)
    pickled = pickle.dumps(made)
    elsewhere()
    loaded = pickle.loads(pickled)
    assert loaded[-1].optimizer__momentum == np.float64(0.5)
    assert [*loaded[-2].vectors] == [*vectors]
    assert loaded[-1].optimizer == "sgd"


def test_a_missing_loss_is_said(elsewhere):
    made = classifier(loss=keras.losses.BinaryFocalCrossentropy(), metrics=["accuracy"])
    pickled = pickle.dumps(made.fit(np.array([[1, 2], [3, 4]]), [0, 1]))
    elsewhere()
    loaded = pickle.loads(pickled)
    assert not loaded.model_.compiled
    assert loaded.metrics == ["accuracy"]
    with pytest.raises(NotSavedError, match=r"set_params\(loss=\.\.\.\)"):
        loaded.fit(np.array([[1, 2], [3, 4]]), [0, 1])
    named = classifier(loss="binary_focal_crossentropy", metrics=["auc"])
    pickled = pickle.dumps(named.fit(np.array([[1, 2], [3, 4]]), [0, 1]))
    elsewhere()
    assert pickle.loads(pickled).model_.compiled


def test_unfitted_parts_of_a_vote_are_saved_without_it(elsewhere, file):
    def part():
        network = classifier(callbacks=[Recorder(), keras.callbacks.LambdaCallback(lambda *a: 0)])
        return of_words(PretrainedEmbeddingMatrix(file, cache=False), network)

    vote = skembed.WeightedVotingClassifier([("a", part()), ("b", part())], cv=2, random_state=0)
    vote.fit(TEXTS, LABELS)
    assert isinstance(roundtrip(vote).estimators[0][1][-1].callbacks[0], Recorder)
    pickled = pickle.dumps(vote)
    assert str(file.parent).encode() not in pickled
    assert isinstance(vote.estimators[0][1][-1].callbacks[0], Recorder)
    assert vote.estimators[0][1][-2].vectors == file
    elsewhere()
    loaded = pickle.loads(pickled)
    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), vote.predict_proba(TEXTS))
    with pytest.raises(NotSavedError, match=r"set_params\(callbacks="):
        clone(loaded).set_params(a="drop", b__pretrainedembeddingmatrix__vectors=VECTORS).fit(
            TEXTS, LABELS
        )


def test_observers_of_scikit_learn_are_left_out(elsewhere):
    class Observer:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, *args, **kwargs): ...
        def on_fit_task_end(self, *args, **kwargs): ...

    observer = Observer()
    made = classifier().set_callbacks(observer)
    made.fit(np.array([[1, 2], [3, 4]]), [0, 1])
    assert copy.deepcopy(made)._skl_callbacks == [observer]
    pickled = pickle.dumps(made)
    elsewhere()
    loaded = pickle.loads(pickled)
    assert not hasattr(loaded, "_skl_callbacks")
    loaded.fit(np.array([[1, 2], [3, 4]]), [0, 1])


TRAIN = """
import json, pickle
import joblib, keras, numpy as np
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from skembed import KerasTextClassifier, KerasTokenizerTransformer, PretrainedEmbeddingMatrix
from skembed import WeightedVotingClassifier, make_text_classifier

class MyCallback(keras.callbacks.Callback):
    def __init__(self, bonus=0):
        super().__init__()
        self.bonus = bonus

class MyOptimizer(keras.optimizers.SGD):
    pass

class MyEncoder:
    def encode(self, words):
        return np.array([[len(word), 1.0] for word in words])

class MyLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

class MyMetric(keras.metrics.BinaryAccuracy):
    pass

def my_loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

class Logs(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["mine"] = keras.ops.convert_to_tensor([1.0, 2.0])

def network(**params):
    return KerasTextClassifier(architecture="average", epochs=1, random_state=0, **params)

def pipeline(classifier):
    return make_pipeline(
        KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(MyEncoder()), classifier)

if __name__ == "__main__":
    texts, labels = json.load(open("texts.json"))
    log = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)
    classifiers = {
        "instances": network(callbacks=[MyCallback(), log], optimizer=MyOptimizer(0.1)),
        "classes": network(callbacks=MyCallback, callbacks__bonus=lambda: 1, optimizer=MyOptimizer),
        "loss instance": network(
            callbacks=[MyCallback(), Logs()], optimizer=MyOptimizer(0.1), loss=MyLoss(),
            metrics=["auc", MyMetric(), keras.metrics.F1Score(threshold=0.5)]),
        "loss class": network(
            callbacks=MyCallback, optimizer=MyOptimizer, loss=MyLoss, metrics=MyMetric),
        "loss function": network(
            callbacks=MyCallback, optimizer=MyOptimizer, loss=my_loss,
            metrics=[my_loss, lambda y_true, y_pred: y_pred]),
    }
    expected = {}
    for name, classifier in classifiers.items():
        fitted = pipeline(classifier).fit(texts, labels)
        joblib.dump(fitted, f"{name}.joblib")
        expected[name] = fitted.predict_proba(texts).tolist()
    # Keras can clone an instance of an optimizer of its own only.
    searched = network(
        callbacks=[MyCallback(), log], optimizer=MyOptimizer, loss=MyLoss, metrics=[my_loss])
    search = GridSearchCV(
        pipeline(searched), {"kerastextclassifier__hidden_units": [2, 3]}, cv=2,
        n_jobs=2, error_score="raise").fit(texts, labels)
    joblib.dump(search.best_estimator_, "search.joblib")
    expected["search"] = search.predict_proba(texts).tolist()
    again = cross_validate(search.best_estimator_, texts, labels, cv=2, n_jobs=2,
                           return_estimator=True, error_score="raise")
    expected["fold"] = again["estimator"][0].predict_proba(texts).tolist()
    joblib.dump(again["estimator"][0], "fold.joblib")
    parts = [("network", pipeline(searched)), ("ngrams", make_text_classifier(random_state=0))]
    vote = WeightedVotingClassifier(parts, cv=2, random_state=0).fit(texts, labels)
    joblib.dump(vote, "vote.joblib")
    expected["vote"] = vote.predict_proba(texts).tolist()
    json.dump(expected, open("expected.json", "w"))
"""

SERVE = """
import json, joblib, numpy as np
texts, labels = json.load(open("texts.json"))
for name, expected in json.load(open("expected.json")).items():
    loaded = joblib.load(f"{name}.joblib")
    np.testing.assert_allclose(loaded.predict_proba(texts), expected, atol=1e-6)
    if name == "vote":
        loaded = loaded.get_params()["network"]
        assert "MyEncoder, not saved" in repr(loaded), loaded
        continue
    assert "MyCallback, not saved" in repr(loaded[-1]), loaded[-1]
    assert "MyOptimizer, not saved" in repr(loaded[-1]), loaded[-1]
    assert "MyEncoder, not saved" in repr(loaded[1]), loaded[1]
    assert loaded[-1].history_["loss"]
    assert loaded[-1].model_.predict_on_batch(np.ones((1, 3), int)).shape == (1, 1)
    if "loss" in name or name == "search":
        for missing in (loaded[-1].loss, loaded[-1].metrics):
            assert "not saved" in repr(missing), missing
"""


def test_a_server_needs_no_class_of_the_training_script(tmp_path):
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "serve.py").write_text(SERVE)
    (tmp_path / "texts.json").write_text(json.dumps([TEXTS, LABELS]))
    paths = [str(Path(skembed.__file__).parents[1]), os.environ.get("PYTHONPATH")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    for program in ("train.py", "serve.py"):
        run = [sys.executable, program]
        ended = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr[-2000:]
        (tmp_path / "train.py").unlink(missing_ok=True)
    for path in tmp_path.glob("*.joblib"):
        assert str(tmp_path).encode() not in path.read_bytes()
