"""What FitProgress writes where there is no terminal, and that it changes nothing else."""

import io
import pickle
import re
import sys
import threading
import warnings

import numpy as np
import pytest
from helpers import classifier
from joblib import parallel_config
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.callback import ProgressBar
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.utils._param_validation import InvalidParameterError

from skembed import KerasTokenizerTransformer, WeightedVotingClassifier, make_text_classifier
from skembed.inspection import FitProgress
from skembed.inspection.progress import callback, screen
from skembed.inspection.progress.search_facts import describe, varied_parameters

GRID = {"linearsvc__C": [0.1, 1, 10], "tfidfvectorizer__min_df": [1]}


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert not callback._DISPLAYS
    assert not screen._DRAWING.locked()
    assert not [t for t in threading.enumerate() if "_paint" in t.name]


def linear():
    return make_pipeline(TfidfVectorizer(), LinearSVC())


def network(**params):
    return make_pipeline(KerasTokenizerTransformer(), classifier(**params))


def without_times(text):
    return re.sub(r"\[?\d:\d\d\]?", "T", text).splitlines()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_line_for_each_candidate(feedback, capsys, n_jobs):
    search = GridSearchCV(linear(), GRID, cv=2, n_jobs=n_jobs)
    search.set_callbacks(FitProgress()).fit(*feedback)
    first, *candidates, refit, last = without_times(capsys.readouterr().err)
    assert first == "GridSearchCV: 3 candidates, 2 folds, 6 fits"
    assert refit == "T refit of the best candidate on all documents"
    means, deviations = (search.cv_results_[f"{what}_test_score"] for what in ("mean", "std"))
    assert len(candidates) == 3
    for i, C in enumerate(["0.1", "1", "10"]):
        score = f"{means[i]:.4f} ± {deviations[i]:.4f}"
        pattern = rf"T {i + 1} of 3  {re.escape(score)} \(best \d\.\d{{4}}\)  C={C}"
        assert any(re.fullmatch(pattern, line) for line in candidates)
    k = search.best_index_
    assert f"(best {means[k]:.4f})" in candidates[-1]
    best = f"{means[k]:.4f} ± {deviations[k]:.4f}, candidate {k + 1}: C="
    assert last.startswith(f"GridSearchCV: 6 fits in T; best {best}")


def test_several_scores_and_distributions(feedback, capsys):
    search = RandomizedSearchCV(
        linear(),
        {"linearsvc__C": loguniform(0.1, 10)},
        n_iter=2,
        cv=2,
        scoring=["accuracy", "f1_macro"],
        refit="f1_macro",
        random_state=0,
    )
    search.set_callbacks(FitProgress()).fit(*feedback)
    shown = capsys.readouterr().err
    for i in range(2):
        assert f"{i + 1} of 2  {search.cv_results_['mean_test_f1_macro'][i]:.4f} ± " in shown
        assert f"C={search.cv_results_['params'][i]['linearsvc__C']:.4g}" in shown


def test_rounds_of_a_halving_search(feedback, capsys):
    grid = {"linearsvc__C": [0.01, 0.1, 1, 10]}
    search = HalvingGridSearchCV(linear(), grid, cv=2, factor=2, min_resources=16, random_state=0)
    search.set_callbacks(FitProgress()).fit(*feedback)
    lines = without_times(capsys.readouterr().err)
    rounds = [line for line in lines if "round" in line]
    n = search.n_iterations_
    assert n > 1
    assert rounds == [
        f"HalvingGridSearchCV: round {i + 1} of {n}, {k} candidates, 2 folds, {2 * k} fits"
        for i, k in enumerate(search.n_candidates_)
    ]
    assert f"best {search.best_score_:.4f}" in lines[-1]
    assert f"C={search.best_params_['linearsvc__C']:.4g}" in lines[-1]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_epochs_are_left_out_of_a_search(feedback, capsys, n_jobs):
    search = GridSearchCV(
        network(), {"kerastextclassifier__epochs": [1, 2]}, cv=2, n_jobs=n_jobs, refit=False
    )
    search.set_callbacks(FitProgress()).fit(*feedback)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 + 2 + 1
    assert "epochs=1" in lines[1] + lines[2]
    assert not any("loss" in line or "refit" in line for line in lines)


