"""The engine for JAX: what Keras learns, with programs that several fits share."""

import signal
from functools import partial
from itertools import product
from typing import ClassVar

import keras
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from skembed import KerasTextClassifier, TokenSequences
from skembed.errors import TrainingDivergedError
from skembed.networks import ignores_padding
from skembed.networks.training import engines
from skembed.networks.training.keras_engine import KerasEngine

if keras.backend.backend() != "jax":
    pytest.skip("this engine is for JAX", allow_module_level=True)

from skembed.networks.jax_epochs import engine, part, prediction, programs
from skembed.networks.jax_epochs.documents import ResidentDocuments
from skembed.networks.jax_epochs.engine import JaxEngine
from skembed.networks.jax_epochs.forms import Forms

IN_STEPS, IN_LOOPS = JaxEngine("cpu", max_batches=1), JaxEngine("cpu", max_batches=3)
RANDOM = np.random.RandomState(0)
# Lengths of which the engine makes two widths, and Keras's engine three.
DOCUMENTS = [RANDOM.randint(1, 40, RANDOM.choice([10, 16, 30])).tolist() for _ in range(29)]
IDS = TokenSequences.from_lists(DOCUMENTS)
LABELS = np.array([document[0] % 3 for document in DOCUMENTS])


@pytest.fixture(autouse=True)
def jax_engine(monkeypatch):
    """The engine as on a card, in loops of a few batches, chosen on a CPU."""
    monkeypatch.setattr(engines, "ENGINES", [IN_LOOPS, KerasEngine()])
    return IN_LOOPS


@pytest.fixture
def no_forms(monkeypatch):
    """No network was trained yet."""
    forms = Forms()
    for module in (engine, prediction):
        monkeypatch.setattr(module, "FORMS", forms)


@pytest.fixture
def compiled(monkeypatch):
    """The shapes that programs are compiled for."""
    compiled, jit_of = [], programs.lowered

    def lowered(step, form, width, *args, donates):
        compiled.append((step.__name__, width))
        return jit_of(step, form, width, *args, donates=donates)

    monkeypatch.setattr(programs, "lowered", lowered)
    return compiled


def classifier(**params):
    settings = {"filters": 4, "embedding_dim": 4, "epochs": 2, "batch_size": 8, "random_state": 0}
    return KerasTextClassifier(**(settings | params))


def in_calls_of(jax_engine):
    """The engine of Keras, with the order of the batches of another engine."""

    class SameOrder(KerasEngine):
        def fit(self, job):
            job_batches = type(job).training_batches

            def training_batches(job):
                batches = job_batches(job)
                few_widths = jax_engine.max_batches > 1
                shuffle, resident = batches.shuffle, ResidentDocuments(batches, few_widths)

                def shuffled():
                    shuffle()
                    calls = resident.calls(batches.batches, 8, jax_engine.max_batches, False)
                    batches.batches = [places for _, of_call in calls for places in of_call]

                batches.shuffle = shuffled
                return batches

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(type(job), "training_batches", training_batches)
                super().fit(job)

    return SameOrder()


NETWORKS = {
    "cnn": {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 1},
    "average": {"filters": None, "optimizer": "lazy_adam", "class_weight": "balanced"},
    "lstm": {"filters": None, "hidden_units": 3, "optimizer__clipnorm": 0.1},
    "multichannel_cnn": {"optimizer__ema_momentum": 0.9, "optimizer__use_ema": True},
    "stacked_cnn": {"optimizer": "rmsprop", "metrics": ["accuracy", keras.metrics.F1Score()]},
    "flatten": {"filters": None, "unfreeze_after": 1, "optimizer__weight_decay": 0.1},
}
OPTIMIZERS = [
    {"optimizer": "adafactor"},
    {"optimizer": "muon"},
    {"optimizer": "sgd", "optimizer__momentum": 0.9},
    {"optimizer__gradient_accumulation_steps": 2},
    {"optimizer__learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)},
]


@pytest.mark.parametrize("params", OPTIMIZERS, ids=lambda params: "-".join(map(str, params)))
def test_any_optimizer_learns_what_it_does_with_keras(params, monkeypatch):
    params = {"architecture": "average", "filters": None} | params
    found = classifier(**params).fit(IDS, LABELS).model_.get_weights()
    monkeypatch.setattr(engines, "ENGINES", [in_calls_of(IN_LOOPS)])
    expected = classifier(**params).fit(IDS, LABELS).model_.get_weights()
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy, monkeypatch):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        found = classifier().fit(IDS, LABELS).predict_proba(IDS)
        monkeypatch.setattr(engines, "ENGINES", [in_calls_of(IN_LOOPS)])
        expected = classifier().fit(IDS, LABELS).predict_proba(IDS)
    finally:
        keras.config.set_dtype_policy(before)
    np.testing.assert_allclose(found, expected, atol=0.01)


