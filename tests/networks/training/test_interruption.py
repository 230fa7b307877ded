"""Ctrl-C during training leaves a fitted network."""

import os
import pickle
import signal

import keras
import numpy as np
import pytest
from helpers import classifier


@pytest.fixture(autouse=True)
def ctrl_c():
    """Install Python's handler of Ctrl-C; background jobs of a shell start without it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def raise_it():
    raise KeyboardInterrupt


class Interrupting(keras.callbacks.Callback):
    """Interrupt in the second batch of an epoch."""

    def __init__(self, epoch, interrupt):
        super().__init__()
        self.epoch, self.interrupt = epoch, interrupt

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.now, batch) == (self.epoch, 1):
            self.interrupt()


# On a signal, training stops after the batch, and the epoch counts. An exception discards it.
@pytest.mark.parametrize(
    ("interrupt", "epoch", "done"),
    [(press_ctrl_c, 0, 1), (press_ctrl_c, 2, 3), (raise_it, 0, 0), (raise_it, 2, 2)],
)
def test_ctrl_c_leaves_a_usable_network(data, interrupt, epoch, done):
    sequences, labels = data
    network = classifier(epochs=9, batch_size=8, callbacks=Interrupting(epoch, interrupt))
    handler = signal.getsignal(signal.SIGINT)
    with pytest.warns(UserWarning, match=f"interrupted after {done} of 9 epochs.* is fitted"):
        network.fit(sequences, labels)
    assert signal.getsignal(signal.SIGINT) is handler
    assert network.n_epochs_ == len(network.history_["loss"]) == done
    probabilities = network.predict_proba(sequences)
    assert np.isfinite(probabilities).all()
    loaded = pickle.loads(pickle.dumps(network))
    assert np.array_equal(loaded.predict_proba(sequences), probabilities)
    network.set_params(callbacks=None, warm_start=True, epochs=1).fit(sequences, labels)
    assert network.n_epochs_ == done + 1


@pytest.mark.parametrize("interrupt", [press_ctrl_c, raise_it])
def test_ctrl_c_restores_the_best_weights(data, interrupt):
    sequences, labels = data
    stopping = {
        "early_stopping": True,
        "validation_fraction": 0.25,
        "n_iter_no_change": 99,
        "optimizer__learning_rate": 0.3,
    }
    network = classifier(epochs=99, callbacks=Interrupting(15, interrupt), **stopping)
    with pytest.warns(UserWarning, match="interrupted after 1[56] of 99 epochs"):
        network.fit(sequences, labels)
    best = int(np.argmin(network.history_["val_loss"]))
    assert best < 14
    shorter = classifier(epochs=best + 1, **stopping).fit(sequences, labels)
    np.testing.assert_allclose(
        network.predict_proba(sequences), shorter.predict_proba(sequences), atol=1e-6
    )


def test_ctrl_c_before_the_first_batch_ends_training_after_it(data):
    sequences, labels = data

    class Early(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            press_ctrl_c()

    with pytest.warns(UserWarning, match="interrupted after 1 of 9 epochs"):
        classifier(epochs=9, batch_size=8, callbacks=Early).fit(sequences, labels)
