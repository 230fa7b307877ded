"""Tables and plots of searches and trainings."""

import functools
import pickle
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from drawn import assert_legible, drawn_texts
from matplotlib import pyplot as plt
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import fbeta_score, log_loss, make_scorer
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PretrainedEmbeddingMatrix,
    TrainedEmbeddingMatrix,
)
from skembed.errors import NotInstalledError, NotRecordedError, RandomVectorsWarning
from skembed.inspection import (
    CoverageDisplay,
    EmbeddingDisplay,
    ParameterEffectsDisplay,
    SearchDisplay,
    SequenceLengthDisplay,
    TrainingCurvesDisplay,
    make_cost_scorer,
    search_table,
)

COSTS = ["training_time", "n_parameters", "n_trainable_parameters", "megabytes"]
TIMES = ["mean_fit_time", "total_fit_time"]


def pipeline(**parameters):
    network = KerasTextClassifier(architecture="average", epochs=1, random_state=0)
    steps = [("tokenize", KerasTokenizerTransformer()), ("embed", "passthrough"), ("clf", network)]
    return Pipeline(steps).set_params(**parameters)


def classical():
    return make_pipeline(TfidfVectorizer(), LogisticRegression())


@pytest.fixture(scope="module")
def search(feedback):
    trained = TrainedEmbeddingMatrix(vector_size=5, random_state=0)
    grid = [
        {
            "clf__embedding_dim": [5, 20],
            "clf__embedding_trainable": [False],
            "embed": ["passthrough"],
        },
        {"embed": [trained]},
    ]
    scoring = make_cost_scorer("accuracy")
    search = GridSearchCV(pipeline(), grid, cv=2, scoring=scoring, refit="score")
    with warnings.catch_warnings():  # random vectors are frozen, so that the costs differ
        warnings.simplefilter("ignore", RandomVectorsWarning)
        return search.fit(*feedback)


@pytest.fixture(scope="module")
def plain(feedback):
    """A search without recorded costs, of estimators without a network."""
    grid = {"tfidfvectorizer__min_df": [1, 5], "logisticregression__C": [1e-4, 1.0, 10.0]}
    return GridSearchCV(classical(), grid, cv=3).fit(*feedback)


# The table


def test_the_table_holds_what_cv_results_does(plain):
    table, results = search_table(plain), plain.cv_results_
    assert [*table.columns] == ["C", "min_df", "mean_test_score", "std_test_score", *TIMES]
    assert table.index.name == "candidate"
    assert table.index[0] == plain.best_index_
    assert (table["mean_test_score"].diff().dropna() <= 0).all()
    for name in ("mean_test_score", "std_test_score", "mean_fit_time"):
        np.testing.assert_array_equal(table[name], results[name][table.index])
    np.testing.assert_allclose(table["total_fit_time"], 3 * results["mean_fit_time"][table.index])
    for candidate, row in table.iterrows():
        params = results["params"][candidate]
        assert row["C"] == params["logisticregression__C"]
        assert row["min_df"] == params["tfidfvectorizer__min_df"]
    assert table["min_df"].dtype.kind == "i"


def test_costs_are_those_of_the_fitted_pipelines(search, feedback):
    table = search_table(search).sort_index()
    assert [*table.columns[-4:]] == COSTS
    frozen = table["n_trainable_parameters"] < table["n_parameters"]
    assert frozen.tolist() == [True, True, False]
    assert (table["training_time"] > 0).all()
    assert (table["training_time"] < table["total_fit_time"]).all()
    n_words = [
        KerasTokenizerTransformer().fit_transform(feedback[0][train]).n_ids
        for train, _ in search._checked_cv_orig.split(*feedback)
    ]
    dense = 5 * 16 + 16 + 16 + 1
    assert table["n_parameters"][0] == np.median(n_words) * 5 + dense
    assert table["n_trainable_parameters"][0] == dense
    assert table["megabytes"][1] > table["megabytes"][0] > 4 * 5 * min(n_words) / 1e6


def test_megabytes_are_those_of_the_pickle(feedback):
    fitted = pipeline().fit(*feedback)
    record = make_cost_scorer("accuracy")(fitted, *feedback)
    assert record["megabytes"] * 1e6 == pytest.approx(len(pickle.dumps(fitted)), rel=1e-3)
    assert record["score"] == fitted.score(*feedback)
    assert record["training_time"] == fitted["clf"].training_time_


