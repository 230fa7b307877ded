"""Gradients of a network's scores at its word vectors."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from global_state import seeds_restored
from keras import layers

from skembed.errors import ExplanationError
from skembed.networks.runtime.gradients import embeddings_of, score_gradients

IDS = np.array([[1, 2, 3, 0], [4, 1, 0, 0], [2, 2, 2, 2]], np.int32)


def network(activation, n_outputs):
    ids = keras.Input((4,), dtype="int32")
    with seeds_restored():
        keras.utils.set_random_seed(0)
        x = layers.Conv1D(5, 2, activation="tanh")(layers.Embedding(6, 3)(ids))
        x = layers.Flatten()(x)
        if activation == "unknown":
            x = layers.Activation("sigmoid")(layers.Dense(n_outputs)(x))
        else:
            x = layers.Dense(n_outputs, activation=activation)(x)
    return keras.Model(ids, x)


@pytest.mark.parametrize(
    ("activation", "n_outputs", "independent"),
    [
        ("sigmoid", 1, True),
        ("sigmoid", 3, True),
        ("sigmoid", 3, False),
        ("softmax", 3, False),
        ("softmax", 3, True),
        ("unknown", 2, True),
        ("unknown", 2, False),
    ],
)
def test_gradients_are_the_slopes_of_the_scores(activation, n_outputs, independent):
    model = network(activation, n_outputs)
    contrasts = np.random.default_rng(0).normal(size=(3, n_outputs)).astype(np.float32)
    at, step = np.array([1.0, 0.5, 0.2], np.float32), 0.01
    with score_gradients(model, independent=independent) as gradients:
        scores, slopes = gradients(IDS, np.ones(3, np.float32), contrasts)
        _, at_scales = gradients(IDS, at, contrasts)
        above, below = (gradients(IDS, at + h, contrasts)[0] for h in (step, -step))
    p = model.predict_on_batch(IDS).astype(np.float64)
    logs = np.log(p) - np.log1p(-p) if independent else np.log(p)
    np.testing.assert_allclose(scores, (logs * contrasts).sum(axis=1), atol=1e-5)
    np.testing.assert_allclose(at_scales.sum(axis=1), (above - below) / (2 * step), atol=1e-3)
    assert slopes.shape == IDS.shape


def test_other_threads_predict_as_before():
    model = network("softmax", 3)
    before = keras.ops.convert_to_numpy(model(IDS))
    with score_gradients(model, independent=False) as gradients, ThreadPoolExecutor(1) as other:
        gradients(IDS, np.zeros(3, np.float32), np.ones((3, 3), np.float32))
        np.testing.assert_allclose(
            other.submit(lambda: keras.ops.convert_to_numpy(model(IDS))).result(), before
        )
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(IDS)), before)
    assert "call" not in vars(embeddings_of(model)[0])


def test_embeddings_within_networks_are_found():
    inner = keras.Sequential([keras.Input((4,), dtype="int32"), layers.Embedding(6, 3)])
    model = keras.Sequential([keras.Input((4,), dtype="int32"), inner, layers.Flatten()])
    assert embeddings_of(model) == [inner.layers[0]]


def test_parts_of_documents_cannot_be_explained():
    ids = keras.Input((4,), dtype="int32")
    first = layers.Embedding(6, 3)(ids[:, 0])
    model = keras.Model(ids, layers.Dense(1, activation="sigmoid")(first))
    with (
        pytest.raises(ExplanationError, match=r"all ids of a document.*method='occlusion'"),
        score_gradients(model, independent=True) as gradients,
    ):
        gradients(IDS, np.ones(3, np.float32), np.ones((3, 1), np.float32))
    assert "call" not in vars(embeddings_of(model)[0])
