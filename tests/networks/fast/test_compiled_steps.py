"""Several batches in one call of TensorFlow give the same training as one by one."""

import keras
import numpy as np
import pytest
from helpers import classifier


class CountsBatches(keras.callbacks.Callback):
    heard = 0

    def on_train_batch_end(self, batch, logs=None):
        CountsBatches.heard += 1


class NotesBatchesAtOnce(keras.callbacks.Callback):
    noted = None

    def on_epoch_end(self, epoch, logs=None):
        NotesBatchesAtOnce.noted = self.model.steps_per_execution


def test_several_batches_at_once_are_the_same_as_one_by_one(data):
    found = []
    for callbacks in (NotesBatchesAtOnce, [NotesBatchesAtOnce, CountsBatches]):
        fitted = classifier(architecture="cnn", batch_size=3, callbacks=callbacks).fit(*data)
        at_once = isinstance(callbacks, type) and keras.backend.backend() == "tensorflow"
        assert (NotesBatchesAtOnce.noted > 1) == at_once
        found.append([*fitted.history_.values(), *fitted.model_.get_weights()])
    tolerance = 1e-6 * (keras.backend.backend() == "jax")  # there, two engines train them
    for at_once, one_by_one in zip(*found, strict=True):
        np.testing.assert_allclose(at_once, one_by_one, rtol=tolerance, atol=tolerance)


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


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only there several at once")
def test_to_look_at_the_network_between_batches_does_not_trace_it_each_time(data):
    ids, labels = data
    fitted = classifier().partial_fit(ids, labels, classes=["negative", "positive"])
    functions = []
    for _ in range(2):
        fitted.model_.summary(print_fn=str)
        fitted.partial_fit(ids, labels)
        functions.append(fitted._network.live.compiled.functions[0])
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