@pytest.mark.filterwarnings("ignore::skembed.errors.RandomVectorsWarning")  # "flatten"
@pytest.mark.parametrize(
    ("architecture", "jax_engine"), [("cnn", IN_STEPS), *product(NETWORKS, [IN_LOOPS])]
)
def test_weights_and_history_are_those_of_keras(architecture, jax_engine, monkeypatch):
    monkeypatch.setattr(engines, "ENGINES", [jax_engine])
    ids = IDS if architecture in ("cnn", "average", "multichannel_cnn") else IDS.padded(16)
    params = {"architecture": architecture, "epochs": 2} | NETWORKS[architecture]
    weights = np.linspace(0.5, 2, len(LABELS))
    found = classifier(**params).fit(ids, LABELS, sample_weight=weights)
    monkeypatch.setattr(engines, "ENGINES", [in_calls_of(jax_engine)])
    expected = classifier(**params).fit(ids, LABELS, sample_weight=weights)
    assert found.history_.keys() == expected.history_.keys()
    for name, values in expected.history_.items():
        np.testing.assert_allclose(found.history_[name], values, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.predict_proba(ids), expected.predict_proba(ids), atol=1e-5)
    for one, other in zip(found.model_.get_weights(), expected.model_.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert found.predict_proba(ids[:1]).shape == (1, 3)


def test_a_search_compiles_only_for_its_first_fit(jax_engine, no_forms, compiled):
    rows = np.arange(len(IDS)) % 10  # every fold has a vocabulary of its own
    documents = [[token + fold for token in doc] for fold, doc in zip(rows, DOCUMENTS)]
    grid = {
        "dropout": [0.2, 0.4],
        "optimizer__learning_rate": [0.001, 0.01],
        "random_state": [1, 2],
    }
    first = classifier(dropout=0.3, epochs=1)
    first.fit(IDS[:20], LABELS[:20]).predict(IDS)
    assert {step for step, _ in compiled} == {"train", "_predict"}
    del compiled[:]
    search = GridSearchCV(classifier(epochs=1), grid, cv=2, scoring="accuracy")
    search.fit(TokenSequences.from_lists(documents), LABELS)
    n_ids = {fitted.shape for fitted in [search.best_estimator_.embedding_weights_]}
    assert n_ids != {first.embedding_weights_.shape}
    assert not compiled


@pytest.mark.parametrize("n", [1, 50])
def test_predictions_have_a_handful_of_shapes(n, jax_engine, no_forms, compiled):
    fitted = classifier(epochs=1).fit(IDS, LABELS)
    expected = fitted.predict_proba(IDS)
    del compiled[:]
    ids = TokenSequences.from_lists([[1 + i % 30] * (i + 1) for i in range(n)])
    assert fitted.predict_proba(ids).shape == (n, 3)
    assert len(compiled) <= 3
    fitted.model_.summary(print_fn=str)  # from now on Keras predicts, as a user holds the model
    np.testing.assert_allclose(fitted.predict_proba(IDS), expected, atol=1e-6)


class Rates(keras.callbacks.Callback):
    """Changes the learning rate, reads weights, and stops."""

    weights: ClassVar = []

    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.0 if epoch == 1 else 0.1

    def on_epoch_end(self, epoch, logs=None):
        assert {"loss", "accuracy"} <= logs.keys()
        self.weights.append(self.model.get_weights()[0].copy())
        self.model.stop_training = epoch == 2


def test_callbacks_see_the_model_at_the_end_of_an_epoch(jax_engine):
    fitted = classifier(epochs=9, callbacks=[Rates()]).fit(IDS, LABELS)
    one, two, three = Rates.weights
    assert fitted.n_epochs_ == 3
    np.testing.assert_array_equal(one, two)
    assert np.abs(two - three).max() > 0.01
    np.testing.assert_array_equal(three, fitted.embedding_weights_)


def test_batch_methods_get_the_engine_of_keras(jax_engine, monkeypatch):
    monkeypatch.setattr(JaxEngine, "fit", None)
    calls = []
    each = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: calls.append(batch)
    )
    classifier(epochs=1, callbacks=[each]).fit(IDS, LABELS)
    assert len(calls) == 4


