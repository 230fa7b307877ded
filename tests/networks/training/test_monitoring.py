"""Callbacks monitor what a training logs, or the training does not begin."""

import keras
import pytest
from helpers import classifier
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from skembed.networks import embed_ids, probabilities

early_stopping = keras.callbacks.EarlyStopping
plateau = keras.callbacks.ReduceLROnPlateau
scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
begun = []


class Watching(keras.callbacks.Callback):
    """A callback of a user that looks at the logs."""

    def __init__(self, monitor):
        super().__init__()
        self.monitor = monitor
        self.seen = []

    def on_train_begin(self, logs=None):
        begun.append(self)

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs[self.monitor])


class OfADevice(keras.callbacks.Callback):
    monitor = "gpu:0"  # not a name in the logs


class AddsF1(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["val_f1"] = 0.5


class StopsAtItsOwn(early_stopping):
    """Logs what it monitors."""

    def on_epoch_end(self, epoch, logs=None):
        logs[self.monitor] = float(epoch)
        super().on_epoch_end(epoch, logs)


class WithoutName(keras.callbacks.Callback):
    monitor = None


def compiled(facts):
    ids = keras.Input((facts.length,), dtype="int32")
    x = keras.layers.GlobalMaxPooling1D()(embed_ids(ids, facts)[0])
    model = keras.Model(ids, probabilities(x, facts))
    metrics = ["accuracy", keras.metrics.AUC(name="area")]
    model.compile("sgd", "binary_crossentropy", metrics=metrics, weighted_metrics=["accuracy"])
    return model


def two_outputs(facts):
    ids = keras.Input((facts.length,), dtype="int32")
    x = keras.layers.GlobalMaxPooling1D()(embed_ids(ids, facts)[0])
    return keras.Model(ids, keras.layers.Dense(2, activation="softmax")(x))


class OwnStep(keras.Model):
    def train_step(self, *args):  # on JAX, the state goes in and out beside the data and the logs
        found = super().train_step(*args)
        logs, *state = found if isinstance(found, tuple) else (found,)
        logs = {**logs, "gradient_norm": 1.0}
        return (logs, *state) if state else logs


def with_own_step(facts):
    model = compiled(facts)
    model = OwnStep(model.input, model.outputs)
    model.compile("sgd", "binary_crossentropy")
    return model


stopping = {"early_stopping": True}
LOGGED = {
    "loss": {"callbacks": early_stopping(monitor="loss")},
    "validated": {"callbacks": early_stopping, **stopping},
    "chosen": {"callbacks": plateau("val_auc", mode="max"), "metrics": ["auc"], **stopping},
    "own": {"callbacks": Watching("accuracy")},
    "rate after a scheduler": {"callbacks": [scheduler, Watching("learning_rate")]},
    "rate after plateau": {"callbacks": [plateau("loss"), Watching("learning_rate")]},
    "added before": {"callbacks": [AddsF1(), early_stopping("val_f1", mode="max")]},
    "added by a function": {
        "callbacks": [
            keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(mine=1)),
            Watching("mine"),
        ]
    },
    "added by itself": {"callbacks": StopsAtItsOwn("mine", mode="max")},
    "no name": {"callbacks": WithoutName},
    "another meaning": {"callbacks": OfADevice},
    "an average": {
        "callbacks": early_stopping("f1_score"),
        "metrics": keras.metrics.F1Score("macro", threshold=0.5),
    },
    "compiled": {"architecture": compiled, "callbacks": Watching("area")},
    "weighted": {"architecture": compiled, "callbacks": Watching("weighted_accuracy")},
    "own step": {"architecture": with_own_step, "callbacks": Watching("gradient_norm")},
}


@pytest.mark.parametrize("kind", LOGGED)
def test_what_is_logged_may_be_monitored(kind, data):
    classifier(**LOGGED[kind]).fit(*data)


UNLOGGED = {
    r"EarlyStopping monitors 'val_auc', .*It logs loss, accuracy, val_loss, val_accuracy\.": {
        "callbacks": early_stopping("val_auc", mode="max"),
        **stopping,
    },
    "EarlyStopping monitors 'val_loss', .*Nothing is validated: set early_stopping=True or pass": {
        "callbacks": [early_stopping]
    },
    "ReduceLROnPlateau monitors 'val_loss', .*Nothing is validated": {"callbacks": plateau},
    "ModelCheckpoint monitors 'val_loss'": {
        "callbacks": keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
    },
    "EarlyStopping monitors 'auc_1', .*It logs loss, auc": {
        "callbacks": early_stopping("auc_1"),
        "metrics": "auc",
    },
    "EarlyStopping monitors 'val_f1'": {
        "callbacks": [early_stopping("val_f1", mode="max"), AddsF1()]
    },
    "EarlyStopping monitors 'learning_rate'": {"callbacks": early_stopping("learning_rate")},
    "EarlyStopping monitors 'auc', .*It logs loss, accuracy, area, weighted_accuracy": {
        "architecture": compiled,
        "callbacks": early_stopping("auc"),
    },
}


UNLOGGED["EarlyStopping monitors 'f1_score', which is not one number but 2: .*average='macro'"] = {
    "callbacks": early_stopping("f1_score", mode="max"),
    "architecture": two_outputs,
    "metrics": "f1_score",
}


@pytest.mark.parametrize("message", UNLOGGED)
def test_what_is_not_logged_is_refused_before_training(message, data):
    begun.clear()
    with pytest.raises(InvalidParameterError, match=f"callbacks: {message}"):
        clone(classifier(**UNLOGGED[message])).fit(*data)
    assert not begun


def test_partial_fit_validates_nothing(data):
    with pytest.raises(InvalidParameterError, match="monitors 'val_loss'"):
        classifier(callbacks=early_stopping).partial_fit(*data, classes=["negative", "positive"])


def test_a_checkpoint_of_every_epoch_monitors_nothing(data, tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(
        tmp_path / "{epoch}.weights.h5", save_weights_only=True
    )
    classifier(callbacks=checkpoint).fit(*data)
    assert len([*tmp_path.iterdir()]) == 2


def test_monitoring_does_not_change_the_training(data):
    params = {"early_stopping": True, "metrics": ["accuracy", "auc"]}
    watched = classifier(callbacks=early_stopping("val_auc", mode="max"), **params).fit(*data)
    assert watched.history_ == classifier(**params).fit(*data).history_
