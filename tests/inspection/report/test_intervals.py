"""Intervals and calibration against other ways to compute them."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from skembed.inspection.report.calibration import Calibration
from skembed.inspection.report.intervals import f1_interval, f1_scores, wilson_interval
from skembed.inspection.report.predicted import Predictions

CLASSES = np.array(["a", "b", "c"])


def predictions(truth, predicted, probabilities=None):
    texts = [""] * len(truth)
    return Predictions(texts, CLASSES, truth, predicted, probabilities, seconds=0.0)


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (3, 7), (7, 7), (1734, 2000)])
def test_wilson(hits, n):
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson_interval(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_f1_is_that_of_scikit_learn():
    random = np.random.RandomState(0)
    found = predictions(random.randint(3, size=50), random.randint(2, size=50))
    true, predicted = found.true_members, found.predicted_members
    f1 = f1_scores((true & predicted).sum(axis=0), true.sum(axis=0), predicted.sum(axis=0))
    assert f1 == pytest.approx(f1_score(found.truth, found.predicted, average=None))


def test_classes_that_do_not_occur_have_no_f1():
    counts = np.array([1.0, 0.0]), np.array([2.0, 0.0]), np.array([1.0, 0.0])
    assert f1_scores(*counts)[0] == pytest.approx(2 / 3)
    assert np.isnan(f1_scores(*counts)[1])


@pytest.mark.parametrize("multilabel", [False, True])
def test_the_interval_of_f1_is_that_of_resampled_documents(multilabel):
    random = np.random.RandomState(0)
    shape = (300, 3) if multilabel else 300
    truth = random.randint(2 if multilabel else 3, size=shape)
    noise = random.uniform(size=shape) < 0.3
    predicted = np.where(noise, 1 - truth if multilabel else (truth + 1) % 3, truth)
    found = predictions(truth, predicted)
    low, high = f1_interval(found.true_members, found.predicted_members)
    assert (low, high) == f1_interval(found.true_members, found.predicted_members)
    draws = random.randint(300, size=(1000, 300))
    scores = [f1_score(truth[some], predicted[some], average="macro") for some in draws]
    assert (low, high) == pytest.approx(np.quantile(scores, [0.025, 0.975]), abs=0.01)


def test_calibration_error():
    # two predictions at 0.55, one of them right; two at 1, both right
    probabilities = np.array([[0.55, 0.45, 0], [0.55, 0.45, 0], [0, 1, 0], [0, 0, 1]])
    truth = np.array([0, 1, 1, 2])
    found = Calibration.of(predictions(truth, probabilities.argmax(axis=1), probabilities))
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 2]
    assert found.hits.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert found.error == pytest.approx(0.5 * 0.05)
    assert found.excess == pytest.approx(0.5 * 0.05)


def test_calibration_of_labels_counts_each_of_them():
    probabilities = np.array([[0.9, 0.1, 0.2], [0.9, 0.1, 0.6]])
    truth = np.array([[1, 0, 0], [0, 0, 1]])
    decided = (probabilities > 0.5).astype(int)
    found = Calibration.of(predictions(truth, decided, probabilities))
    assert found.counts.sum() == 6
    assert found.hits.sum() == 2
    assert found.excess == pytest.approx((probabilities.sum() - 2) / 6)


def test_there_is_no_calibration_without_probabilities():
    assert Calibration.of(predictions(np.array([0]), np.array([0]))) is None
