"""The estimators inside pipelines, searches and other meta-estimators of scikit-learn."""

import io
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.callback import ProgressBar
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    StratifiedShuffleSplit,
    cross_validate,
)
from sklearn.pipeline import Pipeline, make_pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TokenSequences,
)
from skembed.errors import TargetError
from skembed.networks.training import epoch_progress


def words_of(texts):
    return {word for text in TextCleaner().transform(texts) for word in text.split()}


@pytest.fixture(scope="module")
def vectors(feedback):
    """A distinct vector for each word, far from the initial weights of a network."""
    words = sorted(words_of(feedback[0]))
    return dict(zip(words, np.random.RandomState(0).normal(5, 1, (len(words), 4))))


def text_steps(**params):
    classifier = KerasTextClassifier(architecture="average", embedding_dim=4, epochs=1)
    steps = [
        ("clean", TextCleaner()),
        ("tokenize", KerasTokenizerTransformer()),
        ("pad", PadSequences(maxlen=12)),
        ("embed", "passthrough"),
        ("clf", classifier.set_params(batch_size=40, random_state=0)),
    ]
    return Pipeline(steps).set_params(**params)


def assert_probabilities(probabilities, n_documents):
    assert probabilities.shape == (n_documents, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_make_pipeline(feedback, vectors):
    texts, labels = feedback
    pipeline = make_pipeline(
        TextCleaner(),
        KerasTokenizerTransformer(),
        PadSequences(),
        PretrainedEmbeddingMatrix(vectors),
        KerasTextClassifier(architecture="average", epochs=20, random_state=0),
    )
    pipeline.set_params(kerastextclassifier__optimizer__learning_rate=0.03).fit(texts, labels)
    assert_probabilities(pipeline.predict_proba(texts), len(texts))
    assert pipeline.classes_.tolist() == ["negative", "positive"]
    assert pipeline.score(texts, labels) > 0.8


def test_grid_search_over_every_kind_of_choice(feedback, vectors):
    texts, labels = feedback
    pipeline = text_steps(clf__architecture="cnn", clf__filters=2, clf__embedding_dim=None)
    windows = {"clf__kernel_size": [2, (1, 2)]}
    given = {
        "embed": [PretrainedEmbeddingMatrix(vectors)],
        "clf__embedding_trainable": [False, True],
    }
    grid = [windows | given, windows | {"embed": ["passthrough"]}]
    one_fold = StratifiedShuffleSplit(1, random_state=0)
    search = GridSearchCV(pipeline, grid, cv=one_fold, error_score="raise").fit(texts, labels)
    assert len(search.cv_results_["params"]) == 6
    assert search.best_estimator_["clf"].kernel_size == search.best_params_["clf__kernel_size"]
    assert_probabilities(search.predict_proba(texts), len(texts))
    assert search.predict(texts[:1])[0] in search.classes_


def test_randomized_search(feedback):
    texts, labels = feedback
    choices = {
        "clf__optimizer__learning_rate": loguniform(1e-4, 1e-1),
        "clf__optimizer": ["sgd", "adam"],
        "pad__maxlen": [None, 0.9, 8],
        "tokenize__min_count": [1, 2],
    }
    search = RandomizedSearchCV(
        text_steps(), choices, n_iter=2, cv=2, random_state=0, error_score="raise"
    ).fit(texts, labels)
    rate = search.best_params_["clf__optimizer__learning_rate"]
    optimizer = search.best_estimator_["clf"].model_.optimizer
    assert type(optimizer).__name__.lower() == search.best_params_["clf__optimizer"]
    assert float(optimizer.learning_rate) == pytest.approx(rate)


def test_halving_search_with_epochs_as_resource(feedback):
    texts, labels = feedback
    search = HalvingGridSearchCV(
        text_steps(),
        {"clf__optimizer__learning_rate": [0.001, 0.1]},
        resource="clf__epochs",
        factor=2,
        min_resources=1,
        max_resources=2,
        cv=2,
        error_score="raise",
        random_state=0,
    ).fit(texts, labels)
    assert search.n_resources_ == [1, 2]
    assert search.best_estimator_["clf"].n_epochs_ == 2


def test_cross_validate_scores_and_returns_estimators(feedback):
    texts, labels = feedback
    result = cross_validate(
        text_steps(),
        texts,
        labels,
        cv=2,
        scoring=["roc_auc", "neg_log_loss"],
        return_estimator=True,
        return_indices=True,
        error_score="raise",
    )
    assert (result["test_roc_auc"] <= 1).all()
    for fold, pipeline in enumerate(result["estimator"]):
        rows = result["indices"]["test"][fold]
        p = pipeline.predict_proba(texts[rows])
        truth = labels[rows] == "positive"
        expected = np.mean(np.log(p[np.arange(len(rows)), truth.astype(int)]))
        assert result["test_neg_log_loss"][fold] == pytest.approx(expected, rel=1e-4)


def test_integer_cv_is_stratified(feedback):
    texts, labels = feedback
    by_label = np.argsort(labels, kind="stable")
    result = cross_validate(
        text_steps(), texts[by_label], labels[by_label], cv=2, return_indices=True
    )
    for fold in result["indices"]["test"]:
        assert Counter(labels[by_label][fold]) == {"negative": 20, "positive": 20}


@pytest.mark.parametrize("embed", [False, True])
def test_nothing_of_a_fold_leaks_into_its_training(feedback, vectors, embed):
    texts, labels = feedback
    result = cross_validate(
        text_steps(embed=PretrainedEmbeddingMatrix(vectors) if embed else "passthrough"),
        texts,
        labels,
        cv=2,
        return_estimator=True,
        return_indices=True,
        error_score="raise",
    )
    for fold, pipeline in enumerate(result["estimator"]):
        seen = words_of(texts[result["indices"]["train"][fold]])
        assert words_of(texts[result["indices"]["test"][fold]]) - seen
        vocabulary = pipeline["clf"].vocabulary_
        assert set(vocabulary) == set(pipeline["tokenize"].vocabulary_) == seen
        assert pipeline["clf"].embedding_weights_.shape == (len(seen) + 2, 4)
        if embed:
            known = pipeline["embed"].matrix_[[vocabulary[word] for word in seen]]
            np.testing.assert_allclose(known, [vectors[word] for word in seen], rtol=1e-6)
            assert len(pipeline["embed"].matrix_) == len(seen) + 2


@pytest.mark.parametrize("ensemble", [True, False])
def test_calibrated(feedback, ensemble):
    texts, labels = feedback
    calibrated = CalibratedClassifierCV(text_steps(), cv=2, ensemble=ensemble)
    assert_probabilities(calibrated.fit(texts, labels).predict_proba(texts), len(texts))


def test_soft_voting(feedback):
    texts, labels = feedback
    members = [("a", text_steps()), ("b", text_steps(clf__random_state=1))]
    voting = VotingClassifier(members, voting="soft").fit(texts, labels)
    each = [member.predict_proba(texts) for member in voting.estimators_]
    np.testing.assert_allclose(voting.predict_proba(texts), np.mean(each, axis=0), rtol=1e-6)
    assert set(voting.predict(texts)) <= set(labels)


def test_stacking(feedback):
    texts, labels = feedback
    members = [("a", text_steps()), ("b", text_steps(clf__random_state=1))]
    stacking = StackingClassifier(members, LogisticRegression(), cv=2).fit(texts, labels)
    assert stacking.transform(texts).shape == (len(texts), 2)
    assert_probabilities(stacking.predict_proba(texts), len(texts))


@pytest.fixture(scope="module")
def frame(feedback):
    texts, labels = feedback
    return pd.DataFrame({"n": np.arange(len(texts)), "text": texts}), labels


@pytest.mark.parametrize(
    "estimator",
    [
        KerasTextClassifier(architecture="average", epochs=1, random_state=0),
        LogisticRegression(max_iter=10_000),
    ],
    ids=["KerasTextClassifier", "LogisticRegression"],
)
@pytest.mark.parametrize("output", ["default", "pandas"])
def test_column_transformer_makes_features_of_text(frame, estimator, output):
    X, labels = frame
    text = make_pipeline(TextCleaner(), KerasTokenizerTransformer(), PadSequences(maxlen=30))
    columns = ColumnTransformer([("words", text, "text")])
    pipeline = make_pipeline(columns, clone(estimator)).set_output(transform=output)
    assert_probabilities(pipeline.fit(X, labels).predict_proba(X), len(X))
    assert columns.get_feature_names_out().tolist() == [f"words__text{i}" for i in range(30)]
    features = pipeline[:-1].transform(X)
    assert isinstance(features, pd.DataFrame) == (output == "pandas")
    ids = np.asarray(columns.named_transformers_["words"].transform(X["text"]))
    np.testing.assert_array_equal(np.asarray(features), ids)


def test_vectors_come_through_a_column_transformer(frame, vectors):
    text = text_steps(embed=PretrainedEmbeddingMatrix(vectors))[:-1]
    columns = ColumnTransformer([("words", text, "text")])
    classifier = KerasTextClassifier(architecture="average", embedding_trainable=False, epochs=1)
    make_pipeline(columns, classifier).fit(*frame)
    matrix = columns.named_transformers_["words"]["embed"].matrix_
    np.testing.assert_array_equal(classifier.embedding_weights_, matrix)


def test_vocabulary_comes_through_a_column_transformer():
    """The rarest word, which has the largest id, is truncated in training."""
    words = make_pipeline(KerasTokenizerTransformer(), PadSequences(maxlen=2))
    pipeline = make_pipeline(
        ColumnTransformer([("words", words, "text")]),
        KerasTextClassifier(architecture="average", embedding_dim=4, epochs=1),
    )
    X = pd.DataFrame({"text": ["good work", "poor work", "really good work", "poor work"]})
    pipeline.fit(X, [1, 0, 1, 0])
    assert_probabilities(pipeline.predict_proba(pd.DataFrame({"text": ["really"]})), 1)


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_column_transformer_picks_a_column(frame, vectors, output):
    X, labels = frame
    texts = X["text"].to_numpy()
    pipeline = text_steps(embed=PretrainedEmbeddingMatrix(vectors))
    expected = clone(pipeline).fit(texts, labels).predict_proba(texts)
    pick = ("pick", ColumnTransformer([("pick", "passthrough", ["text"])]))
    picking = Pipeline([pick, *pipeline.steps]).set_output(transform=output).fit(X, labels)
    np.testing.assert_array_equal(picking.predict_proba(X), expected)
    assert picking["clf"].vocabulary_ == picking["tokenize"].vocabulary_


@pytest.mark.parametrize("way", ["fit", "search", "weights"])
def test_raw_text_to_validate_on_goes_through_the_pipeline(feedback, vectors, way):
    texts, labels = np.asarray(feedback[0], object), np.asarray(feedback[1])
    training, held_out = slice(None, 60), slice(60, None)
    weights = np.linspace(1, 2, 60)
    pipeline = text_steps(embed=PretrainedEmbeddingMatrix(vectors), transform_input=["X_val"])
    with config_context(enable_metadata_routing=True):
        requests = {"X_val": True, "y_val": True, "sample_weight": way == "weights"}
        pipeline["clf"].set_fit_request(**requests)
        given = {"X_val": texts[held_out], "y_val": labels[held_out]}
        given |= {"sample_weight": weights} if way == "weights" else {}
        whole = pipeline
        if way == "search":
            whole = GridSearchCV(pipeline, {"clf__epochs": [2]}, cv=2, error_score="raise")
        fitted = whole.fit(texts[training], labels[training], **given)
        fitted = fitted.best_estimator_ if way == "search" else fitted
        before = fitted[:-1]
    steps = clone(pipeline)[:-1].set_params(transform_input=None).fit(texts[training])
    np.testing.assert_array_equal(before["embed"].matrix_, steps["embed"].matrix_)
    ids = steps.transform(texts)
    expected = clone(fitted["clf"]).fit(
        ids[training],
        labels[training],
        weights if way == "weights" else None,
        validation_data=(ids[held_out], labels[held_out]),
    )
    assert "val_loss" in expected.history_
    assert fitted["clf"].history_ == expected.history_
    assert fitted["tokenize"].vocabulary_ == steps["tokenize"].vocabulary_


def test_labels_that_went_through_the_pipeline_are_told(feedback):
    texts, labels = np.asarray(feedback[0], object), np.asarray(feedback[1])
    pipeline = text_steps(transform_input=["validation_data"])
    with config_context(enable_metadata_routing=True):
        pipeline["clf"].set_fit_request(validation_data=True)
        with pytest.raises(TargetError, match=r"passed them through its steps.* X_val and y_val"):
            pipeline.fit(texts, labels, validation_data=(texts, labels))


def test_memory_knows_the_vocabulary(feedback, vectors, tmp_path):
    """Both corpora have the same ids, for different words."""
    texts, labels = feedback
    words = sorted(vectors)
    other_word = dict(zip(words, reversed(words)))
    cleaned = TextCleaner().transform(texts)
    others = [" ".join(other_word[word] for word in text.split()) for text in cleaned]
    pipeline = text_steps(embed=PretrainedEmbeddingMatrix(vectors), memory=str(tmp_path))
    for corpus in (texts, others):
        fresh = clone(pipeline).set_params(memory=None).fit(corpus, labels)
        cached = clone(pipeline).fit(corpus, labels)
        np.testing.assert_array_equal(cached["embed"].matrix_, fresh["embed"].matrix_)
        np.testing.assert_array_equal(cached.predict_proba(corpus), fresh.predict_proba(corpus))
        assert cached["tokenize"].vocabulary_ == fresh["clf"].vocabulary_


def test_memory_saves_work(feedback, vectors, tmp_path, monkeypatch):
    texts, labels = feedback
    pipeline = text_steps(embed=PretrainedEmbeddingMatrix(vectors), memory=str(tmp_path))
    pipeline.fit(texts, labels)

    def refuse(*args):
        raise AssertionError("fitted again")

    monkeypatch.setattr(PretrainedEmbeddingMatrix, "fit", refuse)
    monkeypatch.setattr(KerasTokenizerTransformer, "_learn", refuse)
    assert_probabilities(clone(pipeline).fit(texts, labels).predict_proba(texts), len(texts))


@pytest.mark.parametrize("output", ["pandas", "default"])
def test_set_output_keeps_the_sequences(feedback, vectors, output):
    texts, labels = feedback
    plain = text_steps(embed=PretrainedEmbeddingMatrix(vectors)).fit(texts, labels)
    asked = clone(plain).set_output(transform=output).fit(pd.Series(texts), labels)
    assert asked[:-1].transform(texts) == plain[:-1].transform(texts)
    assert isinstance(asked[:-1].transform(texts), TokenSequences)
    np.testing.assert_array_equal(asked.predict_proba(texts), plain.predict_proba(texts))


def test_clone_is_unfitted_and_equal(feedback, vectors):
    texts, labels = feedback
    pipeline = text_steps(
        embed=PretrainedEmbeddingMatrix(vectors), clf__optimizer__learning_rate=0.01
    ).fit(texts, labels)
    twin = clone(pipeline)
    assert str(twin.get_params()) == str(pipeline.get_params())
    assert twin["clf"].get_params() == pipeline["clf"].get_params()
    assert twin["embed"].vectors is vectors
    for step in ("tokenize", "pad", "embed", "clf"):
        assert not [name for name in vars(twin[step]) if name.endswith("_")]
    with pytest.raises(NotFittedError):
        twin.predict(texts)


def test_two_jobs_find_what_one_finds(feedback, vectors):
    texts, labels = feedback
    pipeline = text_steps(embed=PretrainedEmbeddingMatrix(vectors))
    grid = {"clf__embedding_trainable": [False, True]}
    one, two = (
        GridSearchCV(
            pipeline, grid, cv=2, n_jobs=n_jobs, scoring="neg_log_loss", error_score="raise"
        ).fit(texts, labels)
        for n_jobs in (1, 2)
    )
    for name in ("split0_test_score", "split1_test_score"):
        np.testing.assert_allclose(two.cv_results_[name], one.cv_results_[name], rtol=1e-6)
    np.testing.assert_array_equal(two.predict_proba(texts), one.predict_proba(texts))


@pytest.mark.parametrize("fitted", [False, True])
def test_html_repr(feedback, vectors, fitted):
    texts, labels = feedback
    pipeline = text_steps(embed=PretrainedEmbeddingMatrix(vectors))
    if fitted:
        pipeline.fit(texts, labels)
    html = GridSearchCV(pipeline, {"pad__maxlen": [8]})._repr_html_() + pipeline._repr_html_()
    for name in ("TextCleaner", "PadSequences", "PretrainedEmbeddingMatrix", "KerasTextClassifier"):
        assert name in html
    assert len(html) < 200_000


def test_feature_names(feedback):
    texts, labels = feedback
    pipeline = text_steps().fit(texts, labels)
    assert pipeline[:2].get_feature_names_out().tolist() == ["text"]
    expected = [f"text{i}" for i in range(12)]
    assert pipeline[:3].get_feature_names_out().tolist() == expected
    assert pipeline[:-1].get_feature_names_out(["essay"]).tolist() == [
        f"essay{i}" for i in range(12)
    ]


@pytest.mark.parametrize("search", [False, True])
def test_sample_weight_is_routed(feedback, search):
    texts, labels = feedback
    weights = np.where(labels == "positive", 1.0, 3.0)
    expected = text_steps().fit(texts, labels, clf__sample_weight=weights).predict_proba(texts)
    assert not np.array_equal(text_steps().fit(texts, labels).predict_proba(texts), expected)
    with config_context(enable_metadata_routing=True):
        pipeline = text_steps()
        pipeline["clf"].set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        if search:
            pipeline = GridSearchCV(pipeline, {"clf__epochs": [1]}, cv=2, error_score="raise")
        routed = pipeline.fit(texts, labels, sample_weight=weights).predict_proba(texts)
    np.testing.assert_array_equal(routed, expected)


class Recorder:
    """Record the path of each task, as a callback that is propagated to all levels."""

    max_propagation_depth = None

    def __init__(self):
        self.begun, self.ended = [], []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(self.path(context))

    def on_fit_task_end(self, estimator, context):
        self.ended.append(self.path(context))

    @staticmethod
    def path(context):
        path = []
        while context is not None:
            path.insert(0, (context.estimator_name, context.task_name, context.task_id))
            context = context.parent
        return tuple(path)


def test_epochs_are_subtasks_of_a_search(feedback):
    texts, labels = feedback
    recorder = Recorder()
    search = GridSearchCV(text_steps(), {"clf__epochs": [2, 3]}, cv=2, error_score="raise")
    search.set_callbacks(recorder).fit(texts, labels)
    epochs = [path for path in recorder.ended if path[-1][1].startswith("epoch: loss ")]
    assert {path[-1][0] for path in epochs} == {"KerasTextClassifier"}
    assert len(epochs) == 2 * (2 + 3) + search.best_params_["clf__epochs"]
    assert len(set(epochs)) == len(epochs)
    assert sorted(map(str, recorder.begun)) == sorted(map(str, recorder.ended))
    assert {path[0][0] for path in epochs} == {"GridSearchCV"}
    assert all(path[-2][:2] == ("KerasTextClassifier", "fit") for path in epochs)


def test_callback_stops_training_after_an_epoch(feedback):
    class Stopping(Recorder):
        def on_fit_task_end(self, estimator, context):
            return context.task_name.startswith("epoch") and context.task_id == 1

    texts, labels = feedback
    pipeline = text_steps(clf__epochs=9).set_callbacks(Stopping()).fit(texts, labels)
    assert pipeline["clf"].n_epochs_ == 2


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_bar_of_a_search(feedback, monkeypatch, n_jobs):
    console = pytest.importorskip("rich.console").Console(width=200, file=io.StringIO())
    monkeypatch.setattr("rich._console", console)
    texts, labels = feedback
    search = GridSearchCV(text_steps(), {"clf__epochs": [3]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(texts, labels)
    shown = console.file.getvalue()
    assert len(re.findall(r"KerasTextClassifier - fit #\d+ .*100%", shown)) == 2 + 1
    epochs = re.findall(r"epoch: loss \d\.\d{4}, accuracy \d\.\d{4} #(\d) .*100%", shown)
    assert epochs == ["2"] * (2 + 1)  # fast epochs are counted, and the last one is drawn


def test_slow_epochs_are_all_drawn(feedback, monkeypatch):
    console = pytest.importorskip("rich.console").Console(width=200, file=io.StringIO())
    monkeypatch.setattr("rich._console", console)
    monkeypatch.setattr(epoch_progress, "_SECONDS_TO_A_LINE", 0)
    pipeline = text_steps(clf__epochs=3).set_callbacks(ProgressBar(max_propagation_depth=None))
    pipeline.fit(*feedback)
    assert re.findall(r"epoch: loss .* #(\d) .*100%", console.file.getvalue()) == [*"012"]
