"""Other backends need no TensorFlow, and a missing backend is named with the remedy."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]

# Python runs this module at the start of every process, that of joblib's workers too.
SITECUSTOMIZE = """
import os, sys

class WithoutSome:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, *where):
        if name.partition(".")[0] in os.environ["NOT_INSTALLED"].split():
            return None
        return self.finder.find_spec(name, *where)

sys.meta_path[:] = map(WithoutSome, sys.meta_path)
"""

TRAIN_SEARCH_AND_LOAD = """
import io, json, sys, warnings
import joblib, numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
import skembed
from skembed import *

def imported(estimator=None, X=None, y=None):
    return float("tensorflow" in sys.modules)

texts, labels = ["well done", "not well done"] * 6, ["yes", "no"] * 6
classifier = KerasTextClassifier(
    architecture="average", embedding_dim=2, hidden_units=0, epochs=1, batch_size=6, random_state=0
)
after = {"import": imported()}

import keras
schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 9, 0.9)
optimizers = ["lazy_adam", keras.optimizers.SGD(schedule)]
classifier.set_params(callbacks=[keras.callbacks.EarlyStopping("loss")])
pipeline = make_pipeline(
    TextCleaner(), KerasTokenizerTransformer(), PadSequences(3),
    TrainedEmbeddingMatrix(vector_size=2, min_count=1, epochs=1), classifier,
)
grid = {"kerastextclassifier__optimizer": optimizers}
for n_jobs in (1, int(sys.argv[1])):
    search = GridSearchCV(pipeline, grid, cv=2, scoring=imported, n_jobs=n_jobs).fit(texts, labels)
    after[f"search, n_jobs={n_jobs}"] = float(search.cv_results_["mean_test_score"].max())

file = io.BytesIO()
joblib.dump(search.best_estimator_, file)
file.seek(0)
loaded = joblib.load(file)
np.testing.assert_array_equal(loaded.predict_proba(texts), search.predict_proba(texts))
after["load and predict"] = imported()
joblib.load(sys.argv[2]).predict_proba(["an old pipeline"])
after["load what TensorFlow trained"] = imported()
loaded[-1].model_.save(sys.argv[3])
keras.saving.load_model(sys.argv[3])
after["Keras's file"] = imported()

from scikeras.wrappers import KerasClassifier
assert isinstance(classifier, KerasClassifier)
print(json.dumps([keras.backend.backend(), after]))
"""


def run(code, folder, *arguments, not_installed="", **environment):
    """Run a program in a fresh process, without some packages."""
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment |= {"PYTHONPATH": path, "NOT_INSTALLED": not_installed}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("not_installed", ["", "tensorflow"])
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_works_without_tensorflow(backend, not_installed, tmp_path):
    """Where it is installed, it is not imported either: that takes seconds in each process."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    old = TESTS / "contract" / "data" / "pipeline-format-1.joblib"
    arguments = ["2", str(old), str(tmp_path / "model.keras")]
    answer = run(
        TRAIN_SEARCH_AND_LOAD,
        tmp_path,
        *arguments,
        not_installed=not_installed,
        KERAS_BACKEND=backend,
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    found, after = json.loads(answer.stdout.splitlines()[-1])
    assert found == backend
    assert after == dict.fromkeys(after, 0.0)


IMPORT_TWICE = """
for _ in range(2):  # as a cell of a notebook that is run again
    try:
        from skembed import KerasTextClassifier
    except ImportError as error:
        print(type(error).__name__, error)
from skembed import make_text_classifier
texts = ["well done", "badly done", "not done"] * 6
make_text_classifier(random_state=0).fit(texts, [1, 0, 0] * 6)  # has no network
"""


@pytest.mark.parametrize(
    ("backend", "not_installed", "remedy"),
    [
        ("tensorflow", "tensorflow jax torch", "or install jax or torch and start Python with"),
        ("jax", "tensorflow jax torch", "or install tensorflow or torch and start Python with"),
        (
            "torch",
            "torch jax",
            "or start Python with the environment variable KERAS_BACKEND set to",
        ),
    ],
)
def test_a_missing_backend_is_named_with_the_remedy(backend, not_installed, remedy, tmp_path):
    if "tensorflow" not in not_installed:
        pytest.importorskip("tensorflow")
        remedy += " a backend that is installed: tensorflow."
    answer = run(IMPORT_TWICE, tmp_path, not_installed=not_installed, KERAS_BACKEND=backend)
    assert answer.returncode == 0, answer.stderr
    expected = (
        f"NotInstalledError Keras is set to use {backend}, which is not installed. Install it "
        f"(pip install {backend}), {remedy}"
    )
    assert [line[: len(expected)] for line in answer.stdout.splitlines()] == [expected] * 2
