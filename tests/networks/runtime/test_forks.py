"""A forked process computes, or it says at once why it cannot; it never waits forever."""

import os
import signal
import subprocess
import sys

import keras
import pytest

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork"),
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it concerns TensorFlow"),
]

SETTING = """
import os, signal, sys
import joblib, numpy as np
from skembed import KerasTextClassifier, make_text_classifier
from skembed.errors import SkembedError

ids, labels = np.array([[1, 2], [3, 4]] * 6), [1, 0] * 6
texts, path = ["good work", "poor work"] * 6, "model.joblib"

def new():
    return KerasTextClassifier(architecture="average", epochs=1, optimizer="sgd", random_state=0)

def in_a_fork(what):
    sys.stdout.flush()
    if not (child := os.fork()):
        signal.alarm(60)  # ends a process that waits forever
        try:
            print("fine" if what() is not None else "nothing")
        except SkembedError as error:
            print(type(error).__name__, "post_fork" in str(error), "spawn" in str(error))
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
REFUSED = "ForkedProcessError True True"


def run(program, folder):
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SETTING + program],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, errors = process.communicate(timeout=300)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # also the forks
    assert process.returncode == 0, errors
    return out.splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    run("joblib.dump(new().fit(ids, labels), path)", folder)
    return folder


AFTER_A_PREDICTION = """
model = joblib.load(path)
model.predict(ids)
linear = make_text_classifier(random_state=0).fit(texts, labels)
for what in (
    lambda: model.predict(ids),
    lambda: model.predict_proba(ids),
    lambda: joblib.load(path).predict(ids),
    lambda: new().fit(ids, labels),
    lambda: model.set_params(warm_start=True).fit(ids, labels),
    lambda: model.partial_fit(ids, labels),
    lambda: model.model_,
    lambda: in_a_fork(lambda: model.predict(ids)),
):
    in_a_fork(what)
print("--")
for what in (
    lambda: linear.predict(texts),
    lambda: make_text_classifier(random_state=0).fit(texts, labels),
    lambda: model.embedding_weights_,
    lambda: joblib.dump(model, "copy.joblib"),
):
    in_a_fork(what)
assert np.array_equal(model.predict(ids), joblib.load("copy.joblib").predict(ids))
"""


def test_after_a_prediction_only_what_needs_no_tensorflow_works_in_a_fork(folder):
    refused, fine = "\n".join(run(AFTER_A_PREDICTION, folder)).split("\n--\n")
    assert refused.splitlines() == [REFUSED] * 8 + ["nothing"]
    assert fine.splitlines() == ["fine"] * 4


LOADED = """
model = joblib.load(path)
in_a_fork(lambda: model.predict(ids))
in_a_fork(lambda: new().fit(ids, labels))
in_a_fork(lambda: in_a_fork(lambda: model.predict(ids)) or 1)
model.predict(ids)
in_a_fork(lambda: model.predict(ids))
"""


def test_a_model_that_is_only_loaded_before_a_fork_predicts_after_it(folder):
    assert run(LOADED, folder) == [*["fine"] * 4, REFUSED]


OTHER_USE = """
import keras
keras.ops.zeros(1)
in_a_fork(lambda: new().fit(ids, labels))
in_a_fork(lambda: joblib.load(path).predict(ids))
"""


@pytest.mark.slow
def test_any_use_of_tensorflow_counts(folder):
    assert run(OTHER_USE, folder) == [REFUSED] * 2


WORKERS = """
from sklearn.model_selection import GridSearchCV

def search(estimator, grid, X):
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
        return GridSearchCV(estimator, grid, cv=2).fit(X, labels)

linear = make_text_classifier(random_state=0)
print(search(new(), {"embedding_dim": [2, 3]}, ids).best_score_ >= 0)  # it refits in this process
print(search(linear, {"vote__ratio": ["drop", linear["vote"].estimators[1][1]]}, texts)
      .best_score_ >= 0)
try:
    search(new(), {"embedding_dim": [2, 3]}, ids)
except ValueError as error:
    print("ForkedProcessError" in str(error))
"""


@pytest.mark.slow
def test_workers_of_multiprocessing(folder):
    assert run(WORKERS, folder) == ["True"] * 3
