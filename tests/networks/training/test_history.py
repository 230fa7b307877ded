"""What is logged in an epoch is kept: scores per class, and what callbacks add."""

import pickle

import keras
import matplotlib as mpl
import numpy as np
import pytest
from helpers import classifier
from matplotlib import pyplot as plt
from sklearn.callback import ProgressBar

from skembed.inspection import TrainingCurvesDisplay


@pytest.fixture(autouse=True)
def _pictures_are_closed():
    mpl.use("agg")
    yield
    plt.close("all")


class Adds(keras.callbacks.Callback):
    """Logs a number of NumPy, a tensor, a table and a word."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_f1"] = np.float64(epoch)
        logs["tensor"] = keras.ops.convert_to_tensor([1.0, 2.0])
        logs["table"] = np.eye(9) * epoch
        logs["state"] = "good"


def test_what_callbacks_log_is_kept(data):
    rate = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=0, min_delta=9.0, factor=0.5)
    fitted = classifier(callbacks=[Adds(), rate], warm_start=True).fit(*data)
    history = fitted.fit(*data).history_
    assert history["val_f1"] == [0.0, 1.0, 0.0, 1.0]
    assert {type(value) for value in history["val_f1"]} == {float}
    rates = history["learning_rate"]  # logged before it is reduced
    assert rates[2] < rates[1] == rates[0] == pytest.approx(0.001)
    assert history["state"] == ["good"] * 4
    assert {type(value) for value in history["tensor"] + history["table"]} == {np.ndarray}
    assert history["table"][3][8, 8] == 1
    drawn = {axes.get_ylabel() for axes in TrainingCurvesDisplay.from_estimator(fitted).ax_}
    assert drawn == {"loss", "accuracy", "learning_rate", "tensor"}
    assert set(history) == {
        *("loss", "accuracy", "val_f1", "tensor", "table", "state", "learning_rate")
    }


def per_class(**params):
    return classifier(metrics=[keras.metrics.F1Score(threshold=0.5), "accuracy"], **params)


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_a_score_per_class_is_an_array_per_epoch(verbose, data, capsys):
    sequences, labels = data
    y = np.column_stack([labels == "negative", labels == "positive", labels == "negative"])
    fitted = per_class(verbose=verbose, early_stopping=True)
    fitted.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(sequences, y.astype(int))
    for name in ("f1_score", "val_f1_score"):
        assert [scores.shape for scores in fitted.history_[name]] == [(3,)] * fitted.n_epochs_
    assert "f1_score [" in capsys.readouterr().out.replace("\n", "")
    loaded = pickle.loads(pickle.dumps(fitted)).history_
    np.testing.assert_array_equal(loaded["f1_score"], fitted.history_["f1_score"])
    axes = TrainingCurvesDisplay.from_estimator(fitted).ax_
    assert axes[0].get_ylabel() == "loss"


def test_scores_per_class_go_on_in_a_warm_start(data):
    fitted = per_class(warm_start=True).fit(*data).fit(*data)
    assert len(fitted.history_["f1_score"]) == fitted.n_epochs_ == 4
