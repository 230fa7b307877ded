"""Counts of word sequences, naive-Bayes scales and linear models, against plain Python."""

import pickle
import re
import unicodedata
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from fuzz.strategies import (
    CONTAINERS,
    FUNCTIONS,
    JUNK,
    containers,
    corpora,
    documents_in,
    failed,
    junk,
    made,
    outcome,
    parameters,
    tokens,
)
from fuzzing import drawn
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skembed import NaiveBayesScaler, NgramVectorizer, OneVsRestLogisticRegression
from skembed._characters import UNSPACED
from skembed.errors import DocumentsError

pytestmark = pytest.mark.filterwarnings("ignore:min_df=.* is too high:UserWarning")

ranges = st.tuples(st.integers(1, 3), st.integers(1, 3)) | st.tuples(
    st.integers(0, 3), st.integers()
)


def tokens_of(document, lowercase=True, analyzer=None, **_):
    if analyzer is not None:
        document = FUNCTIONS[analyzer](document)
    if isinstance(document, list):
        return [token.lower() for token in document] if lowercase else document
    found, word = [], ""
    for c in document.lower() if lowercase else document:
        is_mark = c in "\u200c\u200d" or (unicodedata.category(c)[0] == "M" and c <= "\uffff")
        if not re.match(f"[{UNSPACED}]", c) and (re.match(r"\w", c) or is_mark):
            word += c
            continue
        found += [word, c] if word else [c]
        word = ""
    return [token for token in [*found, word] if token and not token.isspace()]


def sequences_of(document, ngram_range=(1, 2), **params):
    found = tokens_of(document, **params)
    low, high = ngram_range
    return [
        " ".join(found[i : i + n])
        for n in range(low, min(high, len(found)) + 1)
        for i in range(len(found) - n + 1)
    ]


@drawn(
    30,
    1200,
    train=corpora | st.lists(tokens, min_size=1, max_size=6),
    test=corpora | st.lists(tokens, min_size=1, max_size=6),
    params=parameters(
        NgramVectorizer, ngram_range=ranges, analyzer=st.sampled_from([None, None, *FUNCTIONS])
    ),
    container=containers,
)
def test_counts_are_those_of_plain_python(train, test, params, container):
    X = CONTAINERS[container](train) if isinstance(train[0], str) else train
    train = documents_in(X)
    vectorizer = made(NgramVectorizer, params)
    counts = outcome(vectorizer.fit_transform, X)
    assert documents_in(X) == train
    if failed(counts):
        assert not hasattr(vectorizer, "vocabulary_")
        return
    in_documents = [sequences_of(document, **params) for document in train]
    n_with = Counter(name for found in in_documents for name in {*found})
    least = vectorizer.min_df_
    expected = sorted(name for name, n in n_with.items() if n >= least)

    def table(documents):
        return [[counted[name] for name in expected] for counted in map(Counter, documents)]

    assert vectorizer.get_feature_names_out().tolist() == expected
    assert [*sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)] == expected
    assert counts.toarray().tolist() == table(in_documents)
    assert (clone(vectorizer).fit(X).transform(X) != counts).nnz == 0
    found = outcome(vectorizer.transform, test)
    if failed(found):
        return
    assert found.toarray().tolist() == table(sequences_of(document, **params) for document in test)
    for i, document in enumerate(test):
        assert (vectorizer.transform([document]) != found[[i]]).nnz == 0
    loaded = pickle.loads(pickle.dumps(vectorizer))
    assert (loaded.transform(test) != found).nnz == 0


numbers = st.integers(0, 3) | st.floats(0, 10, width=16)
magnitudes = st.sampled_from(
    [0.0, 1.0, -1.0, 1e-320, 1e-200, 1e-31, 1e-30, 1e-10, 1e15, 1e30, 1e31, 1e200]
)
labelled = st.integers(1, 4).flatmap(
    lambda n: st.lists(
        st.tuples(
            st.lists(numbers, min_size=n, max_size=n),
            st.sampled_from("abc"),
            st.sampled_from([0, 1, 1, 2.5]),
        ),
        min_size=2,
        max_size=10,
    )
)
FORMS = {
    "array": lambda rows: np.array(rows, float),
    "float32": lambda rows: np.array(rows, np.float32),
    "Fortran": lambda rows: np.array(rows, float, order="F"),
    "lists": lambda rows: rows,
    "frame": lambda rows: pd.DataFrame(rows, index=[f"row {i}" for i in range(len(rows))]),
    "csr": lambda rows: sparse.csr_matrix(np.array(rows, float)),
    "csc": lambda rows: sparse.csc_array(np.array(rows, float)),
    "coo": lambda rows: sparse.coo_matrix(np.array(rows, float)),
    "long indices": lambda rows: _long(sparse.csr_array(np.array(rows, float))),
}
forms = st.sampled_from([*FORMS])


def _long(matrix):
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    return matrix


def dense(X):
    return X.toarray() if sparse.issparse(X) else np.asarray(X, float)


