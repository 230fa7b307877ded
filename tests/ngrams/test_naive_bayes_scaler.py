"""The scales are the log-count ratios of the formula in the docstring."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.utils._param_validation import InvalidParameterError

from skembed import NaiveBayesScaler
from skembed.errors import DocumentsError, TargetError

RANDOM = np.random.default_rng(0)
COUNTS = RANDOM.poisson(0.7, (30, 8)).astype(float)
LABELS = {
    "two classes": np.array(["no", "yes"])[RANDOM.integers(0, 2, 30)],
    "three classes": RANDOM.integers(0, 3, 30),
    "multilabel": RANDOM.integers(0, 2, (30, 4)),
}


def formula(counts, y, alpha):
    """The largest ratio of each word, as in the docstring, with loops."""
    if y.ndim == 1:
        y = np.column_stack([y == label for label in np.unique(y)])
    ratios = []
    for members in y.T.astype(bool):
        p = np.array([alpha + sum(word[members] > 0) for word in counts.T])
        q = np.array([alpha + sum(word[~members] > 0) for word in counts.T])
        ratios.append(np.log(p / p.sum()) - np.log(q / q.sum()))
    return np.max(ratios, axis=0)


@pytest.mark.parametrize("alpha", [0.1, 1, np.float32(2)])
@pytest.mark.parametrize("kind", LABELS)
def test_scales_follow_the_formula(kind, alpha):
    expected = formula(COUNTS, LABELS[kind], alpha)
    for X in (COUNTS, csr_array(COUNTS)):
        scale = NaiveBayesScaler(alpha=alpha).fit(X, LABELS[kind]).scale_
        np.testing.assert_allclose(scale, expected, rtol=1e-6)


def test_of_two_classes_the_scale_is_the_absolute_ratio():
    y = LABELS["two classes"]
    scale = NaiveBayesScaler().fit(COUNTS, y).scale_
    inside, outside = (1 + (COUNTS[y == label] > 0).sum(axis=0) for label in ("yes", "no"))
    ratio = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
    np.testing.assert_allclose(scale, np.abs(ratio), rtol=1e-6)


@pytest.mark.parametrize("container", [np.array, csr_array])
def test_documents_have_length_one_before_scaling(container):
    scaler = NaiveBayesScaler().fit(COUNTS, LABELS["three classes"])
    documents = np.array([[2.0, 1, 0, 0, 0, 5, 0, 1], [0] * 8])
    scaled = scaler.transform(container(documents))
    scaled = scaled if container is np.array else scaled.toarray()
    expected = [(documents[0] > 0) / 2 * scaler.scale_, np.zeros(8)]
    np.testing.assert_allclose(scaled, expected, rtol=1e-12)


@pytest.mark.parametrize("kind", LABELS)
def test_a_weight_is_a_number_of_copies(kind):
    weights = RANDOM.integers(0, 4, 30)
    once = NaiveBayesScaler().fit(COUNTS, LABELS[kind], sample_weight=weights)
    again = NaiveBayesScaler().fit(COUNTS.repeat(weights, 0), LABELS[kind].repeat(weights, 0))
    np.testing.assert_allclose(once.scale_, again.scale_, rtol=1e-12, atol=1e-12)


def test_a_class_without_weight_is_left_out():
    y = LABELS["three classes"]
    weighted = NaiveBayesScaler().fit(COUNTS, y, sample_weight=y > 0)
    np.testing.assert_allclose(
        weighted.scale_, NaiveBayesScaler().fit(COUNTS[y > 0], y[y > 0]).scale_
    )


def test_a_label_of_all_documents_or_none_is_left_out():
    y = LABELS["multilabel"]
    more = np.column_stack([y, np.ones(30, int), np.zeros(30, int)])
    scales = [NaiveBayesScaler().fit(COUNTS, labels).scale_ for labels in (y, more)]
    np.testing.assert_array_equal(*scales)
    with pytest.raises(TargetError, match="a label that some documents have and others have not"):
        NaiveBayesScaler().fit(COUNTS, more[:, -2:])


def test_smoothing_that_overflows():
    with pytest.raises(InvalidParameterError, match=r"alpha=1e\+308 is too small or too large"):
        NaiveBayesScaler(alpha=1e308).fit(COUNTS, LABELS["two classes"])
    with pytest.raises(InvalidParameterError, match=r"alpha=5e-324 is too small or too large"):
        NaiveBayesScaler(alpha=5e-324).fit([[0, 0, 0], [0, 1, 1]], [*"ab"])
    with pytest.raises(InvalidParameterError, match=r"'alpha' parameter .* must be a float in the"):
        NaiveBayesScaler(alpha=10**400).fit(COUNTS, LABELS["two classes"])


def test_refused_input():
    with pytest.raises(DocumentsError, match="Negative values"):
        NaiveBayesScaler().fit(-COUNTS, LABELS["two classes"])
    with pytest.raises(DocumentsError, match="7 features"):
        NaiveBayesScaler().fit(COUNTS, LABELS["two classes"]).transform(COUNTS[:, 1:])
    with pytest.raises(TargetError, match="sample_weight"):
        NaiveBayesScaler().fit(COUNTS, LABELS["two classes"], sample_weight=[1.0])