def test_a_network_that_was_measured_can_be_trained_on_again(feedback):
    texts, labels = feedback
    pipeline = make_pipeline(
        KerasTokenizerTransformer(), KerasTextClassifier(architecture="average", epochs=1)
    ).fit(texts, labels)
    make_cost_scorer("accuracy")(pipeline, texts, labels)
    assert pipeline[-1]._network.live.reusable
    assert pipeline[-1].model_ is pipeline[-1]._network.model
    assert not pipeline[-1]._network.live.reusable


def test_what_cannot_be_pickled_has_a_score_still(feedback):
    own = pipeline(tokenize__split=" ").fit(*feedback)
    own["clf"].note = lambda: None
    record = make_cost_scorer("accuracy")(own, *feedback)
    assert np.isnan(record["megabytes"])
    assert record["score"] == own.score(*feedback)


def test_costs_come_from_other_processes(feedback):
    grid = {"clf__embedding_dim": [5, 20]}
    scoring = make_cost_scorer(lambda estimator, X, y: estimator.score(X, y))
    search = GridSearchCV(pipeline(), grid, cv=2, scoring=scoring, refit="score", n_jobs=2)
    table = search_table(search.fit(*feedback)).sort_index()
    assert table["n_parameters"][1] > 3 * table["n_parameters"][0] > 0
    assert (table["training_time"] > 0).all()


def test_without_a_network_its_costs_are_nought(feedback):
    record = make_cost_scorer("accuracy")(classical().fit(*feedback), *feedback)
    assert [record[name] for name in COSTS[:3]] == [0, 0, 0]
    assert record["megabytes"] > 0


def test_values_are_shown_short(search):
    values = search_table(search)["embed"]
    assert {*values} == {"passthrough", "TrainedEmbeddingMatrix(random_state=0, vector_size=5)"}


def test_long_values_are_cut_in_the_middle(feedback):
    vectors = PretrainedEmbeddingMatrix({f"word{i}": [0.0, 1.0] for i in range(50)})
    search = SimpleNamespace(
        cv_results_={
            "params": [{"embed": vectors}, {"embed": "passthrough", "build": pipeline}],
            "mean_test_score": np.array([0.5, 0.6]),
            "std_test_score": np.zeros(2),
            "rank_test_score": np.array([2, 1]),
            "mean_fit_time": np.ones(2),
        },
        n_splits_=3,
    )
    table = search_table(search)
    assert table["embed"].iloc[0] == "passthrough"
    assert table["embed"].iloc[1].startswith("PretrainedEmbedding")
    assert len(table["embed"].iloc[1]) <= 60
    assert table["build"].tolist() == ["pipeline", ""]
    for path in ("/a/long/folder/glove.txt", Path("/a/long/folder/glove.txt")):
        results = search.cv_results_ | {"params": [{"embed": PretrainedEmbeddingMatrix(path)}, {}]}
        shown = search_table(SimpleNamespace(cv_results_=results, n_splits_=3))["embed"]
        assert shown.tolist() == ["", "PretrainedEmbeddingMatrix(vectors='…/glove.txt')"]


def test_names_stay_long_where_short_ones_collide(feedback):
    steps = [("one", TfidfVectorizer()), ("two", LogisticRegression())]
    search = RandomizedSearchCV(
        Pipeline([("a", Pipeline(steps)), ("b", "passthrough")][:1]),
        {"a__one__norm": ["l1", "l2"], "a__two": [LogisticRegression()], "a__two__C": [0.1, 1.0]},
        n_iter=3,
        random_state=0,
        cv=2,
    ).fit(*feedback)
    assert [*search_table(search).columns[:2]] == ["norm", "C"]
    two = GridSearchCV(
        Pipeline([("a", TfidfVectorizer()), ("b", LogisticRegression())]),
        {"a__norm": ["l1", "l2"]},
        cv=2,
    ).fit(*feedback)
    for params, other in zip(two.cv_results_["params"], ("x", "y")):
        params["c__norm"] = other
    assert [*search_table(two).columns[:2]] == ["a__norm", "c__norm"]


