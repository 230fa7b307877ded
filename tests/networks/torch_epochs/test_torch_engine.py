"""The engine for PyTorch: what Keras learns, without waiting for the device."""

import signal

import keras
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from skembed import KerasTextClassifier, TokenSequences
from skembed.errors import TrainingDivergedError
from skembed.networks import ignores_padding
from skembed.networks.runtime.keras_internals import KnownShapes
from skembed.networks.training import engines, keras_engine
from skembed.networks.training.keras_engine import KerasEngine

if keras.backend.backend() != "torch":
    pytest.skip("this engine is for PyTorch", allow_module_level=True)

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from skembed.networks.torch_epochs import engine
from skembed.networks.torch_epochs.engine import TorchEngine

RANDOM = np.random.RandomState(0)
DOCUMENTS = [RANDOM.randint(1, 40, RANDOM.choice([10, 16, 30])).tolist() for _ in range(29)]
IDS = TokenSequences.from_lists(DOCUMENTS)
LABELS = np.array([document[0] % 3 for document in DOCUMENTS])


class Repeats:
    """Stands for CUDA graphs, which need a card: runs the step again."""

    def __init__(self):
        self.n_recorded = 0
        self.n_repeated = 0

    def waits(self, run):
        run()
        return False

    def record(self, run):
        self.n_recorded += 1

        def repeat():
            self.n_repeated += 1
            run()

        return repeat


class Waits(Repeats):
    """Finds that the step waits for the device."""

    def waits(self, run):
        run()
        return True


class Fails(Repeats):
    """Cannot record."""

    def record(self, run):
        raise RuntimeError("operation not permitted when stream is capturing")


class DoesNothing(Repeats):
    """Repeats wrongly."""

    def record(self, run):
        return lambda: None


class Operations(TorchDispatchMode):
    """Notes each operation on tensors, also those of gradients."""

    def __init__(self):
        super().__init__()
        self.noted = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        results = function(*args, **kwargs)
        self.noted.append((function, args, kwargs, results))
        return results

    @torch.no_grad()
    def repeat(self):
        """Do the same with the same tensors, in place, and without Python code of the step."""
        for function, args, kwargs, results in self.noted:
            for old, new in zip(tree_leaves(results), tree_leaves(function(*args, **kwargs))):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


class Replays(Repeats):
    """Does on a CPU what a CUDA graph does on a card."""

    def record(self, run):
        self.n_recorded += 1
        operations, done = Operations(), []
        with operations:
            run()  # a CUDA graph would not run it yet

        def repeat():
            self.n_repeated += 1
            if done:
                operations.repeat()
            done.append(True)

        return repeat


class OnCpu(TorchEngine):
    """The engine, chosen on a CPU, with something in place of CUDA graphs."""

    def __init__(self, recorder):
        super().__init__("cpu")
        self.made = recorder

    def recorder(self):
        return self.made


@pytest.fixture(params=[None, Repeats, Replays, Waits, Fails, DoesNothing], ids=str)
def torch_engine(request, monkeypatch):
    chosen = OnCpu(request.param and request.param())
    monkeypatch.setattr(engines, "ENGINES", [chosen, KerasEngine()])
    return chosen


@pytest.fixture
def on_cpu(monkeypatch):
    chosen = OnCpu(Replays())
    monkeypatch.setattr(engines, "ENGINES", [chosen, KerasEngine()])
    return chosen


class WithTheSameDraws(KerasEngine):
    """The engine of Keras, without the data loader of PyTorch, which draws a number per epoch."""

    def fit(self, job):
        class Loaded(KnownShapes):
            def get_torch_dataloader(self):
                data = self.py_dataset
                return (tuple(map(torch.as_tensor, data[i])) for i in range(len(data)))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keras_engine, "KnownShapes", Loaded)
            super().fit(job)


def classifier(**params):
    settings = {"filters": 4, "embedding_dim": 4, "epochs": 3, "batch_size": 8, "random_state": 0}
    return KerasTextClassifier(**(settings | params))


NETWORKS = {
    "cnn": {"early_stopping": True, "validation_fraction": 0.4, "n_iter_no_change": 1},
    "average": {"filters": None, "optimizer": "lazy_adam", "class_weight": "balanced"},
    "lstm": {"filters": None, "hidden_units": 3, "optimizer__clipnorm": 0.1},
    "multichannel_cnn": {"optimizer__ema_momentum": 0.9, "optimizer__use_ema": True},
    "stacked_cnn": {"optimizer": "rmsprop", "metrics": ["accuracy", keras.metrics.F1Score()]},
    "flatten": {"filters": None, "unfreeze_after": 1, "optimizer__weight_decay": 0.1},
}


