"""What stands in a report, and what is refused before the work."""

import re
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, KFold, RandomizedSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import InvalidParameterError

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    make_text_classifier,
)
from skembed.errors import DocumentsError, NotRecordedError, TargetError
from skembed.inspection import model_report

SECTIONS = [
    "header",
    "score",
    "confusion",
    "calibration",
    "mistakes",
    "words-that-speak-for-each-class",
    "documents",
    "size-and-speed",
    "how-to-load-it",
    "origin",
]
TEXTS = ["good work", "very good", "poor work", "very poor"] * 5
CLASSES = ["yes", "yes", "no", "no"] * 5


def linear():
    return make_pipeline(CountVectorizer(), LogisticRegression())


@pytest.fixture(scope="module")
def fitted():
    return linear().fit(TEXTS, CLASSES)


def test_sections_of_the_default(topics, tmp_path, read):
    model, X, y = topics
    path = model_report(model, X, y, tmp_path / "report.html")
    assert path == tmp_path / "report.html"
    assert [*read(path)] == SECTIONS


def test_scores_are_those_of_scikit_learn(topics, tmp_path, read):
    model, X, y = topics
    page, predicted = read(model_report(model, X, y, tmp_path / "a.html")), model.predict(X)
    accuracy = f"{accuracy_score(y, predicted):.1%}"
    assert f"{accuracy}Accuracy" in page["header"]
    assert f"accuracy | {accuracy} | " in page["score"]
    assert f"F1 of the classes | {f1_score(y, predicted, average='macro'):.1%}" in page["score"]
    frequent = pd.Series(y).value_counts(normalize=True)
    assert f"always “{frequent.index[0]}” | {frequent.iloc[0]:.1%}" in page["score"]
    for row in confusion_matrix(y, predicted).tolist():
        assert " | ".join(map(str, row)) in page["confusion"]


def test_mistakes_are_the_most_certain_ones_and_explained(topics, tmp_path, read):
    model, X, y = topics
    path = model_report(model, X, y, tmp_path / "a.html", n_mistakes=3)
    predicted, certainty = model.predict(X), model.predict_proba(X).max(axis=1)
    wrong = np.flatnonzero(predicted != y)
    shown = wrong[np.argsort(-certainty[wrong])][:3]
    text = read(path)["mistakes"]
    assert re.findall(r"place in X_test: (\d+)", text) == [*map(str, shown)]
    for place in shown:
        assert f"true: {y[place]}" in text
        assert f"predicted: {predicted[place]}" in text
        assert f"probability: {certainty[place]:.1%}" in text
    html = path.read_text(encoding="utf-8")
    assert html.count("<article>") == html.count('class="skembed-explanation"') == 3
    assert html.count('class="for"') > 6


def test_words_of_each_class(fitted, tmp_path, read):
    words = read(model_report(fitted, TEXTS, CLASSES, tmp_path / "a.html"))[SECTIONS[5]]
    assert re.search(r"no.*poor.*yes.*good", words)


def test_a_report_without_texts(topics, tmp_path, read):
    model, X, y = topics
    path = model_report(model, X, y, tmp_path / "a.html", n_mistakes=0)
    assert "mistakes" not in read(path)
    html = path.read_text(encoding="utf-8")
    assert not [text for text in X if text in html]


def test_no_mistakes(fitted, tmp_path, read):
    page = read(model_report(fitted, TEXTS, CLASSES, tmp_path / "a.html"))
    assert page["mistakes"].strip() == "MistakesThere are none in the test documents."
    assert "accuracy | 100.0% | 83.9% to 100.0%" in page["score"]


def test_long_texts_are_folded_and_whole(tmp_path):
    texts = ["good " * 500 + "end", *TEXTS]
    model = linear().fit(TEXTS, CLASSES)
    path = model_report(model, texts, ["no", *CLASSES], tmp_path / "a.html")
    html = path.read_text(encoding="utf-8")
    assert re.search(r"<details><summary dir=\"auto\">(good ){20,30}…</summary>", html)
    assert html.count(">good</mark>") == 500