def test_halving_shows_its_last_round_first(feedback):
    grid = {"logisticregression__C": [1e-4, 0.1, 1.0, 10.0]}
    search = HalvingGridSearchCV(
        classical(), grid, cv=2, factor=2, random_state=0, min_resources=20
    )
    table = search_table(search.fit(*feedback))
    assert [*table.columns[:3]] == ["C", "iter", "n_resources"]
    assert (table["iter"].diff().dropna() <= 0).all()
    assert table.index[0] == search.best_index_
    assert table["n_resources"].iloc[0] == search.n_resources_[-1]


def test_halving_records_costs_too(feedback):
    grid = {"logisticregression__C": [0.1, 1.0]}
    search = HalvingGridSearchCV(
        classical(),
        grid,
        cv=2,
        factor=2,
        random_state=0,
        scoring=make_cost_scorer("f1_macro"),
        refit="score",
    )
    assert (search_table(search.fit(*feedback))["megabytes"] > 0).all()


def test_of_several_scores_refit_names_the_one(feedback):
    scoring = ["accuracy", "f1_macro"]
    search = GridSearchCV(
        classical(), {"logisticregression__C": [0.1, 1]}, scoring=scoring, refit="f1_macro", cv=2
    ).fit(*feedback)
    table = search_table(search)
    results = search.cv_results_["mean_test_f1_macro"]
    np.testing.assert_array_equal(table["mean_test_score"], results[table.index])
    search.refit = False
    with pytest.raises(NotRecordedError, match="got refit=False"):
        search_table(search)


def test_a_search_must_be_fitted(plain):
    with pytest.raises(NotFittedError, match="GridSearchCV without cv_results_"):
        search_table(GridSearchCV(classical(), {}))
    with pytest.raises(NotFittedError, match="got Pipeline"):
        search_table(plain.best_estimator_)


def test_a_score_must_be_known():
    with pytest.raises(ValueError, match="acuracy"):
        make_cost_scorer("acuracy")


# Score against cost


def test_the_front_is_what_nothing_is_preferable_to():
    generator = np.random.RandomState(0)
    costs, scores = generator.randint(1, 20, 40) * 1.0, generator.randint(0, 20, 40) / 20
    scores[:3] = np.nan
    by_hand = [
        i
        for i in range(40)
        if scores[i] >= 0
        and not any(
            (costs[j] <= costs[i] and scores[j] > scores[i])
            or (costs[j] < costs[i] and scores[j] >= scores[i])
            or (j < i and costs[j] == costs[i] and scores[j] == scores[i])
            for j in range(40)
        )
    ]
    display = SearchDisplay(
        costs=costs,
        mean_scores=scores,
        std_scores=np.zeros(40),
        names=["x"] * 40,
        cost_label="cost",
    ).plot()
    assert sorted(display.front_) == by_hand
    assert (np.diff(costs[display.front_]) > 0).all()


@pytest.mark.parametrize("cost", [*TIMES, *COSTS])
def test_a_search_is_drawn(search, cost):
    display = SearchDisplay.from_search(search, cost=cost)
    table = search_table(search)
    drawn = display.ax_.lines[0].get_xydata()  # the points that have error bars
    np.testing.assert_array_equal(drawn, table[[cost, "mean_test_score"]].to_numpy(float))
    assert display.figure_ is display.ax_.figure
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert len(legend) == 3 + len(display.front_)
    assert legend[3].startswith("1\xa0\xa0embed")
    assert display.ax_.get_ylabel() == "accuracy (mean of 2 folds)"
    assert_legible(display.figure_)


def half(estimator, X, y):
    return 0.5


def two(estimator, X, y):
    return {"mine": 0.5, "other": 0.4}


