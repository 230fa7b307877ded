"""Scores by the values of each parameter."""

from types import SimpleNamespace

import numpy as np
import pytest
from drawn import assert_legible, drawn_texts
from matplotlib import pyplot as plt
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import make_pipeline

from skembed import PretrainedEmbeddingMatrix, TrainedEmbeddingMatrix
from skembed.errors import NotRecordedError
from skembed.inspection import ParameterEffectsDisplay, SearchDisplay


def searched(params, scores=None, std=0.01, costs=None, **more):
    n, generator = len(params), np.random.RandomState(0)
    scores = generator.uniform(0.6, 0.9, n) if scores is None else np.asarray(scores, float)
    results = {
        "params": params,
        "mean_test_score": scores,
        "std_test_score": np.full(n, std),
        "rank_test_score": np.argsort(np.argsort(-scores)) + 1,
        "mean_fit_time": generator.uniform(1, 500, n) if costs is None else np.asarray(costs),
    }
    settings = {"estimator": LogisticRegression(), "scoring": None, "refit": True, "n_splits_": 5}
    return SimpleNamespace(cv_results_=results, **settings | more)


def strange(n):
    """Parameters of `n` candidates whose values are long, strange, or not set."""
    path = "/data/vectors/in_a/folder/GoogleNews-vectors-negative300.bin.gz"
    embed = [
        PretrainedEmbeddingMatrix(path, oov="subword", lookup="fallback", normalize=True),
        "passthrough",
        TrainedEmbeddingMatrix(random_state=0, vector_size=20),
        "$cost_in_$",
        "词向量 في",
    ]
    return [
        {
            "clf__optimizer__learning_rate": 10 ** (-4 + 3 * (i * 7 % n) / n),
            "embed": embed[i % len(embed)],
            "clf__kernel_size": [5, (3, 4, 5)][i % 2],
            **({"a_" * 30: i % 3} if i % 4 else {}),
        }
        for i in range(n)
    ]


def rows_of(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_means_and_candidates_are_drawn_by_value(feedback):
    grid = {"tfidfvectorizer__min_df": [5, 1], "logisticregression__C": [10.0, 1e-4, 1.0]}
    search = GridSearchCV(make_pipeline(TfidfVectorizer(), LogisticRegression()), grid, cv=3)
    display = ParameterEffectsDisplay.from_search(search.fit(*feedback))
    assert [axes.get_title(loc="left") for axes in display.ax_] == ["C", "min_df"]
    assert [rows_of(axes) for axes in display.ax_] == [["0.0001", "1", "10"], ["1", "5"]]
    scores, params = search.cv_results_["mean_test_score"], search.cv_results_["params"]
    for row, C in enumerate([1e-4, 1.0, 10.0]):
        own = [s for s, p in zip(scores, params) if p["logisticregression__C"] == C]
        assert display.effects_["C"][C] == pytest.approx(np.mean(own))
        candidates, means = display.ax_[0].lines
        drawn = candidates.get_xydata()
        assert sorted(drawn[drawn[:, 1] == row, 0]) == pytest.approx(sorted(own))
        assert means.get_xydata()[row] == pytest.approx([np.mean(own), row])
    assert display.ax_[-1].get_xlabel() == "accuracy (mean of 3 folds)"
    assert_legible(display.figure_)


def test_many_numbers_have_an_axis():
    values = np.logspace(-4, -1, 20)
    search = searched([{"rate": value} for value in values], np.linspace(0.5, 0.9, 20))
    (axes,) = ParameterEffectsDisplay.from_search(search).ax_
    candidates, means = axes.lines
    assert axes.get_yscale() == "log"
    np.testing.assert_allclose(np.sort(candidates.get_ydata()), values)
    assert len(means.get_xdata()) == 0
    assert_legible(axes.figure)


def test_other_values_are_drawn_best_first_and_what_is_not_set_last():
    search = searched([{"a": "x", "n": 2}, {"a": "y"}, {"a": "y", "n": 1}], [0.5, 0.6, 0.9])
    of_a, of_n = ParameterEffectsDisplay.from_search(search).ax_
    assert rows_of(of_a) == ["y", "x"]
    assert rows_of(of_n) == ["1", "2", "(not set)"]


def test_failed_candidates_do_not_count():
    search = searched([{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 2}], [0.5, np.nan, 0.9])
    effects = ParameterEffectsDisplay.from_search(search).effects_
    assert effects["a"].to_dict() == {1: 0.5, 2: 0.9}


def test_of_halving_the_first_round_is_drawn(feedback):
    search = HalvingGridSearchCV(
        make_pipeline(TfidfVectorizer(), LogisticRegression()),
        {"logisticregression__C": [1e-4, 0.1, 1.0, 10.0]},
        cv=2,
        factor=2,
        random_state=0,
        min_resources=20,
    ).fit(*feedback)
    display = ParameterEffectsDisplay.from_search(search)
    assert [*display.values] == ["C"]
    first = search.cv_results_["mean_test_score"][:4]
    assert sorted(display.mean_scores) == sorted(first)


@pytest.mark.parametrize("n", [2, 6, 20, 50])
def test_any_search_is_legible(n, style, any_script):
    search = searched(strange(n), std=0.03)
    effects = ParameterEffectsDisplay.from_search(search)
    assert_legible(effects.figure_)
    display = SearchDisplay.from_search(search)
    assert_legible(display.figure_)
    numbers = {str(i) for i in range(1, len(display.numbered_) + 1)}
    assert numbers <= {text.get_text() for text in drawn_texts(display.figure_)}


@pytest.mark.parametrize("n", [2, 12, 50])
def test_a_front_of_any_length_is_legible(n, style):
    order = np.arange(n)
    search = searched([{"n_words": i} for i in order], 0.5 + order / 100, 0.02, 2.0**order)
    display = SearchDisplay.from_search(search)
    assert len(display.front_) == n
    assert display.numbered_[[0, -1]].tolist() == [n - 1, 0]
    assert len(display.numbered_) == min(n, 12)
    assert_legible(display.figure_)


def test_nothing_to_draw_is_refused():
    with pytest.raises(NotFittedError):
        ParameterEffectsDisplay.from_search(GridSearchCV(LogisticRegression(), {}))
    with pytest.raises(NotRecordedError, match="got 1 with the same parameters"):
        ParameterEffectsDisplay.from_search(searched([{"C": 1}]))
    search, axes = searched([{"C": 1}, {"C": 2}]), plt.subplots(1, 2)[1]
    with pytest.raises(ValueError, match=r"axes for each of \['C'\], got 2 axes"):
        ParameterEffectsDisplay.from_search(search, ax=axes)


def test_axes_that_are_given_are_drawn_on():
    figure, axes = plt.subplots(2, 1, figsize=(9, 6), layout="constrained")
    search = searched([{"a": i % 2, "b": i // 2} for i in range(4)])
    display = ParameterEffectsDisplay.from_search(search, ax=axes)
    assert [*display.ax_] == [*axes]
    assert display.figure_ is figure
    assert_legible(figure)
