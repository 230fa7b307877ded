"""The recommended pipeline takes a table: texts beside numbers and categories."""

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils._param_validation import InvalidParameterError

from skembed import make_text_classifier
from skembed.errors import ColumnError, DocumentsError, EmptyVocabularyError

VECTORS = {"good": [1.0, 0.2], "poor": [-1.0, 0.3], "hat": [0.1, -1.0], "coat": [0.0, -0.9]}
VECTORS |= {word: [0.0, 0.1] for word in ("a", "is", "it", "this")}
NAMED = {"texts": ["title", "body"], "numbers": "price", "categories": ["city"]}


def make_table(n=120, seed=0):
    """Rows whose label is the majority of three columns; the title says nothing."""
    random = np.random.default_rng(seed)
    votes = random.integers(0, 2, (n, 3))
    table = pd.DataFrame(
        {
            "title": random.choice(["hat", "coat", "a hat", "a coat"], n),
            "body": [
                f"{random.choice(['it', 'this'])} is {('poor', 'good')[v]}" for v in votes.T[0]
            ],
            "price": np.exp(random.normal(4 * votes[:, 1] - 2)),
            "city": [("Bonn", "Rome")[v] for v in votes[:, 2]],
        },
        index=random.permutation(n),
    )
    return table, np.where(votes.sum(axis=1) >= 2, "yes", "no")


TABLE, LABELS = make_table()
MODEL = make_text_classifier(**NAMED, random_state=0)


@pytest.fixture(scope="module")
def fitted():
    return clone(MODEL).fit(TABLE, LABELS)


@pytest.mark.parametrize("vectors", [None, VECTORS], ids=["counts", "vectors"])
def test_all_columns_are_more_than_some(vectors):
    def score(**named):
        model = make_text_classifier(vectors, **named, random_state=0)
        return cross_val_score(model, TABLE, LABELS, cv=3).mean()

    every = score(**NAMED)
    assert every > 0.9
    assert every > score(texts=["title", "body"]) + 0.1
    assert every > score(texts="body", numbers="price") + 0.05
    assert every > score(texts="body", categories="city") + 0.05


def test_columns_that_say_nothing_cost_little():
    random = np.random.default_rng(1)
    labels = np.repeat(["no", "yes"], 150)
    words = [f"word{i}" for i in range(30)]
    table = pd.DataFrame(
        {
            "text": [
                " ".join([*random.choice(words, 5), f"{y}{random.integers(5)}"]) for y in labels
            ],
            "number": random.normal(size=300),
            "kind": random.choice(list("abc"), 300),
        }
    )
    settings = {"texts": "text", "random_state": 0}
    alone, beside = (
        cross_val_score(make_text_classifier(**settings, **more), table, labels, cv=3).mean()
        for more in ({}, {"numbers": "number", "categories": "kind"})
    )
    assert beside > alone - 0.02


def test_one_text_of_a_table_is_as_a_column_of_text():
    expected = make_text_classifier(random_state=0).fit(TABLE["body"], LABELS)
    model = make_text_classifier(texts="body", random_state=0).fit(TABLE, LABELS)
    np.testing.assert_array_equal(model.predict_proba(TABLE), expected.predict_proba(TABLE["body"]))


def test_tables_of_any_kind(fitted):
    pl = pytest.importorskip("polars")
    expected = fitted.predict_proba(TABLE)
    shuffled = TABLE[["city", "price", "body", "title"]].reset_index(drop=True).assign(more=0)
    for table in (shuffled, {**shuffled}, pl.DataFrame(shuffled.to_dict("list"))):
        np.testing.assert_array_equal(fitted.predict_proba(table), expected)
        again = clone(MODEL).fit(table, LABELS)
        np.testing.assert_array_equal(again.predict_proba(TABLE), expected)


def test_missing_values_have_a_meaning(fitted):
    table = TABLE.copy()
    table.iloc[::5] = None
    model = clone(MODEL).fit(table, LABELS)
    empty = pd.DataFrame({name: [None] for name in TABLE})
    probabilities = model.predict_proba(empty)
    filled = empty.assign(title="", body="", city="[NA]")
    np.testing.assert_array_equal(model.predict_proba(filled), probabilities)
    assert not np.array_equal(model.predict_proba(filled.assign(price=9.0)), probabilities)
    assert fitted.predict_proba(empty).min() > 0.2  # nothing was missing in training


