"""Rows without a gradient are dropped, and training stays the same to the last bit."""

import keras
import numpy as np
import pytest

from skembed import KerasTextClassifier, TokenSequences
from skembed.networks.fast import few_rows, tensorflow_engine, training_call

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="gradients of word vectors have rows only there"
)


@pytest.fixture
def documents(monkeypatch):
    monkeypatch.setattr(training_call, "_MIN_WORDS", 0)
    random = np.random.RandomState(0)
    return TokenSequences.from_lists([random.randint(1, 50, 40).tolist() for _ in range(16)])


def fit(documents, **params):
    settings = {"filters": 2, "kernel_size": 3, "embedding_dim": 5, "epochs": 3, "batch_size": 4}
    settings |= {"optimizer__learning_rate": 0.1, "random_state": 0} | params
    return KerasTextClassifier(**settings).fit(documents, [0, 1] * 8)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adamw"])
@pytest.mark.parametrize("architecture", ["cnn", "multichannel_cnn"])
def test_training_is_the_same_to_the_last_bit(architecture, optimizer, documents, monkeypatch):
    dropped = []
    drop = few_rows._dropped
    monkeypatch.setattr(few_rows, "_dropped", lambda x: dropped.append(drop(x)) or dropped[-1])
    params = {"architecture": architecture, "optimizer": optimizer}
    ours = fit(documents, **params)
    assert sum(hasattr(gradient, "indices") for gradient in dropped) == 1  # traced once
    monkeypatch.setattr(tensorflow_engine, "few_rows_have_gradients", lambda *args: False)
    all_rows = fit(documents, **params)
    assert ours.history_ == all_rows.history_
    for a, b in zip(ours.model_.get_weights(), all_rows.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_rows_of_zeros_are_dropped_and_others_kept_in_their_order():
    import tensorflow as tf

    values = tf.constant([[0.0, 0.0], [0.0, 2.0], [-0.0, 0.0], [np.nan, 0.0], [3.0, 4.0]])
    gradient = tf.IndexedSlices(values, tf.constant([7, 5, 1, 5, 0]), tf.constant([8, 2]))
    few = few_rows._dropped(gradient)
    assert few.indices.numpy().tolist() == [5, 5, 0]
    np.testing.assert_array_equal(few.values, [[0, 2], [np.nan, 0], [3, 4]])
    assert few_rows._dropped(values) is values


@pytest.mark.parametrize(
    ("params", "few"),
    [
        ({}, True),
        ({"filters": 14}, False),  # 14 windows of 3 words may be all 40 words of a document
        ({"optimizer": "lazy_adam"}, False),  # words that occur are updated without a gradient
        ({"optimizer__clipnorm": 1.0}, False),
        ({"optimizer__global_clipnorm": 1.0}, False),
        ({"optimizer__clipvalue": 1.0}, True),
    ],
)
def test_rows_are_dropped_where_that_changes_nothing_but_speed(params, few, documents, monkeypatch):
    answers = []
    ask = few_rows.few_rows_have_gradients
    monkeypatch.setattr(
        tensorflow_engine, "few_rows_have_gradients", lambda *x: answers.append(ask(*x)) or few
    )
    fitted = fit(documents, epochs=1, **params)
    assert answers == [few]
    assert "apply" not in vars(fitted.model_.optimizer)