def test_ctrl_c_is_heard_between_calls(jax_engine, monkeypatch):
    monkeypatch.setattr(part, "_SECONDS_PER_CALL", 0.0)  # a batch per call
    run, calls = part.Part._args, []

    def press(self, places):
        calls.append(len(places))
        if len(calls) == 12:
            signal.raise_signal(signal.SIGINT)
        return run(self, places)

    monkeypatch.setattr(part.Part, "_args", press)
    with pytest.warns(UserWarning, match="interrupted after"):
        fitted = classifier(epochs=50).fit(IDS, LABELS)
    assert len(calls) <= 13
    assert np.isfinite(fitted.predict_proba(IDS)).all()


def test_nan_is_noticed_and_weights_are_restored(jax_engine):
    fitted = classifier(warm_start=True).fit(IDS, LABELS)
    before = fitted.predict_proba(IDS)
    fitted.set_params(epochs=20)
    fitted._network.model.optimizer.learning_rate = np.inf
    with pytest.raises(TrainingDivergedError, match="after epoch 1 "):
        fitted.fit(IDS, LABELS)
    np.testing.assert_allclose(fitted.predict_proba(IDS), before, atol=1e-6)


def test_training_continues_without_compiling(jax_engine, no_forms, compiled):
    whole = classifier(epochs=4).fit(IDS, LABELS)
    del compiled[:]
    parts = classifier(epochs=2, warm_start=True).fit(IDS, LABELS)
    parts.fit(IDS, LABELS)
    assert not compiled
    assert len(parts.history_["loss"]) == 4
    assert parts.history_["loss"][:2] == pytest.approx(whole.history_["loss"][:2])


def test_a_card_without_room_for_the_documents(jax_engine, monkeypatch):
    expected = classifier().fit(IDS, LABELS).history_["loss"]
    monkeypatch.setattr(engine, "_free_bytes", lambda: 1000.0)
    with pytest.warns(UserWarning, match="Each batch is copied") as caught:
        found = classifier().fit(IDS, LABELS).history_["loss"]
    assert sum("Each batch" in str(warning.message) for warning in caught) == 1
    assert found == pytest.approx(expected, rel=0.1)


@ignores_padding
def mean_network(facts):
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(facts.n_ids, 4)(ids)
    x = keras.layers.BatchNormalization()(keras.layers.GlobalMaxPooling1D()(x))
    return keras.Model(ids, keras.layers.Dense(facts.n_outputs, activation="softmax")(x))


def squared(targets, outputs):
    return keras.ops.sum(keras.ops.square(targets - outputs), axis=-1)


@pytest.mark.parametrize("loss", [None, squared])
def test_parts_of_a_user(loss, jax_engine, monkeypatch):
    params = {"architecture": mean_network, "filters": None, "embedding_dim": None, "loss": loss}
    found = classifier(**params).fit(IDS.padded(16), LABELS)
    monkeypatch.setattr(engines, "ENGINES", [in_calls_of(jax_engine)])
    expected = classifier(**params).fit(IDS.padded(16), LABELS)
    assert found.history_["loss"] == pytest.approx(expected.history_["loss"], rel=1e-5)
    for one, other in zip(found.model_.get_weights(), expected.model_.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


class Scaled(keras.layers.Layer):
    """A layer without a configuration."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, x):
        return self.factor * x


def test_a_layer_without_configuration_is_compiled_for_its_network(no_forms):
    def scaled(factor, facts):
        ids = keras.Input((None,), dtype="int32")
        x = keras.layers.GlobalMaxPooling1D()(keras.layers.Embedding(facts.n_ids, 4)(ids))
        units = keras.layers.Dense(facts.n_outputs, activation="softmax")
        return keras.Model(ids, units(Scaled(factor)(x)))

    first_losses = {
        classifier(architecture=partial(scaled, factor), filters=None, embedding_dim=None, epochs=1)
        .fit(IDS.padded(16), LABELS)
        .history_["loss"][0]
        for factor in (1.0, 30.0)
    }
    assert len(first_losses) == 2