@drawn(
    30,
    1000,
    data=labelled,
    form=forms,
    weighted=st.booleans(),
    alpha=st.floats(1e-3, 100) | st.floats(0, 1e300, exclude_min=True),
)
def test_scales_are_log_count_ratios(data, form, weighted, alpha):
    rows, labels, weights = map(list, zip(*data))
    X, weights = FORMS[form](rows), weights if weighted else None
    before = dense(X).copy()
    scaler = NaiveBayesScaler(alpha=alpha)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = outcome(scaler.fit, X, labels, weights)
    assert np.array_equal(dense(X), before)
    counted = np.ones(len(rows)) if weights is None else np.array(weights, float)
    if failed(found):
        left = {label for label, weight in zip(labels, counted) if weight}
        assert len(left) < 2 or not 1e-300 < alpha < 1e300
        return
    present = np.array(rows) > 0
    ratios = []
    for label in sorted({*labels}):
        members = np.array([one == label for one in labels])
        if not 0 < (members * counted).sum() < counted.sum():
            continue
        p = alpha + (present * (members * counted)[:, None]).sum(axis=0)
        q = alpha + (present * (~members * counted)[:, None]).sum(axis=0)
        ratios.append(np.log(p / p.sum()) - np.log(q / q.sum()))
    np.testing.assert_allclose(scaler.scale_, np.max(ratios, axis=0), rtol=1e-6, atol=1e-6)
    norms = np.sqrt(np.maximum(present.sum(axis=1, keepdims=True), 1))
    expected = present * scaler.scale_ / norms
    scaled = scaler.transform(X)
    np.testing.assert_allclose(dense(scaled), expected, rtol=1e-12)
    assert sparse.issparse(scaled) == sparse.issparse(X)
    assert np.array_equal(dense(X), before)
    if weights is not None and all(weight == int(weight) for weight in weights):
        repeated = [i for i, weight in enumerate(weights) for _ in range(int(weight))]
        twice = NaiveBayesScaler(alpha=alpha).fit(before[repeated], [labels[i] for i in repeated])
        np.testing.assert_allclose(twice.scale_, scaler.scale_, rtol=1e-6, atol=1e-9)
    loaded = pickle.loads(pickle.dumps(scaler))
    assert np.array_equal(dense(loaded.transform(X)), dense(scaled))


@drawn(
    20,
    600,
    data=labelled,
    form=forms,
    weighted=st.booleans(),
    params=parameters(OneVsRestLogisticRegression, C=st.floats(1e-3, 100), tol=st.floats(1e-6, 1)),
)
def test_binary_models_are_those_of_scikit_learn(data, form, weighted, params):
    rows, labels, weights = map(list, zip(*data))
    X, weights = FORMS[form](rows), weights if weighted else None
    before = dense(X).copy()
    model = OneVsRestLogisticRegression(**params)
    found = outcome(model.fit, X, labels, weights)
    assert np.array_equal(dense(X), before)
    counted = np.ones(len(rows)) if weights is None else np.array(weights, float)
    classes = sorted({*labels})
    left = {label for label, weight in zip(labels, counted) if weight}
    if failed(found):
        assert len(left) < 2
        return
    assert model.classes_.tolist() == classes
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (len(rows), len(classes))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    of_predicted = probabilities[np.arange(len(rows)), np.searchsorted(classes, model.predict(X))]
    np.testing.assert_allclose(of_predicted, probabilities.max(axis=1), rtol=1e-12)  # a tie
    binary = LogisticRegression(**{"tol": 1e-4, **params}, solver="liblinear", random_state=0)
    for label in classes[1:] if len(classes) == 2 else classes:
        k = 0 if len(classes) == 2 else classes.index(label)
        if label in left and len(left) > 1:
            members = np.array([one == label for one in labels])
            binary.fit(dense(X).astype(float), members, weights)
            np.testing.assert_allclose(model.coef_[k], binary.coef_[0], rtol=1e-4, atol=1e-5)
    one_by_one = [model.predict_proba(_rows(X, [i]))[0] for i in range(len(rows))]
    np.testing.assert_allclose(one_by_one, probabilities, rtol=1e-9, atol=1e-12)
    loaded = pickle.loads(pickle.dumps(model))
    assert np.array_equal(loaded.predict_proba(X), probabilities)


@drawn(
    20,
    600,
    rows=st.lists(st.tuples(magnitudes, magnitudes), min_size=4, max_size=6),
    weights=st.lists(magnitudes.map(abs), min_size=6, max_size=6),
    C=magnitudes,
    form=forms,
)
def test_numbers_of_all_magnitudes(rows, weights, C, form):
    """liblinear computes without an end, in C code, if some numbers are very large or small."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X = FORMS[form](rows)
        before = dense(X).copy()
        model = OneVsRestLogisticRegression(C=C)
        outcome(model.fit, X, [*"ababab"][: len(rows)], weights[: len(rows)])
        outcome(OneVsRestLogisticRegression().fit, X, [*"ababab"][: len(rows)])
        outcome(NaiveBayesScaler().fit, np.abs(X), [*"ababab"][: len(rows)])
    assert np.array_equal(dense(X), before, equal_nan=True)


def _rows(X, places):
    if isinstance(X, pd.DataFrame):
        return X.iloc[places]
    return (
        [X[i] for i in places]
        if isinstance(X, list)
        else sparse.csr_matrix(X)[places]
        if (sparse.issparse(X))
        else X[places]
    )


@drawn(30, 800, what=junk, place=st.integers(0, 2), labels=st.sampled_from(["ab", "abc"]))
def test_junk_among_features(what, place, labels):
    good = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    value = JUNK[what]
    in_a_row = [[1.0, 2.0], [0.0, 1.0], [3.0, 0.0]]
    in_a_row[place] = [1.0, value]
    for estimator in (NaiveBayesScaler(), OneVsRestLogisticRegression()):
        fitted = clone(estimator).fit(good, [*"aba"])
        use = fitted.transform if isinstance(fitted, NaiveBayesScaler) else fitted.predict_proba
        for X in (value, [value] * 3, in_a_row):
            assert not hasattr(estimator, "n_features_in_")
            learned = outcome(clone(estimator).fit, X, [*labels, "a"][:3])
            used = outcome(use, X)
            for result in (learned, used):
                if failed(result) and X is in_a_row:
                    assert isinstance(result, DocumentsError)
        assert np.isfinite(use(good)).all()