def test_steps_and_epochs_of_a_fit(feedback, capsys):
    pipeline = network(epochs=2, early_stopping=True)
    pipeline.set_callbacks(FitProgress()).fit(*feedback)
    h = pipeline[-1].history_
    assert without_times(capsys.readouterr().err) == [
        "T step 1 of 2: kerastokenizertransformer (KerasTokenizerTransformer)",
        *(
            f"T KerasTextClassifier  epoch {i + 1} of 2: "
            + ", ".join(
                f"{name} {h[name][i]:.4f}"
                for name in ("loss", "accuracy", "val_loss", "val_accuracy")
            )
            for i in range(2)
        ),
        "T step 2 of 2: final estimator (KerasTextClassifier)",
        "Pipeline: fitted in T",
    ]


def test_a_network_alone(data, capsys):
    classifier(epochs=2).set_callbacks(FitProgress()).fit(*data)
    lines = without_times(capsys.readouterr().err)
    assert [line[:35] for line in lines] == [
        "T KerasTextClassifier  epoch 1 of 2",
        "T KerasTextClassifier  epoch 2 of 2",
        "KerasTextClassifier: fitted in T",
    ]


@pytest.mark.parametrize("make_bar", [FitProgress, lambda: ProgressBar(max_propagation_depth=None)])
def test_the_recommended_pipeline_warns_of_nothing(feedback, capsys, make_bar):
    pytest.importorskip("rich")
    model = make_text_classifier(random_state=0).set_callbacks(make_bar())
    model.fit(*feedback)
    captured = capsys.readouterr()
    assert "TfidfTransformer" in captured.err + captured.out
    assert "WeightedVotingClassifier" in captured.err + captured.out


def test_a_search_as_a_step_and_a_search_of_searches(feedback, capsys):
    search = GridSearchCV(LinearSVC(), {"C": [0.1, 1]}, cv=2).set_callbacks(FitProgress())
    make_pipeline(TfidfVectorizer(), search).fit(*feedback)
    assert "2 of 2  0." in capsys.readouterr().err
    inner = GridSearchCV(linear(), {"linearsvc__C": [0.1, 1]}, cv=2)
    outer = GridSearchCV(inner, {"cv": [2, 3]}, cv=2).set_callbacks(FitProgress())
    outer.fit(*feedback)
    lines = without_times(capsys.readouterr().err)
    assert len(lines) == 1 + 2 + 1 + 1
    assert "cv=3" in lines[2]


def test_a_search_that_others_repeat(feedback, capsys):
    search = GridSearchCV(linear(), GRID, cv=2).set_callbacks(FitProgress())
    scores = cross_val_score(search, *feedback, cv=2)
    assert len(scores) == 2
    assert capsys.readouterr().err.count("3 candidates, 2 folds, 6 fits") == 2


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_other_backends(feedback, capfd, backend):
    if backend == "multiprocessing" and "jax" in sys.modules:
        pytest.skip("JAX warns of every fork")
    search = GridSearchCV(linear(), GRID, cv=2, n_jobs=2).set_callbacks(FitProgress())
    with (
        warnings.catch_warnings(),
        parallel_config(backend),
    ):  # scikit-learn sets filters in threads
        search.fit(*feedback)
    assert "GridSearchCV: 6 fits in" in capfd.readouterr().err


def test_results_and_pickles_are_the_same(feedback):
    plain = GridSearchCV(network(), {"kerastextclassifier__epochs": [1, 2]}, cv=2)
    shown = clone(plain).set_callbacks(FitProgress())
    plain.fit(*feedback)
    shown.fit(*feedback)
    for name in ("mean_test_score", "std_test_score", "rank_test_score"):
        np.testing.assert_array_equal(plain.cv_results_[name], shown.cv_results_[name])
    assert pickle.dumps(plain.best_estimator_) == pickle.dumps(shown.best_estimator_)
    restored = pickle.loads(pickle.dumps(shown))
    np.testing.assert_array_equal(restored.predict(feedback[0]), plain.predict(feedback[0]))