@pytest.mark.filterwarnings("ignore::skembed.errors.RandomVectorsWarning")  # "flatten"
@pytest.mark.parametrize("architecture", NETWORKS)
def test_weights_and_history_are_those_of_keras(architecture, torch_engine, monkeypatch):
    ids = IDS if architecture in ("cnn", "average", "multichannel_cnn") else IDS.padded(16)
    params = {"architecture": architecture} | NETWORKS[architecture]
    weights = np.linspace(0.5, 2, len(LABELS))
    found = classifier(**params).fit(ids, LABELS, sample_weight=weights)
    monkeypatch.setattr(engines, "ENGINES", [WithTheSameDraws()])
    expected = classifier(**params).fit(ids, LABELS, sample_weight=weights)
    assert found.history_.keys() == expected.history_.keys()
    for name, values in expected.history_.items():
        np.testing.assert_allclose(found.history_[name], values, rtol=1e-4, atol=1e-6)
    for one, other in zip(found.model_.get_weights(), expected.model_.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    np.testing.assert_allclose(found.predict_proba(ids), expected.predict_proba(ids), atol=1e-5)


def test_shapes_that_come_again_are_repeated(on_cpu):
    classifier(epochs=4, early_stopping=True, n_iter_no_change=9).fit(IDS, LABELS)
    assert 0 < on_cpu.made.n_recorded < on_cpu.made.n_repeated
    assert on_cpu.made.n_repeated < 4 * (4 + 1)  # batches of documents to learn from, to validate


class NothingIsRead(TorchDispatchMode):
    """Fails if a value of a tensor is needed in Python, for which a card has to be waited for."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        waiting = ("_local_scalar_dense", "nonzero", "equal.default", "_unique2", "masked_select")
        assert not any(name in str(function) for name in waiting), str(function)
        return function(*args, **(kwargs or {}))


class NothingIsSent(TorchFunctionMode):
    """Fails if, while armed, a tensor is made of a Python value: a copy to a card."""

    armed = False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        makers = (torch.as_tensor, torch.tensor, torch.from_numpy)
        sent = self.armed and function in makers and not isinstance(args[0], torch.Tensor)
        assert not sent, f"{function.__name__}({args[0]!r})"
        return function(*args, **(kwargs or {}))


@pytest.mark.filterwarnings("ignore::skembed.errors.RandomVectorsWarning")  # "flatten"
@pytest.mark.parametrize("architecture", sorted({*NETWORKS} - {"lstm"}))
def test_a_step_neither_reads_from_the_device_nor_sends_to_it(architecture, monkeypatch):
    sent, steps = NothingIsSent(), []

    class Watches(Repeats):
        def waits(self, run):
            sent.armed = True
            try:
                with NothingIsRead():
                    run()
            finally:
                sent.armed = False
            steps.append(run)
            return True

    monkeypatch.setattr(engines, "ENGINES", [OnCpu(Watches())])
    ids = IDS if architecture in ("cnn", "average", "multichannel_cnn") else IDS.padded(16)
    with sent:  # outside of what keeps numbers on the device
        classifier(architecture=architecture, **NETWORKS[architecture]).fit(ids, LABELS)
    assert steps


def test_callbacks_that_listen_to_batches_get_the_engine_of_keras(on_cpu):
    n_batches = []
    heard = keras.callbacks.LambdaCallback(on_train_batch_end=lambda i, logs: n_batches.append(i))
    classifier(epochs=1, callbacks=heard).fit(IDS, LABELS)
    assert len(n_batches) == 4
    assert on_cpu.made.n_recorded == 0


def test_callbacks_of_epochs_are_called(on_cpu):
    epochs, rates = [], []

    class Heard(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            epochs.append((epoch, {*logs}))

    def slower(epoch, rate):
        rates.append(rate)
        return rate / 2

    classifier(callbacks=[Heard(), keras.callbacks.LearningRateScheduler(slower)]).fit(IDS, LABELS)
    assert [number for number, _ in epochs] == [0, 1, 2]
    assert rates == pytest.approx([0.001, 0.0005, 0.00025])
    assert on_cpu.made.n_repeated


def test_ctrl_c_stops_after_the_batch(on_cpu, monkeypatch):
    widths, order = [], engine.ResidentDocuments.order

    def pressed(documents):
        for width, rows in order(documents):
            widths.append(width)
            if len(widths) == 6:
                signal.raise_signal(signal.SIGINT)
            yield width, rows

    monkeypatch.setattr(engine.ResidentDocuments, "order", pressed)
    with pytest.warns(UserWarning, match="interrupted after 2 of 3 epochs"):
        fitted = classifier().fit(IDS, LABELS)
    assert len(widths) == 6
    assert np.isfinite(fitted.predict_proba(IDS)).all()


def test_a_training_that_diverges_is_noticed(torch_engine):
    with pytest.raises(TrainingDivergedError):
        classifier(optimizer="sgd", optimizer__learning_rate=1e30).fit(IDS, LABELS)


def test_documents_that_a_card_has_no_room_for_are_copied_batch_by_batch(on_cpu, monkeypatch):
    monkeypatch.setattr(engine, "_free_bytes", lambda device: 1000.0)
    with pytest.warns(UserWarning, match="need 0 MB, and the card has 0 MB free") as caught:
        found = classifier().fit(IDS, LABELS)
    assert sum("card" in str(warning.message) for warning in caught) == 1
    assert on_cpu.made.n_recorded == 0
    monkeypatch.setattr(engines, "ENGINES", [KerasEngine()])
    expected = classifier().fit(IDS, LABELS)
    np.testing.assert_array_equal(found.predict_proba(IDS), expected.predict_proba(IDS))


def test_a_step_of_the_user_gets_the_engine_of_keras(on_cpu):
    class Own(keras.Model):
        def train_step(self, data):
            return super().train_step(data)

    def network(facts):
        ids = keras.Input((None,), dtype="int32")
        words = keras.layers.Embedding(facts.n_ids, 4)(ids)
        x = keras.layers.GlobalAveragePooling1D()(words)
        return Own(ids, keras.layers.Dense(facts.n_outputs, activation="softmax")(x))

    fitted = KerasTextClassifier(architecture=ignores_padding(network), epochs=2, random_state=0)
    fitted.fit(IDS, LABELS)
    assert on_cpu.made.n_recorded == 0


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(policy, on_cpu, monkeypatch):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        found = classifier().fit(IDS, LABELS)
        monkeypatch.setattr(engines, "ENGINES", [WithTheSameDraws()])
        expected = classifier().fit(IDS, LABELS)
    finally:
        keras.config.set_dtype_policy(before)
    np.testing.assert_allclose(found.predict_proba(IDS), expected.predict_proba(IDS), atol=0.01)


def test_training_continues(on_cpu, monkeypatch):
    def fitted_twice():
        return classifier(warm_start=True).fit(IDS, LABELS).fit(IDS, LABELS)

    found = fitted_twice()
    monkeypatch.setattr(engines, "ENGINES", [WithTheSameDraws()])
    np.testing.assert_allclose(
        found.predict_proba(IDS), fitted_twice().predict_proba(IDS), atol=1e-5
    )


def test_a_search_scores_as_with_keras(on_cpu, monkeypatch):
    def scores():
        grid = {"filters": [2, 4], "dropout": [0.0]}
        search = GridSearchCV(classifier(), grid, cv=2, scoring="neg_log_loss").fit(IDS, LABELS)
        return search.cv_results_["mean_test_score"]

    found = scores()
    assert on_cpu.made.n_repeated
    monkeypatch.setattr(engines, "ENGINES", [KerasEngine()])
    np.testing.assert_allclose(found, scores(), rtol=1e-4)


def test_steps_are_recorded_anew_for_another_dropout_rate(on_cpu):
    class NoDropout(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 3:
                (dropout,) = (x for x in self.model.layers if isinstance(x, keras.layers.Dropout))
                dropout.rate = 0.0

    classifier(epochs=6).fit(IDS, LABELS)
    n_recorded = on_cpu.made.n_recorded
    classifier(epochs=6, callbacks=NoDropout).fit(IDS, LABELS)
    assert on_cpu.made.n_recorded - n_recorded > n_recorded


def test_on_a_processor_networks_are_trained_by_keras():
    chosen, *_, last = engines.ENGINES
    assert isinstance(chosen, TorchEngine)
    assert chosen.platform == "cuda"
    assert isinstance(last, KerasEngine)
    if not torch.cuda.is_available():
        fitted = classifier(epochs=1).fit(IDS, LABELS)
        assert fitted.model_.variables[0].value.device.type != chosen.platform
