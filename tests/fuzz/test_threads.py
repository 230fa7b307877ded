"""Eight threads use fitted estimators, also while another thread trains, as one thread does."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from bounds import bounded
from fuzzing import cases
from helpers import (
    ESSAY_LABELS,
    ESTIMATOR_STEPS,
    FEW_LABELS,
    FEW_TEXTS,
    classifier,
    estimator_data,
    made_estimator,
    output,
    same_output,
)
from sklearn.utils import _safe_indexing

from skembed import KerasTokenizerTransformer, PadSequences

N_THREADS = 8


def in_threads(call, arguments):
    """Call a function from all threads at once, with each of the arguments."""
    at_once = threading.Barrier(N_THREADS)

    def work(number):
        at_once.wait()
        mine = arguments[number:] + arguments[:number]  # not all the same at the same time
        results = [call(argument) for argument in mine]
        return results[len(results) - number :] + results[: len(results) - number]

    # scikit-learn sets filters of warnings in threads, which then restore each other's.
    with warnings.catch_warnings(), bounded(seconds=60, gibibytes=8):  # noqa: SIM117
        with ThreadPoolExecutor(N_THREADS) as threads:
            return [*threads.map(work, range(N_THREADS))]


@pytest.mark.parametrize("name", ESTIMATOR_STEPS)
def test_threads_use_one_fitted_estimator(name, tried):
    X = estimator_data(name)
    fitted = made_estimator(name).fit(X, ESSAY_LABELS)
    rng = np.random.RandomState(0)
    n = cases(3, 60) if name != "KerasTextClassifier" else cases(3, 20)
    samples = [np.sort(rng.choice(len(ESSAY_LABELS), rng.randint(1, 8))) for _ in range(8)]

    parts = [_safe_indexing(X, places) for places in samples]
    expected = [output(fitted, X) for X in parts]
    for _ in range(n):
        tried("threads")
        for results in in_threads(lambda X: output(fitted, X), parts):
            assert all(same_output(*pair) for pair in zip(results, expected))


@pytest.mark.parametrize("architecture", ["average", "cnn"])
def test_eight_threads_predict_while_one_trains(architecture, tried):
    X = PadSequences().fit_transform(KerasTokenizerTransformer().fit_transform(FEW_TEXTS))
    settings = {"architecture": architecture, "filters": 3 if architecture == "cnn" else None}
    fitted = classifier(**settings).fit(X, FEW_LABELS)
    parts = [X[i : i + 1 + i % 3] for i in range(8)]
    expected = [fitted.predict_proba(part) for part in parts]
    alone = classifier(**settings, epochs=4).fit(X, FEW_LABELS).predict_proba(X)
    trained, is_done = [], threading.Event()

    def train():
        try:
            for _ in range(cases(1, 10)):
                beside = classifier(**settings, epochs=4).fit(X, FEW_LABELS)
                trained.append(beside.predict_proba(X))
        finally:
            is_done.set()

    trainer = threading.Thread(target=train)
    trainer.start()
    while True:
        tried("threads")
        for results in in_threads(fitted.predict_proba, parts):
            for found, before in zip(results, expected):
                np.testing.assert_array_equal(found, before)
        if is_done.is_set():
            break
    trainer.join()
    assert len(trained) == cases(1, 10)
    for probabilities in trained:
        np.testing.assert_array_equal(probabilities, alone)


@pytest.mark.parametrize("name", ["TextCleaner", "KerasTokenizerTransformer", "NgramVectorizer"])
def test_threads_fit_estimators_of_their_own(name, tried):
    texts = [[f"{a} good {b}", f"{b} work", "poor"] * 40 for a, b in zip("abcdefgh", "bcdefgha")]
    expected = [made_estimator(name).fit_transform(X) for X in texts]
    for _ in range(cases(1, 10)):
        tried("threads")
        results = in_threads(lambda X: made_estimator(name).fit_transform(X), texts)
        for found in results:
            assert all(same_output(*pair) for pair in zip(found, expected))
