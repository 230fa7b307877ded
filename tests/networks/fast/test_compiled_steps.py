"""Compiled steps without Keras's pipeline train as ``keras.Model.fit`` does."""

import keras
import numpy as np
import pytest
from helpers import classifier

from skembed.networks.training import engines
from skembed.networks.training.keras_engine import KerasEngine

only_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the engine for TensorFlow"
)


class CountsBatches(keras.callbacks.Callback):
    heard = 0

    def on_train_batch_end(self, batch, logs=None):
        CountsBatches.heard += 1


class NotesAll(keras.callbacks.Callback):
    """Notes what is announced during a training, with the logs."""

    noted = ()

    def _note(self, *what):
        NotesAll.noted += (what,)

    def on_epoch_begin(self, epoch, logs=None):
        self._note("epoch", epoch)

    def on_train_batch_begin(self, batch, logs=None):
        self._note("begin", batch)

    def on_train_batch_end(self, batch, logs=None):
        self._note("end", batch, sorted((logs or {}).items()))

    def on_test_batch_end(self, batch, logs=None):
        self._note("test", batch, sorted((logs or {}).items()))

    def on_epoch_end(self, epoch, logs=None):
        self._note("end of epoch", epoch, sorted((logs or {}).items()))


class StopsWithin(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            self.model.stop_training = True


class StopsEvaluating(keras.callbacks.Callback):
    def on_test_batch_end(self, batch, logs=None):
        self.model.stop_evaluating = True


@only_tensorflow
@pytest.mark.parametrize(
    "callbacks", [NotesAll, [NotesAll, StopsWithin], [NotesAll, StopsEvaluating]]
)
@pytest.mark.parametrize("architecture", ["cnn", "average"])
def test_callbacks_hear_and_networks_learn_what_they_do_in_keras(
    architecture, callbacks, data, monkeypatch
):
    found = []
    for which in (engines.ENGINES, [KerasEngine()]):
        monkeypatch.setattr(engines, "ENGINES", which)
        NotesAll.noted = ()
        settings = {"early_stopping": True, "validation_fraction": 0.2, "batch_size": 3}
        fitted = classifier(architecture=architecture, callbacks=callbacks, **settings).fit(*data)
        found.append((NotesAll.noted, fitted.history_, fitted.model_.get_weights()))
    assert found[0][0] == found[1][0]
    assert found[0][1] == found[1][1]
    for ours, of_keras in zip(found[0][2], found[1][2], strict=True):
        np.testing.assert_array_equal(ours, of_keras)


@only_tensorflow
def test_training_goes_on_at_the_epoch_that_was_backed_up(data, tmp_path):
    class Breaks(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise ValueError("broken")

    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(ValueError, match="broken"):
        classifier(epochs=4, callbacks=[backup, Breaks()]).fit(*data)
    fitted = classifier(epochs=4, callbacks=[backup]).fit(*data)
    assert fitted.n_epochs_ == 2


@only_tensorflow
def test_weights_may_be_given_in_a_later_part_only(data):
    ids, labels = data
    fitted = classifier().partial_fit(ids, labels, classes=["negative", "positive"])
    before = fitted.model_.get_weights()  # from now on, weights are used only if they are given
    fitted.partial_fit(ids, labels)
    fitted.partial_fit(ids, labels, sample_weight=np.ones(len(labels)))
    fitted.partial_fit(ids, labels)
    assert any((a != b).any() for a, b in zip(before, fitted.model_.get_weights(), strict=True))


def test_a_callback_hears_of_each_batch_in_a_later_fit_and_on_the_live_network_too(data):
    ids, labels = data
    n_batches = -(-len(labels) // 8)
    fitted = classifier(batch_size=8, warm_start=True, epochs=1).fit(ids, labels)
    CountsBatches.heard = 0
    fitted.set_params(callbacks=CountsBatches).fit(ids, labels)
    assert CountsBatches.heard == n_batches
    fitted = classifier(batch_size=8, epochs=1).fit(ids, labels)
    model = fitted.model_
    assert model.steps_per_execution == 1
    target = (np.asarray(labels) == fitted.classes_[1]).astype(float)[:, None]
    model.fit(np.asarray(ids), target, batch_size=8, callbacks=[CountsBatches()], verbose=0)
    assert CountsBatches.heard == 2 * n_batches


@only_tensorflow
def test_to_look_at_the_network_between_batches_does_not_trace_it_each_time(data):
    ids, labels = data
    fitted = classifier().partial_fit(ids, labels, classes=["negative", "positive"])
    functions = []
    for _ in range(2):
        fitted.model_.summary(print_fn=str)
        fitted.partial_fit(ids, labels)
        functions.append(fitted._network.live.compiled[1])
    assert len(functions[0]) == 1
    assert functions[0] is functions[1]
    assert fitted.model_.train_function is None  # training by the user builds another function


def test_a_network_that_a_user_compiled_again_is_trained_as_compiled(data):
    ids, labels = data
    fitted = classifier().partial_fit(ids, labels, classes=["negative", "positive"])
    model = fitted.model_
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss="binary_crossentropy")
    before = model.get_weights()
    fitted.partial_fit(ids, labels)
    for then, now in zip(before, fitted.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(then, now)
    model.compile(optimizer=model.optimizer, loss=lambda y, p: 0.0 * p)
    model.optimizer.learning_rate = 1.0
    fitted.partial_fit(ids, labels)
    for then, now in zip(before, fitted.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(then, now)