@pytest.mark.parametrize(
    ("estimator", "scoring", "refit", "name"),
    [
        (LogisticRegression(), None, True, "accuracy"),
        (make_pipeline(KerasTextClassifier()), None, True, "accuracy"),
        (Ridge(), None, True, "R²"),
        (SimpleNamespace(), None, True, "score of SimpleNamespace"),
        (Ridge(), "neg_log_loss", True, "neg_log_loss"),
        (Ridge(), make_cost_scorer("f1_macro"), "score", "f1_macro"),
        (Ridge(), make_cost_scorer(half), "score", "half"),
        (Ridge(), half, True, "half"),
        (Ridge(), functools.partial(half, X=1), True, "half"),
        (Ridge(), make_scorer(fbeta_score, beta=2), True, "fbeta_score(beta=2)"),
        (Ridge(), make_scorer(log_loss, greater_is_better=False), True, "neg_log_loss"),
        (Ridge(), ["accuracy", "f1_macro"], "f1_macro", "f1_macro"),
        (Ridge(), {"$a_b$": "accuracy", "mine": half}, "$a_b$", "$a_b$"),
        (Ridge(), two, "mine", "mine"),
    ],
)
def test_the_score_is_named_as_it_was_asked_for(estimator, scoring, refit, name):
    key = refit if refit is not True and not hasattr(scoring, "scorer") else "score"
    results = {
        "params": [{"C": 1}, {"C": 2}],
        f"mean_test_{key}": np.array([-0.4, -0.3]),
        f"std_test_{key}": np.zeros(2),
        f"rank_test_{key}": np.array([2, 1]),
        "mean_fit_time": np.ones(2),
    }
    search = SimpleNamespace(
        estimator=estimator, scoring=scoring, refit=refit, n_splits_=3, cv_results_=results
    )
    display = SearchDisplay.from_search(search)
    assert display.ax_.get_ylabel() == f"{name} (mean of 3 folds)"
    assert_legible(display.figure_)
    assert ParameterEffectsDisplay.from_search(search).score_label == display.score_label


@pytest.mark.parametrize("highest", [0.5, 20, 3e3, 5e5, 7e7])
@pytest.mark.parametrize("ratio", [1, 5, 50, 1e3, 1e9])
def test_costs_of_any_size_are_legible(highest, ratio):
    display = SearchDisplay(
        costs=np.array([highest / ratio, highest]),
        mean_scores=np.array([0.8, 0.9]),
        std_scores=np.zeros(2),
        names=["a", "b"],
        cost_label="cost",
    ).plot()
    assert_legible(display.figure_)
    low, high = display.ax_.get_xlim()
    shown = [x for x in display.ax_.get_xticks() if low <= x <= high]
    assert 1 < len(shown) <= 12


def test_a_candidate_that_failed_is_not_drawn():
    display = SearchDisplay(
        costs=np.array([1.0, 2.0, np.nan]),
        mean_scores=np.array([0.8, np.nan, 0.7]),
        std_scores=np.array([0.1, np.nan, 0.1]),
        names=["a", "b", "c"],
        cost_label="cost",
    ).plot()
    assert display.front_.tolist() == [0]
    assert_legible(display.figure_)
    display.mean_scores = np.full(3, np.nan)
    assert display.plot().front_.tolist() == []


def test_a_wide_range_of_costs_is_logarithmic():
    def scale(costs):
        like = {"mean_scores": np.zeros(2), "std_scores": np.zeros(2), "names": ["a", "b"]}
        return SearchDisplay(costs=np.array(costs), cost_label="s", **like).plot().ax_.get_xscale()

    assert [scale([1.0, 9.0]), scale([1.0, 11.0]), scale([0.0, 99.0])] == [
        "linear",
        "log",
        "linear",
    ]


def test_axes_that_are_given_are_drawn_on(search):
    figure, axes = plt.subplots(1, 3)
    assert SearchDisplay.from_search(search, ax=axes[0]).ax_ is axes[0]
    curves = TrainingCurvesDisplay.from_estimator(search.best_estimator_, ax=axes[1:])
    assert [*curves.ax_] == [*axes[1:]]
    assert curves.figure_ is figure


def test_costs_that_were_not_recorded_are_refused(search, plain):
    with pytest.raises(
        NotRecordedError, match=r"got 'megabytes'\. Search with scoring=make_cost_scorer"
    ):
        SearchDisplay.from_search(plain, cost="megabytes")
    with pytest.raises(NotRecordedError, match=r"one of .*'megabytes'.*; got 'std_test_score'\.$"):
        SearchDisplay.from_search(search, cost="std_test_score")


# Training curves


def curves_of(display, axes):
    return {line.get_label(): line for line in display.ax_[axes].lines}


