"""The engines that train: each fits the same network, and a fast one can be deleted."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import skembed
from skembed import KerasTextClassifier
from skembed.networks.training import engines, loop
from skembed.networks.training.keras_engine import KerasEngine

IDS = np.random.RandomState(0).randint(1, 30, (40, 12))
LABELS = IDS[:, 0] % 3

FIT = """
import numpy as np
from skembed import KerasTextClassifier
ids = np.random.RandomState(0).randint(1, 30, (40, 12))
classifier = KerasTextClassifier(
    filters=4, embedding_dim=4, epochs=2, early_stopping=True, validation_fraction=0.2,
    random_state=0,
)
print(classifier.fit(ids, ids[:, 0] % 3).predict_proba(ids).tolist())
"""


def classifier(**params):
    settings = {"filters": 4, "embedding_dim": 4, "epochs": 2, "random_state": 0}
    settings |= {"early_stopping": True, "validation_fraction": 0.2}
    return KerasTextClassifier(**(settings | params))


def test_fast_engines_can_be_deleted(tmp_path):
    package = Path(skembed.__file__).parent
    without = shutil.ignore_patterns("fast", "jax_epochs", "torch_epochs", "__pycache__")
    shutil.copytree(package, tmp_path / "skembed", ignore=without)
    result = subprocess.run(
        [sys.executable, "-c", FIT + "import skembed; print(skembed.__file__)"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    probabilities, path = result.stdout.splitlines()
    assert Path(path) == tmp_path / "skembed" / "__init__.py"
    expected = classifier().fit(IDS, LABELS).predict_proba(IDS)
    np.testing.assert_allclose(json.loads(probabilities), expected, atol=1e-5)


@pytest.mark.parametrize("architecture", ["average", "cnn", "lstm"])
def test_the_engine_of_keras_learns_the_same(architecture, monkeypatch):
    params = {"architecture": architecture, "filters": 4 if architecture == "cnn" else None}
    expected = classifier(**params).fit(IDS, LABELS)
    monkeypatch.setattr(engines, "ENGINES", [KerasEngine()])
    fitted = classifier(**params).fit(IDS, LABELS)
    assert fitted.history_["val_loss"] == pytest.approx(expected.history_["val_loss"], rel=1e-5)
    np.testing.assert_allclose(fitted.predict_proba(IDS), expected.predict_proba(IDS), rtol=1e-4)


@pytest.mark.parametrize("n_words", [12, 220])  # from 200 words on, "cnn" trains in another way
def test_the_engine_of_keras_has_the_same_loss_and_metrics(n_words, monkeypatch):
    ids = np.random.RandomState(0).randint(1, 30, (40, n_words))
    params = {
        "loss": lambda target, output: keras.ops.sum(keras.ops.abs(target - output), axis=-1),
        "metrics": ["accuracy", "auc", keras.metrics.F1Score()],
    }
    expected = classifier(**params).fit(ids, ids[:, 0] % 3).history_
    monkeypatch.setattr(engines, "ENGINES", [KerasEngine()])
    found = classifier(**params).fit(ids, ids[:, 0] % 3).history_
    assert set(found) == set(expected)
    for name in ("loss", "val_loss"):
        assert found[name][0] == pytest.approx(expected[name][0], rel=0.1)
    if n_words == 12:
        for name, values in expected.items():
            np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-5)


class BatchEngine:
    """Trains on one batch at a time, without ``keras.Model.fit``."""

    def __init__(self):
        self.jobs = []

    def supports(self, job):
        return job.validation is None

    def fit(self, job):
        self.jobs.append(job)
        batches, model = job.training_batches(), job.network.model
        callbacks = keras.callbacks.CallbackList(job.callbacks, model=model, epochs=job.epochs)
        callbacks.on_train_begin()
        for epoch in range(job.epochs):
            callbacks.on_epoch_begin(epoch)
            batches.shuffle()
            losses = [model.train_on_batch(*batches[i])[0] for i in range(len(batches))]
            callbacks.on_epoch_end(epoch, {"loss": float(losses[-1])})
        callbacks.on_train_end()


def test_another_engine_needs_no_change_of_the_loop(monkeypatch):
    engine = BatchEngine()
    monkeypatch.setattr(engines, "ENGINES", [engine, *engines.ENGINES])
    fitted = classifier(early_stopping=False, epochs=30, optimizer__learning_rate=0.05)
    fitted.fit(IDS, LABELS)
    assert len(fitted.history_["loss"]) == fitted.n_epochs_ == 30
    assert fitted.score(IDS, LABELS) > 0.9
    classifier().fit(IDS, LABELS)
    assert len(engine.jobs) == 1


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the fast engine is its own")
@pytest.mark.parametrize("settings", [{"steps_per_execution": 2}, {"run_eagerly": True}])
def test_settings_of_a_user_s_compiled_network_are_kept(settings, monkeypatch):
    chosen = []

    def engine_for(job):
        chosen.append(engines.engine_for(job))
        return chosen[-1]

    monkeypatch.setattr(loop, "engine_for", engine_for)

    def compiled(facts):
        ids = keras.Input((None,), dtype="int32")
        x = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(facts.n_ids, 4)(ids))
        model = keras.Model(ids, keras.layers.Dense(facts.n_outputs, activation="softmax")(x))
        model.compile("adam", "sparse_categorical_crossentropy", **settings)
        return model

    fitted = KerasTextClassifier(architecture=compiled, epochs=1, random_state=0).fit(IDS, LABELS)
    assert type(chosen[0]) is KerasEngine
    for name, value in settings.items():
        assert getattr(fitted.model_, name) == value
