"""Labels, classes and weights of every kind: encoded, refused, and read by every classifier."""

import enum
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from fuzz.strategies import JUNK, any_character, failed, junk, outcome
from fuzzing import drawn
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from skembed import OneVsRestLogisticRegression, WeightedVotingClassifier
from skembed.errors import TargetError
from skembed.targets import check_classes, check_target

pytestmark = pytest.mark.filterwarnings("ignore::skembed.errors.OneHotLabelsWarning")

labels = (
    st.lists(st.text(any_character, max_size=3), min_size=1, max_size=9)
    | st.lists(st.sampled_from(["yes", "no"]), min_size=1, max_size=9)
    | st.lists(st.integers(-3, 3), min_size=1, max_size=9)
    | st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=9)
    | st.lists(st.booleans(), min_size=1, max_size=9)
)
CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "object": lambda labels: np.array([*labels, None], object)[:-1],
    "column": lambda labels: np.array([*labels, None], object)[:-1].reshape(-1, 1),
    "Series": lambda labels: pd.Series(labels, index=[7] * len(labels), dtype=object),
    "category": lambda labels: pd.Series(pd.Categorical(np.array([*labels, None], object)[:-1])),
    "frame": lambda labels: pd.DataFrame({"label": pd.Series(labels, dtype=object)}),
    "masked": lambda labels: np.ma.array(labels),
    "NumPy scalars": lambda labels: [*np.array(labels)],
}
containers = st.sampled_from([*CONTAINERS])
quiet = pytest.mark.filterwarnings("ignore:A column-vector y was passed")


@quiet
@drawn(40, 1200, labels=labels, container=containers, n=st.integers(-1, 1), known=st.booleans())
def test_labels_are_their_places_among_the_sorted_classes(labels, container, n, known):
    y = CONTAINERS[container](labels)
    labels = np.asarray(y).ravel().tolist()  # NumPy drops a NUL at the end of text
    classes = sorted({*labels})
    given = np.array(classes) if known else None
    target = outcome(check_target, y, len(labels) + n, given)
    if n or len(classes) < 2:
        assert isinstance(target, TargetError)
        return
    if failed(target):  # scikit-learn takes many distinct integers for numbers
        assert "continuous" in str(target) or "\x00" in "".join(map(str, labels))
        return
    assert target.classes.tolist() == classes
    assert target.codes.tolist() == [classes.index(label) for label in labels]
    assert not target.multilabel


JUNK_LABELS = JUNK | {
    "Decimal": Decimal(1),
    "Enum": enum.Enum("Answer", ["YES"]).YES,
    "tuple": ("yes", "no"),
    "interval": pd.Interval(0, 1),
    "empty text": "",
    "text": "yes",
}


@quiet
@drawn(
    40,
    800,
    labels=labels,
    what=st.sampled_from([*JUNK_LABELS]),
    place=st.integers(0, 9),
    container=containers,
)
def test_junk_among_labels(labels, what, place, container):
    value = JUNK_LABELS[what]
    mixed = [*labels[:place], value, *labels[place:]]
    for y in (mixed, value):
        try:
            y = CONTAINERS[container](y)
        except (TypeError, ValueError):
            continue
        target = outcome(check_target, y, len(mixed))
        if not failed(target):
            if target.multilabel:
                assert {*target.codes.ravel().tolist()} <= {0, 1}
            else:
                assert len({*map(type, target.classes.tolist())}) == 1
        outcome(check_classes, y, None)
        outcome(check_classes, y, np.array(["no", "yes"]))


tables = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 1), min_size=n, max_size=n), min_size=1, max_size=6)
)
TABLES = {
    "lists": lambda table: table,
    "array": np.array,
    "bool": lambda table: np.array(table, bool),
    "float": lambda table: np.array(table, float),
    "object": lambda table: np.array(table, object),
    "unsigned": lambda table: np.array(table, np.uint8),
    "csr": lambda table: sparse.csr_matrix(np.array(table)),
    "coo": lambda table: sparse.coo_array(np.array(table)),
    "frame": lambda table: pd.DataFrame(
        table, columns=[f"label {i}" for i in range(len(table[0]))]
    ),
    "nullable": lambda table: pd.DataFrame(table).astype("Int64"),
}


@quiet
@drawn(
    40,
    600,
    table=tables,
    container=st.sampled_from([*TABLES]),
    bad=st.sampled_from([None, 2, -1, 0.5]),
)
def test_indicators(table, container, bad):
    if bad is not None:
        table = [[*table[0][:-1], bad], *table[1:]]
    if (container, bad) in (("nullable", 0.5), ("unsigned", -1)):
        return
    y = TABLES[container](table)
    plain = np.asarray(y.toarray() if sparse.issparse(y) else y, float)
    target = outcome(check_target, y, len(table))
    if plain.shape[1] > 1:
        if not np.isin(plain, (0, 1)).all():
            assert isinstance(target, TargetError)
            return
        assert target.multilabel
        assert target.codes.tolist() == plain.tolist()
        if container == "frame":
            assert target.classes.tolist() == [*y.columns]
            backwards = check_target(y[y.columns[::-1]], len(table), target.classes)
            assert backwards.codes.tolist() == plain.tolist()


weights = st.sampled_from([0, 1, 1, 2, 0.5, 1e-30, 1e30]) | st.floats(0, 10)


@drawn(
    15,
    600,
    y=st.lists(st.sampled_from("ab"), min_size=2, max_size=8),
    some=st.lists(weights, min_size=8, max_size=8),
    kind=st.sampled_from(["list", "array", "int", "Series", "object", "column", "short", "text"]),
    class_weight=st.none()
    | st.just("balanced")
    | st.dictionaries(st.sampled_from("abc"), st.floats(-1, 5), max_size=3),
)
def test_weights_of_documents_and_classes(y, some, kind, class_weight):
    X = np.arange(2.0 * len(y)).reshape(-1, 2) % 5
    given = some[: len(y)]
    weights = {
        "list": list,
        "array": np.array,
        "int": lambda w: np.array(w).clip(0, 3).astype(int),
        "Series": lambda w: pd.Series(w, index=[5] * len(w)),
        "object": lambda w: np.array(w, object),
        "column": lambda w: np.array(w).reshape(-1, 1),
        "short": lambda w: w[1:],
        "text": lambda w: [*map(str, w)],
    }[kind](given)
    before = np.array(weights, object).tolist()
    parts = [("linear", LogisticRegression()), ("other", OneVsRestLogisticRegression())]
    vote = WeightedVotingClassifier(parts, cv=2, class_weight=class_weight, random_state=0)
    for model in (OneVsRestLogisticRegression(), vote):
        result = outcome(model.fit, X, y, weights)
        assert np.array(weights, object).tolist() == before
        if failed(result):
            assert not hasattr(model, "classes_")
            continue
        assert kind not in ("short", "column")
        probabilities = model.predict_proba(X)
        assert np.isfinite(probabilities).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@drawn(30, 500, what=junk)
def test_junk_as_weights(what):
    X, y = np.eye(4), [*"abab"]
    value = JUNK[what]
    for weights in (value, [value] * 4, [1, 1, 1, value]):
        result = outcome(OneVsRestLogisticRegression().fit, X, y, weights)
        if failed(result):
            assert isinstance(result, TargetError)