def test_a_pickle_of_it_is_small_before_and_after_a_fit(feedback):
    progress = FitProgress()
    before = pickle.dumps(progress)
    GridSearchCV(linear(), GRID, cv=2).set_callbacks(progress).fit(*feedback)
    assert pickle.dumps(progress) == before
    assert len(before) < 200
    pipeline = pickle.loads(pickle.dumps(linear().set_callbacks(progress)))
    assert isinstance(pipeline._skl_callbacks[0], FitProgress)
    pipeline.fit(*feedback)


class Failing(ClassifierMixin, BaseEstimator):
    def __init__(self, C=1):
        self.C = C

    def fit(self, X, y):
        if self.C == 2:
            raise ValueError("no good")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_candidates_that_fail(capsys):
    search = GridSearchCV(Failing(), {"C": [1, 2]}, cv=2).set_callbacks(FitProgress())
    search.fit(np.eye(8), [0, 1] * 4)
    lines = without_times(capsys.readouterr().err)
    assert lines[2] == "T 2 of 2  failed (best 0.5000)  C=2"
    assert "candidate 1: C=1" in lines[-1]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_fit_that_stops(capsys, monkeypatch, error):
    def fail(self, X, y):
        raise error

    if error is KeyboardInterrupt:
        monkeypatch.setattr(Failing, "fit", fail)
    search = GridSearchCV(Failing(), {"C": [1, 2]}, cv=2, error_score="raise")
    with pytest.raises(error):
        search.set_callbacks(FitProgress()).fit(np.eye(8), [0, 1] * 4)
    last = without_times(capsys.readouterr().err)[-1]
    assert re.match(r"GridSearchCV: stopped after \d fits, T", last)


def test_silence(feedback, capsys, monkeypatch):
    search = GridSearchCV(linear(), GRID, cv=2)
    search.set_callbacks(FitProgress(verbose=False)).fit(*feedback)
    assert capsys.readouterr().err == ""
    search.set_callbacks(FitProgress())
    closed = io.StringIO()
    closed.close()
    for stream in (None, closed):
        monkeypatch.setattr(sys, "stderr", stream)
        assert hasattr(search.fit(*feedback), "best_score_")
    with pytest.raises(InvalidParameterError, match="verbose"):
        FitProgress(verbose="no")


def test_a_stream_that_knows_ascii_only(feedback, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", stream)
    names = {"linearsvc__C": [1], "tfidfvectorizer__stop_words": [["für"], ["и"]]}
    GridSearchCV(linear(), names, cv=2).set_callbacks(FitProgress()).fit(*feedback)
    shown = stream.buffer.getvalue().decode("ascii")
    assert "+/-" in shown
    assert r"stop_words=['f\xfcr']" in shown


def test_a_fit_goes_on_if_its_display_is_out_of_reach(feedback):
    progress = FitProgress()
    pipeline = linear().set_callbacks(progress)

    class Leaves(LinearSVC):
        def fit(self, X, y):
            for listener, _ in progress._listeners.values():
                callback._transport.close_listener(listener)
            return super().fit(X, y)

    pipeline.steps[-1] = ("svc", Leaves())
    assert pipeline.fit(*feedback).score(*feedback) > 0.5


def test_names_and_values_of_parameters():
    spaces = [
        {"a__C": [1, 2], "b__C": [1], "clf": [LogisticRegression(C=2)], "x": [3]},
        {"a__C": [1], "b__C": [2], "clf": ["passthrough"], "x": [3]},
        {"b__C": loguniform(1, 2), "clf": [DummyClassifier()], "x": [3], "tokens": [str.split]},
    ]
    search = GridSearchCV(LogisticRegression(), spaces)
    names = varied_parameters(search)
    assert names == {"a__C": "a__C", "b__C": "b__C", "clf": "clf", "tokens": "tokens"}
    text = describe({"b__C": 0.123456, "clf": spaces[0]["clf"][0], "tokens": str.split}, names)
    assert text == "b__C=0.1235, clf=LogisticRegression(C=2), tokens=split"
    assert describe({"clf": "a\x1b[31m\nb" * 20}, names).isprintable()
    assert len(describe({"clf": ["word"] * 10**6}, names)) < 70
    vote = WeightedVotingClassifier([("one", LogisticRegression())])
    assert varied_parameters(vote) == {}