def test_the_ends_of_very_long_texts_are_left_out(tmp_path, read):
    texts = ["good " * 5_000 + "end", "x" * 30_000]
    model = linear().fit(TEXTS, CLASSES)
    path = model_report(model, texts, ["no", "yes"], tmp_path / "a.html")
    html, page = path.read_text(encoding="utf-8"), read(path)
    assert html.count(">good</mark>") == 4_000
    assert "good …" in page["mistakes"]
    assert f"{'x' * 20_000} …" in page["mistakes"]


def test_several_labels(labels, tmp_path, read):
    model, X, y = labels
    page, predicted = read(model_report(model, X, y, tmp_path / "a.html")), model.predict(X)
    assert "confusion" not in page
    missed = (y.to_numpy() > predicted).sum(axis=0)
    for k, name in enumerate(y.columns):
        assert re.search(rf"{name} \| \d+ \| {missed[k]} \| \d+", page["wrong-labels"])
    assert "there is no confusion matrix" in page["wrong-labels"]
    assert f"accuracy | {accuracy_score(y, predicted):.1%}" in page["score"]
    assert f"labels | {f1_score(y, predicted, average='macro'):.1%}" in page["score"]
    assert "probability of not effort" in page["mistakes"]
    assert "predicted: none" in page["mistakes"]


