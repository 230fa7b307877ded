"""Weights are rounded, pickled in half the space, and equal after loading."""

import pickle

import numpy as np
import pytest
import sklearn.naive_bayes
from scipy.sparse import csr_array

from skembed import NaiveBayesScaler, OneVsRestLogisticRegression
from skembed.ngrams import ComplementNB, TfidfTransformer

RANDOM = np.random.default_rng(0)
COUNTS = csr_array(RANDOM.integers(0, 3, (40, 2_000)))
LABELS = np.array(["a", "b", "c", "d"] * 10)
ESTIMATORS = {
    "coef_": OneVsRestLogisticRegression(),
    "scale_": NaiveBayesScaler(),
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


def test_naive_bayes_is_pickled_as_the_counts_of_its_classes():
    few_per_class = csr_array(np.kron(np.eye(4), np.ones((10, 500)))[:, RANDOM.permutation(2_000)])
    fitted = ComplementNB(alpha=0.1).fit(few_per_class, np.repeat([*"abcd"], 10))
    theirs = sklearn.naive_bayes.ComplementNB(alpha=0.1).fit(
        few_per_class, np.repeat([*"abcd"], 10)
    )
    pickled = pickle.dumps(fitted)
    loaded = pickle.loads(pickled)
    assert len(pickled) < 2.2 * fitted.feature_log_prob_.size + 2_000  # float32 needs 4 bytes
    assert loaded.feature_log_prob_.flags.f_contiguous
    np.testing.assert_array_equal(loaded.feature_log_prob_, fitted.feature_log_prob_)
    np.testing.assert_allclose(fitted.feature_log_prob_, theirs.feature_log_prob_, rtol=1e-6)
    np.testing.assert_array_equal(
        loaded.predict_proba(few_per_class), fitted.predict_proba(few_per_class)
    )


def test_naive_bayes_without_counts_cannot_learn_more():
    assert not hasattr(ComplementNB().fit(COUNTS, LABELS), "partial_fit")
