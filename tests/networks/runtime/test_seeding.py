"""Fits repeat beside other threads, after other uses of Keras, and as scikit-learn says.

That they repeat in general is in tests/contract/test_determinism.py.
"""

import pickle
import random
from multiprocessing.pool import ThreadPool

import keras
import numpy as np
import pytest
from global_state import seeds_restored
from helpers import classifier

from skembed import network_training
from skembed.networks import ARCHITECTURES
from skembed.networks.runtime.seeding import deterministic_kernels, seeded


def test_fit_repeats_whatever_keras_did_before(data):
    """TensorFlow adds gradients in the order of layer names, which Keras counts per process."""
    sequences, labels = data
    network = classifier(architecture="cnn", filters=4)
    first = network.fit(sequences, labels).model_.get_weights()
    for _ in range(2):
        before = [keras.layers.Conv1D(1, 1).name for _ in range(8)]
        again = network.fit(sequences, labels).model_.get_weights()
        assert all(map(np.array_equal, first, again))
        after = keras.layers.Conv1D(1, 1).name
        count = [int(name.split("_")[1]) for name in (before[-1], after)]
        assert count[1] == count[0] + 1  # the caller's names continue


@pytest.mark.parametrize("n_draws", [1, 3])
def test_fit_repeats_while_another_thread_draws(data, n_draws):
    """Threads of a dask worker draw from Python's generator."""
    sequences, labels = data

    def while_another_draws(facts):
        with ThreadPool(1) as another:
            another.apply(lambda: [random.random() for _ in range(n_draws)])
        return ARCHITECTURES["average"](facts)

    alone, disturbed = (
        classifier(architecture=architecture).fit(sequences, labels)
        for architecture in (lambda facts: ARCHITECTURES["average"](facts), while_another_draws)
    )
    expected = alone.predict_proba(sequences)
    assert np.array_equal(disturbed.predict_proba(sequences), expected)


def test_random_state_follows_scikit_learn(data):
    sequences, labels = data

    def fitted(random_state):
        return classifier(random_state=random_state).fit(sequences, labels).predict_proba(sequences)

    generator = np.random.RandomState(0)
    first, second = fitted(generator), fitted(generator)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, fitted(np.random.RandomState(0)))
    with seeds_restored():
        np.random.seed(5)
        first = fitted(None)
        np.random.seed(5)
        assert np.array_equal(first, fitted(None))


def test_threads_do_not_disturb_each_other(data):
    sequences, labels = data
    alone = [
        classifier(random_state=seed).fit(sequences, labels).predict_proba(sequences)
        for seed in (0, 1)
    ]
    state = np.random.get_state()[1].copy()
    with ThreadPool(4) as pool:
        together = pool.map(
            lambda seed: classifier(random_state=seed).fit(sequences, labels), [0, 1, 0, 1]
        )
        for fitted, expected in zip(together, alone * 2):
            assert np.array_equal(fitted.predict_proba(sequences), expected)
        loaded = pickle.loads(pickle.dumps(together[0]))
        for probabilities in pool.map(loaded.predict_proba, [sequences] * 8):
            assert np.array_equal(probabilities, alone[0])
    assert np.array_equal(np.random.get_state()[1], state)


def test_a_loaded_classifier_answers_while_another_one_trains(data):
    sequences, labels = data
    fitted = classifier().fit(sequences, labels)
    loaded = pickle.loads(pickle.dumps(fitted))
    with ThreadPool(1) as thread, seeded(0):  # a fit holds the seeds like this until it ends
        answer = thread.apply_async(loaded.predict, [sequences]).get(timeout=300)
    assert np.array_equal(answer, fitted.predict(sequences))


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="it is a setting of PyTorch")
def test_kernels_are_deterministic_within_a_fit_only():
    import torch

    def setting():
        return (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        )

    def fails():
        with deterministic_kernels():
            assert setting() == (True, True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert setting() == (False, False)
    torch.use_deterministic_algorithms(True)  # by the user: an error where there is none
    try:
        with deterministic_kernels():
            assert setting() == (True, False)
        assert setting() == (True, False)
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("random_state", [0, None])
def test_kernels_that_repeat_are_asked_for_with_a_random_state(data, random_state, monkeypatch):
    asked = []

    def noted(seed, *, repeats):
        asked.append(repeats)
        return seeded(seed, repeats=repeats)

    monkeypatch.setattr(network_training, "seeded", noted)
    classifier(random_state=random_state).fit(*data)
    assert asked == [random_state is not None]