def test_a_training_is_drawn_and_the_best_epoch_marked(feedback):
    fitted = pipeline(
        clf__early_stopping=True,
        clf__epochs=100,
        clf__n_iter_no_change=2,
        clf__optimizer__learning_rate=0.1,
    ).fit(*feedback)
    history = fitted["clf"].history_
    display = TrainingCurvesDisplay.from_estimator(fitted)
    assert [axes.get_ylabel() for axes in display.ax_] == ["loss", "accuracy"]
    for place, name in enumerate(("loss", "accuracy")):
        lines = curves_of(display, place)
        assert lines["training"].get_ydata().tolist() == history[name]
        assert lines["validation"].get_ydata().tolist() == history[f"val_{name}"]
        assert lines["validation"].get_xdata()[0] == 1
        assert lines[f"weights of epoch {display.best_epoch}"].get_xdata()[0] == display.best_epoch
    assert history["val_loss"][display.best_epoch - 1] == min(history["val_loss"])
    assert display.best_epoch < fitted["clf"].n_epochs_
    (legend,) = [axes.get_legend() for axes in display.ax_ if axes.get_legend()]
    entries = ["training", "validation", f"weights of epoch {display.best_epoch}"]
    assert [text.get_text() for text in legend.get_texts()] == entries
    assert_legible(display.figure_)


def test_many_quantities_have_one_legend_and_stay_apart(style):
    epochs = np.linspace(0, 1, 30)
    names = ["loss", "accuracy", "top_k_categorical_accuracy_of_all_classes", "$auc_pr$", "f1"]
    curves = {name: np.column_stack([epochs, epochs**2]) for name in names}  # of two classes
    display = TrainingCurvesDisplay(training=curves, validation=curves, best_epoch=20).plot()
    texts = [text.get_text() for text in drawn_texts(display.figure_)]
    for entry in ("training", "validation", "weights of epoch 20"):
        assert texts.count(entry) == 1
    assert [len(axes.lines) for axes in display.ax_] == [5] * 5
    assert "$auc_pr$" in texts
    assert_legible(display.figure_)


def test_a_training_without_validation_has_one_curve(search):
    display = TrainingCurvesDisplay.from_estimator(search.best_estimator_["clf"])
    assert display.best_epoch is None
    assert [*curves_of(display, 0)] == ["training"]


def test_what_was_not_recorded_in_every_epoch_is_left_out(feedback):
    ids = KerasTokenizerTransformer().fit_transform(feedback[0])
    network = KerasTextClassifier(
        architecture="average", epochs=1, warm_start=True, early_stopping=True, random_state=0
    )
    network.fit(ids, feedback[1])
    network.set_params(early_stopping=False).fit(ids, feedback[1])
    display = TrainingCurvesDisplay.from_estimator(network.set_params(early_stopping=True))
    assert [*curves_of(display, 0)] == ["training"]
    assert display.best_epoch is None


def test_there_must_be_a_training_to_draw(plain, search):
    with pytest.raises(NotRecordedError, match="got LogisticRegression"):
        TrainingCurvesDisplay.from_estimator(plain.best_estimator_)
    with pytest.raises(NotFittedError):
        TrainingCurvesDisplay.from_estimator(pipeline())
    with pytest.raises(
        ValueError, match=r"Expected axes for each of \['loss', 'accuracy'\], got 1"
    ):
        TrainingCurvesDisplay.from_estimator(search.best_estimator_, ax=plt.gca())


# Times, and Matplotlib


def test_the_training_time_is_not_saved(feedback):
    one, two = (pipeline().fit(*feedback) for _ in range(2))
    assert one["clf"].training_time_ > 0
    assert pickle.dumps(one) == pickle.dumps(two)
    assert np.isnan(pickle.loads(pickle.dumps(one))["clf"].training_time_)
    with pytest.raises(NotFittedError):
        _ = KerasTextClassifier().training_time_


def test_without_matplotlib_the_error_says_what_to_install(plain, search, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(NotInstalledError, match="run pip install matplotlib"):
        SearchDisplay.from_search(plain)
    with pytest.raises(ImportError, match="Matplotlib"):
        TrainingCurvesDisplay.from_estimator(search.best_estimator_)
    with pytest.raises(NotInstalledError, match="Matplotlib"):
        ParameterEffectsDisplay.from_search(plain)
    for display in (CoverageDisplay, SequenceLengthDisplay):
        with pytest.raises(NotInstalledError, match="Matplotlib"):
            display.from_estimator(plain.best_estimator_, ["text"])
    with pytest.raises(NotInstalledError, match="Matplotlib"):
        EmbeddingDisplay.from_estimator({"a": [1.0], "b": [2.0]})
    assert len(search_table(plain)) == 6
