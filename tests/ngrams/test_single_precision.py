"""Weights are rounded, pickled in half the space, and equal after loading."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array

from skembed import NaiveBayesScaler, OneVsRestLogisticRegression
from skembed.ngrams import ComplementNB, TfidfTransformer

RANDOM = np.random.default_rng(0)
COUNTS = csr_array(RANDOM.integers(0, 3, (40, 2_000)))
LABELS = np.array(["a", "b", "c", "d"] * 10)
ESTIMATORS = {
    "coef_": OneVsRestLogisticRegression(),
    "scale_": NaiveBayesScaler(),
    "feature_log_prob_": ComplementNB(),
    "idf_": TfidfTransformer(),
}


@pytest.mark.parametrize("weights", ESTIMATORS)
def test_weights_are_equal_after_loading(weights):
    fitted = ESTIMATORS[weights].fit(COUNTS, LABELS)
    pickled = pickle.dumps(fitted)
    before, after = (getattr(x, weights) for x in (fitted, pickle.loads(pickled)))
    assert len(pickled) < 4 * before.size + 2_000
    assert after.dtype == np.float64
    assert after.flags.f_contiguous
    np.testing.assert_array_equal(after, before)


def test_weights_of_a_user_keep_their_precision():
    fitted = OneVsRestLogisticRegression().fit(COUNTS, LABELS)
    fitted.coef_ = fitted.coef_ + 1e-12
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).coef_, fitted.coef_)


def test_sparse_weights_are_pickled_as_they_are():
    fitted = OneVsRestLogisticRegression().fit(COUNTS, LABELS).sparsify()
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(COUNTS), fitted.predict_proba(COUNTS))


def test_naive_bayes_without_counts_cannot_learn_more():
    assert not hasattr(ComplementNB().fit(COUNTS, LABELS), "partial_fit")
