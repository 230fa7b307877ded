"""Every installed backend of Keras: fits repeat, and the other backends load the files."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.slow

BACKENDS = [
    name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name) is not None
]

FIT_AND_LOAD = """
import json, pickle, sys
from pathlib import Path
import numpy as np
from skembed import KerasTextClassifier, PretrainedEmbeddingMatrix, TokenSequences, Vocabulary
import keras

random = np.random.RandomState(0)
vocabulary = Vocabulary([f"word{i}" for i in range(30)])
lists = [random.randint(1, 31, n).tolist() for n in random.randint(1, 20, 40)]
sequences = TokenSequences.from_lists(lists, vocabulary=vocabulary)
vectors = dict(zip(vocabulary.words, random.normal(size=(30, 6))))
given = PretrainedEmbeddingMatrix(vectors).fit_transform(sequences)
labels = np.array(["no", "yes"] * 20)

small = {"hidden_units": 5, "epochs": 2, "batch_size": 16, "random_state": 0}
# No Adam: on TensorFlow, Keras squares the gradients of a word's places one by one.
unfrozen = {
    "architecture": "average",
    "unfreeze_after": 1,
    "warm_start": True,
    "optimizer": "sgd",
    "optimizer__momentum": 0.9,
    "optimizer__learning_rate": 0.1,
}
kinds = {
    "learned": ({"filters": 4, "kernel_size": (2, 3), "embedding_dim": 6}, sequences),
    "frozen": ({"filters": 4, "kernel_size": 2, "embedding_trainable": False}, given),
    "tuned": ({"architecture": "gru", "embedding_trainable": True, "dropout": 0.3}, given),
    "goes on": ({**unfrozen, "dropout": 0.0}, given),
    "goes on with dropout": ({**unfrozen, "dropout": 0.5}, given),
}

found = {"backend": keras.backend.backend()}
for name, (parameters, documents) in kinds.items():
    classifier, twin = (KerasTextClassifier(**small, **parameters) for _ in range(2))
    first = classifier.fit(documents, labels).predict_proba(documents)
    assert np.array_equal(first, twin.fit(documents, labels).predict_proba(documents)), name
    if name == "frozen":
        assert np.array_equal(classifier.embedding_weights_, given.embedding.values)
    Path(f"{name}.{keras.backend.backend()}").write_bytes(pickle.dumps(classifier))
    found[name] = first.tolist()
    if classifier.warm_start:
        found[name + ", on"] = classifier.fit(documents, labels).predict_proba(documents).tolist()

loaded = {}
for other in sys.argv[1:]:
    for name, (_, documents) in kinds.items():
        classifier = pickle.loads(Path(f"{name}.{other}").read_bytes())
        loaded[f"{name}.{other}"] = classifier.predict_proba(documents).tolist()
        if classifier.warm_start:
            went_on = classifier.fit(documents, labels).predict_proba(documents)
            loaded[f"{name}, on.{other}"] = went_on.tolist()
print(json.dumps([found, loaded]))
"""


def run(backend, folder, *others):
    finished = subprocess.run(
        [sys.executable, "-c", FIT_AND_LOAD, *others],
        env={**os.environ, "KERAS_BACKEND": backend},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The results of each backend in a separate process; the files stay for the others."""
    folder = tmp_path_factory.mktemp("backends")
    return folder, {backend: run(backend, folder)[0] for backend in BACKENDS}


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_repeats_and_loads_what_the_others_saved(first, backend):
    """Fits repeat to the last bit in one process and in two; loaded files predict the same."""
    folder, by_backend = first
    found, loaded = run(backend, folder, *BACKENDS)
    assert found == by_backend[backend]
    assert found["backend"] == backend
    for name, probabilities in loaded.items():
        kind, saved_on = name.split(".")
        expected = by_backend[saved_on][kind]
        if saved_on == backend:
            assert probabilities == expected, name
        elif kind == "goes on with dropout, on":  # the backends draw dropout differently
            assert np.isfinite(probabilities).all()
        else:
            np.testing.assert_allclose(probabilities, expected, atol=1e-5, err_msg=name)
