"""Networks on any documents, labels, weights and parameters; a few hundred, as each is trained."""

import pickle

import numpy as np
import pytest
from fuzz.strategies import JUNK, failed, junk, outcome, parameters
from fuzzing import drawn
from helpers import quick_classifier
from hypothesis import strategies as st
from sklearn.base import clone

from skembed import KerasTextClassifier, TokenSequences, Vocabulary
from skembed.errors import EmptyVocabularyError, SkembedError

pytestmark = [
    pytest.mark.filterwarnings("ignore::skembed.errors.OneHotLabelsWarning"),
    pytest.mark.filterwarnings("ignore::skembed.errors.RandomVectorsWarning"),
    pytest.mark.filterwarnings("ignore:A column-vector y was passed"),
]
WITHIN = {"seconds": 60, "gibibytes": 8}  # a network is traced and compiled

N_IDS = 9
WORDS = Vocabulary([f"w{i}" for i in range(1, N_IDS)])
ids = st.integers(0, N_IDS - 1)
rows = st.lists(st.lists(ids, max_size=6), min_size=2, max_size=9)
LABELS = {
    "text": lambda n: [("yes", "no")[i % 2] for i in range(n)],
    "numbers": lambda n: np.arange(n) % 2,
    "three": lambda n: [f"class {i % 3}" for i in range(n)],
    "booleans": lambda n: np.arange(n) % 2 == 0,
    "several": lambda n: np.array([[i % 2, i % 3 == 0] for i in range(n)]),
    "one": lambda n: [1] * n,
    "column": lambda n: np.arange(n).reshape(-1, 1) % 2,
    "short": lambda n: [*"ab"] * n,
}
settings = parameters(
    KerasTextClassifier,
    architecture=st.just("average"),
    embedding_dim=st.integers(1, 4),
    hidden_units=st.integers(0, 2),
    optimizer=st.just("sgd"),
    loss=None,
    metrics=None,
    callbacks=None,
    verbose=None,
    filters=None,
    kernel_size=None,
    epochs=st.integers(1, 2),
    batch_size=st.integers(1, 12) | st.integers(1, 2**40),
    unfreeze_after=st.none() | st.integers(1, 2),
    class_weight=st.sampled_from([None, None, "balanced", {"yes": 2.0, "no": 1.0}]),
    random_state=st.integers(0, 3),
)


def made(rows, padded, vocabulary):
    sequences = TokenSequences.from_lists(rows, WORDS if vocabulary else None)
    return sequences if padded is None else sequences.padded(padded)


@drawn(
    6,
    150,
    within=WITHIN,
    rows=rows,
    labels=st.sampled_from([*LABELS]),
    padded=st.none() | st.integers(1, 8),
    vocabulary=st.booleans(),
    params=settings,
)
def test_what_is_trained_predicts_each_document_alike(rows, labels, padded, vocabulary, params):
    X, y = made(rows, padded, vocabulary), LABELS[labels](len(rows))
    before = X.to_lists()
    fitted = quick_classifier(**params)
    shown = repr(fitted)
    result = outcome(fitted.fit, X, y)
    assert X.to_lists() == before
    assert repr(fitted) == shown
    if failed(result):
        assert not hasattr(fitted, "classes_")
        return
    assert labels not in ("one", "short")
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (len(rows), len(fitted.classes_))
    assert np.isfinite(probabilities).all()
    if labels != "several":
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
        assert (fitted.predict(X) == fitted.classes_[probabilities.argmax(axis=1)]).all()
    one_by_one = [fitted.predict_proba(X[i : i + 1])[0] for i in range(len(rows))]
    np.testing.assert_allclose(one_by_one, probabilities, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(fitted.predict_proba(X[::-1]), probabilities[::-1])
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(loaded.predict_proba(X), probabilities, rtol=1e-5, atol=1e-7)
    again = clone(fitted).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), probabilities)


@pytest.fixture(scope="module")
def trained():
    X = made([[1, 2], [3, 4], [5, 6], [7, 8]], None, vocabulary=True)
    return quick_classifier().fit(X, [*"abab"])


@drawn(15, 1000, within=WITHIN, rows=rows, padded=st.none() | st.integers(1, 9), side=st.booleans())
def test_documents_are_predicted_in_any_company(trained, rows, padded, side):
    X = TokenSequences.from_lists(rows, WORDS)
    X = X if padded is None else X.padded(padded, "post" if side else "pre")
    probabilities = trained.predict_proba(X)
    assert np.isfinite(probabilities).all()
    np.testing.assert_array_equal(trained.predict_proba(X[::-1]), probabilities[::-1])
    one_by_one = [trained.predict_proba(X[i : i + 1])[0] for i in range(len(rows))]
    np.testing.assert_allclose(one_by_one, probabilities, rtol=1e-4, atol=1e-6)
    if padded is not None:
        array = trained.predict_proba(X.to_array())
        np.testing.assert_allclose(array, probabilities, rtol=1e-4, atol=1e-6)


@drawn(20, 600, within=WITHIN, what=junk, place=st.integers(0, 2), labels=st.booleans())
def test_junk_is_refused_before_anything_is_trained(trained, what, place, labels):
    value = JUNK[what]
    usual = made([[1, 2], [3, 4]], None, vocabulary=True)
    before = trained.predict_proba(usual)
    documents = [[1, 2], [3], [4]]
    documents[place] = [1, value] if labels else value
    for X in (value, [value] * 3, documents):
        used = outcome(trained.predict_proba, X)
        if X is documents and what not in ("int", "empty list", "bool", "list"):
            assert isinstance(used, SkembedError)
        if failed(used):
            assert failed(outcome(clone(trained).fit, X, [*"aba"]))
    y = [*"aba"]
    y[place] = value
    if what not in ("list", "empty list"):
        for targets in (y, value):
            assert failed(outcome(clone(trained).fit, made([[1], [2], [3]], None, True), targets))
    np.testing.assert_array_equal(trained.predict_proba(usual), before)


@drawn(
    4,
    60,
    within=WITHIN,
    rows=rows,
    n_batches=st.integers(1, 3),
    classes=st.sampled_from(["ab", "abc", "a"]),
)
def test_training_in_batches(rows, n_batches, classes):
    X = made(rows, None, vocabulary=True)
    y = np.array([*"ab"])[np.arange(len(rows)) % 2]
    fitted, n_done = quick_classifier(), 0
    for part in np.array_split(np.arange(len(rows)), n_batches):
        if not len(part):
            continue
        result = outcome(fitted.partial_fit, X[part], y[part], [*classes])
        if failed(result):
            assert len(classes) < 2 or isinstance(result, EmptyVocabularyError)
        else:
            n_done += 1
            assert fitted.n_epochs_ == n_done
            assert fitted.classes_.tolist() == [*classes]
    if n_done:
        assert np.isfinite(fitted.predict_proba(X)).all()