class Finder(BaseEstimator):
    """A classifier that predicts the class that stands in the text."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.array([name for text in X for name in self.classes_ if name in text])


def test_the_most_confused_pairs_of_many_classes(tmp_path, read):
    names = [f"c{i:02}" for i in range(12)]
    texts, y = names * 3, names * 3
    y[0], y[12], y[1] = "c05", "c05", "c02"  # predicted: c00, c00, c01
    page = read(model_report(Finder().fit(texts, names), texts, y, tmp_path / "a.html"))
    assert "make up 3 of 3 wrong" in page["confusion"]
    assert re.search(r"c05 \| c00 \| 2 \| 40.0% ?c02 \| c01 \| 1 \| 25.0%", page["confusion"])
    assert "All 12 classes as a matrix" in page["confusion"]


def test_of_very_many_classes_there_are_only_pairs(tmp_path, read):
    names = [f"c{i:03}" for i in range(200)]
    texts, y = names * 3, [*names[1:], names[0]] * 3
    path = model_report(Finder().fit(texts, y), texts, y, tmp_path / "a.html")
    assert "make up 45 of 600 wrong" in read(path)["confusion"]
    assert "matrix" not in read(path)["confusion"]
    assert path.stat().st_size < 200_000


def test_without_probabilities_and_words(machine, tmp_path, read):
    model, X, y = machine
    page = read(model_report(model, X, y, tmp_path / "a.html"))
    assert "no predict_proba" in page["calibration"]
    assert "Calibration error" not in page["header"]
    assert "could not be explained: Occlusion compares" in page["mistakes"]
    assert "could not be found: The vectorizer counts" in page[SECTIONS[5]]
    values = np.abs(model.decision_function(X))
    wrong = np.flatnonzero(model.predict(X) != y)
    first = re.search(r"place in X_test: (\d+)", page["mistakes"])[1]
    assert int(first) == wrong[values[wrong].argmax()]


def test_mistakes_are_explained_by_occlusion_if_need_be(tmp_path):
    model = make_pipeline(TfidfVectorizer(), KNeighborsClassifier()).fit(TEXTS, CLASSES)
    path = model_report(model, ["good", "very good " * 200], ["no", "no"], tmp_path / "a.html")
    html = path.read_text(encoding="utf-8")
    assert html.count("(occlusion)") == 1
    assert "Texts of more than 300 words are not explained" in html


@pytest.mark.parametrize(
    "kinds",
    [
        (list, [1, 0]),
        (np.array, [1, 0]),
        (pd.Series, ["x", "y"]),
        (tuple, [True, False]),
    ],
    ids=lambda kinds: str(kinds[1]),
)
def test_labels_of_each_type_in_each_container(kinds, tmp_path, read):
    contain, (yes, no) = kinds
    y = contain([yes if label == "yes" else no for label in CLASSES])
    model = make_text_classifier(random_state=0).fit(TEXTS, y)
    page = read(model_report(model, contain(TEXTS), y, tmp_path / "a.html"))
    assert f"true \\ predicted{min(yes, no)}{max(yes, no)}" in page["confusion"]


def test_lists_of_tokens(tmp_path, read):
    texts = [text.split() for text in TEXTS]
    model = make_text_classifier(random_state=0).fit(texts, CLASSES)
    page = read(model_report(model, [*texts, ["poor", "work"]], [*CLASSES, "yes"], tmp_path / "a"))
    assert "poor work" in page["mistakes"]
    assert "median length is 2 words" in page["documents"]


def test_a_network_with_vectors(tmp_path, read):
    steps = (
        KerasTokenizerTransformer(),
        PadSequences(2),
        PretrainedEmbeddingMatrix({"good": [1.0, 0.0], "poor": [-1.0, 0.5], "very": [0, 1.0]}),
        KerasTextClassifier(architecture="average", epochs=1, random_state=7),
    )
    model = make_pipeline(*steps).fit(TEXTS, CLASSES)
    texts, y = [*TEXTS, "work work good good"], [*CLASSES, "yes"]
    page = read(model_report(model, texts, y, tmp_path / "a.html"))
    assert "Documents longer than 2 are cut." in page["documents"]
    assert re.search(r"yes \| 11 \| 52.4% \| 2 \| *\| 9.1%", page["documents"])
    assert "3 of the 4 words of the vocabulary have a word vector" in page["documents"]
    assert "work | 10 | 10" in page["documents"]
    assert "Parameters of the network" in page["size-and-speed"]
    assert "Training of the network" in page["size-and-speed"]
    assert "kerastextclassifier__random_state7" in page["origin"]
    assert re.search(r"backend of keras(tensorflow|jax|torch) \d", page["origin"])


def test_training_documents(fitted, tmp_path, read):
    new = ["good work", "poor", "good"]
    path = tmp_path / "a.html"
    page = read(
        model_report(fitted, new, ["yes", "no", "yes"], path, X_train=TEXTS, y_train=CLASSES)
    )
    assert "learned from 20 documents. 1 of the test documents are among them" in page["documents"]
    assert "yes | 2 | 66.7% | 10" in page["documents"]


def test_a_search(tmp_path, read):
    search = RandomizedSearchCV(
        linear(),
        {"logisticregression__C": [0.1, 10.0]},
        n_iter=2,
        random_state=5,
        scoring="f1_macro",
    ).fit(TEXTS, CLASSES)
    page = read(model_report(search, TEXTS, CLASSES, tmp_path / "a.html"))
    assert "RandomizedSearchCV compared 2 candidates by f1_macro, on 5 splits" in page["search"]
    assert re.search(r"\d | 0.1 | 1 ± 0", page["search"])
    assert "search.best_estimator_" in page["how-to-load-it"]
    assert "Fit of the best pipeline" in page["size-and-speed"]
    assert "search5" in page["origin"]


def test_a_halving_search_counts_its_candidates_once(tmp_path, read):
    grid = {"logisticregression__C": [0.1, 1.0, 10.0]}
    folds = KFold(2, shuffle=True, random_state=9)
    search = HalvingGridSearchCV(linear(), grid, cv=folds, min_resources=6, random_state=0)
    page = read(model_report(search.fit(TEXTS, CLASSES), TEXTS, CLASSES, tmp_path / "a.html"))
    assert "compared 3 candidates in 2 rounds by accuracy" in page["search"]
    assert "cv of the search9" in page["origin"]


def test_a_search_whose_candidates_have_no_order(tmp_path, read):
    search = GridSearchCV(
        linear(),
        {"logisticregression__C": [1.0]},
        scoring=["accuracy", "f1_macro"],
        refit=lambda results: 0,
    ).fit(TEXTS, CLASSES)
    page = read(model_report(search, TEXTS, CLASSES, tmp_path / "a.html"))
    assert "cannot be ranked: The search recorded several scores" in page["search"]


def test_long_searches_are_folded_and_bounded(tmp_path, read):
    grid = {"logisticregression__C": np.geomspace(0.1, 10, 15)}
    search = GridSearchCV(linear(), grid, cv=2).fit(TEXTS, CLASSES)
    page = read(model_report(search, TEXTS, CLASSES, tmp_path / "a.html"))
    assert "5 more of 15" in page["search"]


def test_folders_of_files_are_left_out(tmp_path, read):
    file = tmp_path / "vectors.txt"
    file.write_text("good 1 0\npoor 0 1\nvery 1 1\nwork 0 0.5\n", encoding="utf-8")
    steps = KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(str(file))
    network = KerasTextClassifier(architecture="average", epochs=1, random_state=0)
    model = make_pipeline(*steps, network).fit(TEXTS, CLASSES)
    path = model_report(model, TEXTS, CLASSES, tmp_path / "a.html")
    assert "PretrainedEmbeddingMatrix(vectors='…/vectors.txt')" in read(path)["origin"]
    assert str(tmp_path) not in path.read_text(encoding="utf-8")


def test_nothing_is_changed(topics, tmp_path):
    model, X, y = topics
    before, state = joblib.hash((model, X, y)), joblib.hash(np.random.get_state())
    model_report(model, X, y, tmp_path / "a.html")
    assert joblib.hash((model, X, y)) == before
    assert joblib.hash(np.random.get_state()) == state


def test_no_optional_package_is_needed(topics, without_matplotlib, tmp_path):
    assert sys.modules["matplotlib"] is None
    assert model_report(*topics, tmp_path / "a.html").is_file()


def test_an_existing_file_is_replaced_and_a_title_shown(fitted, tmp_path, read):
    file = tmp_path / "a.html"
    file.write_text("old", encoding="utf-8")
    model_report(fitted, TEXTS, CLASSES, str(file), title="Complaints, v2 & more")
    assert "Complaints, v2 & more" in read(file)["header"]
    assert [*tmp_path.iterdir()] == [file]


def test_broken_characters_are_written(fitted, tmp_path, read):
    page = read(model_report(fitted, ["good \ud800"], ["no"], tmp_path / "a.html"))
    assert "good ?" in page["mistakes"]


BAD = {
    "not fitted": (linear(), TEXTS, CLASSES, NotFittedError, "not fitted"),
    "search not fitted": (GridSearchCV(linear(), {}), TEXTS, CLASSES, NotFittedError, "not fitted"),
    "no text": ("fitted", [1, 2], ["yes", "no"], DocumentsError, "str"),
    "unknown label": ("fitted", TEXTS[:2], ["yes", "maybe"], TargetError, "maybe"),
    "number of labels": ("fitted", TEXTS[:2], ["yes"], TargetError, "2 documents and 1 labels"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name, fitted, tmp_path):
    model, X, y, error, message = BAD[name]
    with pytest.raises(error, match=message):
        model_report(fitted if model == "fitted" else model, X, y, tmp_path / "a.html")
    assert not [*tmp_path.iterdir()]


def test_a_search_without_a_best_pipeline(tmp_path):
    search = GridSearchCV(linear(), {"logisticregression__C": [1.0]}, refit=False, cv=2)
    with pytest.raises(NotRecordedError, match="refit=False"):
        model_report(search.fit(TEXTS, CLASSES), TEXTS, CLASSES, tmp_path / "a.html")


def test_what_is_no_classifier(tmp_path):
    model = make_pipeline(CountVectorizer(), Ridge()).fit(TEXTS, [1.0, 2.0, 3.0, 4.0] * 5)
    with pytest.raises(TargetError, match="Expected a classifier, got Pipeline"):
        model_report(model, TEXTS, CLASSES, tmp_path / "a.html")


def test_several_outputs(tmp_path):
    y = np.array([[1, 0], [1, 1], [0, 0], [0, 1]] * 5)
    outputs = MultiOutputClassifier(LogisticRegression())
    model = make_pipeline(CountVectorizer(), outputs).fit(TEXTS, y)
    with pytest.raises(TargetError, match=r"2 outputs .* OneVsRestClassifier"):
        model_report(model, TEXTS, y, tmp_path / "a.html")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_mistakes": -1}, "n_mistakes"),
        ({"title": 3}, "title"),
        ({"path": 3}, "path"),
        ({"X_train": TEXTS}, "both X_train and y_train"),
    ],
)
def test_bad_settings(settings, message, fitted, tmp_path):
    with pytest.raises(InvalidParameterError, match=message):
        model_report(fitted, TEXTS, CLASSES, **{"path": tmp_path / "a.html"} | settings)


def test_a_path_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    with pytest.raises(IsADirectoryError, match="got a folder"):
        model_report(None, None, None, tmp_path)
    with pytest.raises(FileNotFoundError, match="create it first"):
        model_report(None, None, None, tmp_path / "missing" / "a.html")
