"""One matrix of coefficients predicts what scikit-learn's list of models predicts."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.utils._param_validation import InvalidParameterError

from skembed import NaiveBayesScaler, OneVsRestLogisticRegression
from skembed.errors import DocumentsError, TargetError


def documents(n_classes):
    X, y = make_classification(
        120, 12, n_informative=8, n_classes=n_classes, flip_y=0.2, random_state=0
    )
    return X, np.array(["a", "b", "c", "d"])[y]


def theirs(**params):
    return LogisticRegression(solver="liblinear", random_state=0, **params)


@pytest.mark.parametrize("container", [np.array, csr_array])
@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_predicts_as_one_model_per_class(n_classes, container):
    X, y = documents(n_classes)
    X = container(X)
    ours = OneVsRestLogisticRegression(C=3.0).fit(X, y)
    expected = OneVsRestClassifier(theirs(C=3.0)).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), expected.predict_proba(X), rtol=1e-6)
    np.testing.assert_allclose(ours.decision_function(X), expected.decision_function(X), atol=1e-6)
    assert ours.predict(X).tolist() == expected.predict(X).tolist()
    assert ours.classes_.tolist() == expected.classes_.tolist()


@pytest.mark.parametrize("n_classes", [2, 4])
def test_weights_reach_every_model(n_classes):
    X, y = documents(n_classes)
    weights = np.random.default_rng(0).uniform(0, 3, len(y))
    ours = OneVsRestLogisticRegression().fit(X, y, sample_weight=weights)
    for k, coefficients in enumerate(ours.coef_):
        label = ours.classes_[1 if n_classes == 2 else k]
        expected = theirs().fit(X, y == label, weights)
        np.testing.assert_allclose(coefficients, expected.coef_[0], rtol=1e-6)
        np.testing.assert_allclose(ours.intercept_[k], expected.intercept_[0], rtol=1e-12)


def test_a_weight_is_a_number_of_copies():
    X, y = documents(3)
    weights = np.random.default_rng(0).integers(0, 3, len(y))
    fitted = [
        OneVsRestLogisticRegression(tol=1e-8).fit(X, y, weights),
        OneVsRestLogisticRegression(tol=1e-8).fit(X.repeat(weights, 0), y.repeat(weights)),
    ]
    np.testing.assert_allclose(*(model.predict_proba(X) for model in fitted), rtol=1e-4)


def test_a_class_without_weight_is_impossible():
    X, y = documents(3)
    fitted = OneVsRestLogisticRegression().fit(X, y, sample_weight=y != "b")
    probabilities = fitted.predict_proba(X)
    assert fitted.classes_.tolist() == ["a", "b", "c"]
    assert set(probabilities[:, 1]) == {0.0}
    left = OneVsRestLogisticRegression().fit(X[y != "b"], y[y != "b"])
    np.testing.assert_allclose(probabilities[:, [0, 2]], left.predict_proba(X), rtol=1e-9)


def test_probabilities_far_from_every_class_are_numbers():
    X, y = documents(4)
    fitted = OneVsRestLogisticRegression().fit(X, y)
    far = fitted.predict_proba(np.vstack([1e5 * X, np.zeros(12)]))
    np.testing.assert_allclose(far.sum(axis=1), 1)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_sparse_coefficients_predict_the_same(n_classes):
    X, y = documents(n_classes)
    fitted = OneVsRestLogisticRegression().fit(X, y)
    expected = fitted.predict_proba(X)
    for container in (np.array, csr_array):
        np.testing.assert_allclose(fitted.sparsify().predict_proba(container(X)), expected)


def test_matrices_with_64_bit_indices():
    X, y = documents(2)
    wide = csr_array(X)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    expected = OneVsRestLogisticRegression().fit(csr_array(X), y).coef_
    np.testing.assert_array_equal(OneVsRestLogisticRegression().fit(wide, y).coef_, expected)
    assert wide.indices.dtype == np.int64


def test_refused_input():
    X, y = documents(3)
    with pytest.raises(TargetError, match="one label per document"):
        OneVsRestLogisticRegression().fit(X, np.column_stack([y == "a", y == "b"]))
    with pytest.raises(TargetError, match="two classes with weights above zero"):
        OneVsRestLogisticRegression().fit(X, y, sample_weight=y == "a")
    with pytest.raises(DocumentsError, match="Input X contains NaN"):
        OneVsRestLogisticRegression().fit(np.full_like(X, np.nan), y)


@pytest.mark.parametrize("form", [np.array, csr_array])
def test_numbers_with_which_liblinear_does_not_end(form):
    X, y = documents(2)
    X = np.asarray(X, float)
    for C in (1e-300, 1e31, 1e200):
        with pytest.raises(InvalidParameterError, match="'C' parameter"):
            OneVsRestLogisticRegression(C=C).fit(form(X), y)
    for weight in (1e-300, 1e31, 1e200):
        with pytest.raises(TargetError, match="must be 0, or from 1e-30 to 1e\\+30; got from"):
            OneVsRestLogisticRegression().fit(form(X), y, [weight] * len(y))
    with pytest.raises(DocumentsError, match="numbers up to 1e\\+30, got 1e\\+200"):
        OneVsRestLogisticRegression().fit(form(np.full_like(X, 1e200)), y)
    given = form(X * 1e-200)
    before = (given + 0).max()
    tiny = OneVsRestLogisticRegression().fit(given, y)
    assert not tiny.coef_.any()
    assert given.max() == before


@pytest.mark.parametrize(
    "bad",
    [
        csr_array([[1.0, np.nan, 0.0]]),
        csr_array([[np.inf, 0.0, 0.0]]),
        csr_array([[1.0, 1.0]]),
        csr_array((0, 3)),
    ],
    ids=["nan", "infinite", "too few features", "no documents"],
)
def test_sparse_documents_of_a_prediction_are_checked(bad):
    classifier = OneVsRestLogisticRegression().fit(csr_array(np.eye(3)), [0, 1, 0])
    with pytest.raises(DocumentsError):
        classifier.predict(bad)


def test_negative_counts_of_a_prediction_are_refused():
    scaler = NaiveBayesScaler().fit(csr_array(np.eye(3)), [0, 1, 0])
    with pytest.raises(DocumentsError, match="Negative"):
        scaler.transform(csr_array([[1.0, -1.0, 0.0]]))