def test_an_unseen_category_adds_nothing(fitted):
    oslo, mars = (
        fitted.predict_proba(TABLE.assign(city=city, price=np.inf)) for city in ("Oslo", "Mars")
    )
    np.testing.assert_array_equal(oslo, mars)


def test_what_is_missing_tells_something():
    table, labels = make_table()
    says = labels == "yes"
    table = table.assign(price=np.where(says, np.nan, 3.0))[["title", "price"]]
    model = make_text_classifier(texts="title", numbers="price", random_state=0)
    assert cross_val_score(model, table, labels, cv=3).mean() == 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: t.drop(columns="price"), ColumnError, "lacks.*price"),
        (lambda t: t.assign(price="9 euros"), ColumnError, "'price'.* holds text"),
        (lambda t: t.assign(price=[*"9" * 60, *range(60)]), ColumnError, "'price'.*several kinds"),
        (lambda t: t.assign(body=3.5), ColumnError, "'body'.* holds numbers"),
        (lambda t: t.assign(body=["good", 3] * 60), DocumentsError, r"'body'.*int \(3\) at pos"),
        (lambda t: t.assign(city=pd.Timestamp(0)), ColumnError, "'city'.* holds dates"),
        (lambda t: t.assign(city=[{}] * 120), DocumentsError, "'city'.*Row 0 is dict"),
        (lambda t: t.to_numpy(), ColumnError, "no names of columns"),
        (lambda t: t["body"], ColumnError, "Expected a table"),
        (lambda t: t[:0], DocumentsError, "at least one document"),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_another_table_is_told_by_column(fitted, change, error, message):
    for fit in (clone(MODEL).fit, fitted.predict):
        arguments = (LABELS,) if fit != fitted.predict else ()
        with pytest.raises(error, match=message):
            fit(change(TABLE), *arguments)


def test_a_text_that_is_always_empty_is_told():
    with pytest.raises(EmptyVocabularyError, match=r"Column 'title'.* is empty in all 120 rows"):
        clone(MODEL).fit(TABLE.assign(title=None), LABELS)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"numbers": "price"}, "numbers='price'.* stand beside a text"),
        ({"texts": ["body", "body"]}, "'body' occurs twice"),
        ({"texts": "body", "categories": "body"}, "'body' occurs twice"),
        ({"texts": [3]}, "3 is int"),
    ],
    ids=str,
)
def test_names_that_make_no_sense_are_told(named, message):
    with pytest.raises(InvalidParameterError, match=message):
        make_text_classifier(**named)


def test_every_column_can_be_searched(tmp_path):
    model = make_text_classifier(**NAMED, random_state=0).set_params(memory=str(tmp_path))
    grid = {
        "columns__text_body__count__ngram_range": [(1, 1), (1, 2)],
        "columns__numbers__n_bins": [2, 5],
        "columns__categories": ["drop"],
    }
    one, other = (
        GridSearchCV(model, grid, cv=2, n_jobs=n, error_score="raise").fit(TABLE, LABELS)
        for n in (1, 2)
    )
    scores = one.cv_results_["mean_test_score"]
    assert len(scores) == 4
    np.testing.assert_allclose(scores, other.cv_results_["mean_test_score"])


def test_a_saved_model_predicts_the_same(fitted, tmp_path):
    joblib.dump(fitted, tmp_path / "model.joblib")
    loaded = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(loaded.predict_proba(TABLE), fitted.predict_proba(TABLE))


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_data_frames_as_default_output_change_nothing(fitted, output):
    pytest.importorskip(output)
    with config_context(transform_output=output):
        model = clone(MODEL).fit(TABLE, LABELS)
        np.testing.assert_array_equal(model.predict_proba(TABLE), fitted.predict_proba(TABLE))


def test_other_targets_and_weights():
    labels = np.column_stack([LABELS == "yes", TABLE["city"] == "Rome"]).astype(int)
    model = clone(MODEL).fit(TABLE, labels)
    assert model.score(TABLE, labels) > 0.8
    balanced = make_text_classifier(**NAMED, class_weight="balanced", random_state=0)
    assert balanced.fit(TABLE, LABELS).score(TABLE, LABELS) > 0.9


def test_names_with_underscores():
    table = TABLE.rename(columns={"body": "meta__body", "price": "meta__price"})
    model = make_text_classifier(texts="meta__body", numbers="meta__price", random_state=0)
    assert model.fit(table, LABELS).score(table, LABELS) > 0.7
    assert model.set_params(columns__text_meta_body="drop")
