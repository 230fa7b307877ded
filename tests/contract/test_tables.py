"""TextColumnTransformer with KerasTextClassifier: searches, workers, caches and files."""

import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skembed import (
    CategoryTokenizer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    TextColumnTransformer,
)
from skembed.errors import ColumnError

N = 48
LABELS = np.array(["no", "yes"] * (N // 2))


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(0)
    words = {"no": ["poor", "weak", "bad"], "yes": ["good", "fine", "great"]}
    return pd.DataFrame(
        {
            "title": [f"{random.choice(['a', 'the'])} book" for _ in LABELS],
            "body": [f"a {random.choice(words[label])} book" for label in LABELS],
            "city": random.choice(["Rome", "Bonn"], N),
            "price": random.normal(size=N),
        }
    )


def make_network(**settings):
    columns = TextColumnTransformer(
        [
            ("title", KerasTokenizerTransformer(), "title"),
            ("body", KerasTokenizerTransformer(), "body"),
            ("city", CategoryTokenizer(), "city"),
            ("scaled", StandardScaler(), ["price"]),
        ],
        shared_vocabulary=["title", "body"],
    )
    classify = KerasTextClassifier(
        architecture="average", embedding_dim=4, hidden_units=2, epochs=2, random_state=0
    )
    network = Pipeline([("columns", columns), ("classify", classify)])
    return network.set_params(classify__optimizer__learning_rate=0.05, **settings)


GRID = {
    "classify__text__body__hidden_units": [None, 3],
    "classify__text__city__embedding_dim": [2],
    "columns__city__min_count": [1, 2],
}


@pytest.fixture(scope="module")
def search(table):
    return GridSearchCV(make_network(), GRID, cv=2, error_score="raise").fit(table, LABELS)


def test_a_search_over_the_settings_of_parts(search):
    assert len(search.cv_results_["params"]) == 4
    vectors = search.best_estimator_["classify"].embedding_weights_
    assert {name: x.shape[1] for name, x in vectors.items()} == {"title": 4, "body": 4, "city": 2}


def test_workers_find_the_same(table, search):
    grid = GridSearchCV(make_network(), GRID, cv=2, n_jobs=2, error_score="raise")
    grid.fit(table, LABELS)
    for name in ("mean_test_score", "params"):
        assert list(grid.cv_results_[name]) == list(search.cv_results_[name])


def test_a_cache_serves_each_fold_its_own_words(table, tmp_path, monkeypatch):
    plain, cached = make_network(), make_network(memory=str(tmp_path))
    expected = cross_val_predict(plain, table, LABELS, cv=2, method="predict_proba")
    for _ in range(2):
        found = cross_val_predict(cached, table, LABELS, cv=2, method="predict_proba")
        np.testing.assert_array_equal(found, expected)
        monkeypatch.setattr(TextColumnTransformer, "fit_transform", None)  # cached from now on


IN_ANOTHER_PROCESS = """
import joblib, numpy, sys
model, table, expected = joblib.load(sys.argv[1])
numpy.testing.assert_allclose(model.predict_proba(table), expected, atol=1e-6)
"""


def test_a_file_holds_the_whole_model(table, search, tmp_path):
    model = search.best_estimator_
    joblib.dump((model, table, model.predict_proba(table)), tmp_path / "model.joblib")
    program = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(tmp_path / "model.joblib")]
    subprocess.run(program, check=True)


def test_columns_are_told_by_name_after_loading(table, search, tmp_path):
    joblib.dump(search, tmp_path / "search.joblib")
    loaded = joblib.load(tmp_path / "search.joblib")
    shuffled = table[["price", "city", "body", "title"]]
    np.testing.assert_array_equal(loaded.predict(shuffled), search.predict(table))
    with pytest.raises(ColumnError, match="'body'"):
        loaded.predict(table.drop(columns="body"))
