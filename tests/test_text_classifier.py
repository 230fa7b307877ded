"""The recommended pipeline takes raw text of any kind and amount."""

import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import f1_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.class_weight import compute_sample_weight

from skembed import NgramVectorizer, make_text_classifier
from skembed.errors import DocumentsError, EmptyVocabularyError, TargetError

VECTORS = {
    "good": [1.0, 0.2], "fine": [0.9, 0.1], "poor": [-1.0, 0.3], "weak": [-0.9, 0.2],
    "essay": [0.1, -1.0], "work": [0.0, -0.9],
}  # fmt: skip
BOTH = pytest.mark.parametrize("vectors", [None, VECTORS], ids=["counts", "vectors"])


def corpus(classes, seed=0):
    """Documents of words that all classes have, and of some of the words of their class."""
    random = np.random.default_rng(seed)
    texts = [
        " ".join(
            [f"word{i}" for i in random.integers(0, 20, 6)]
            + [f"topic{k}x{i}" for i in random.integers(0, 4, 3)]
        )
        for k in classes
    ]
    return texts, np.array([f"class {k:02}" for k in classes])


TEXTS = ["Good essay!", "fine, good work", "poor essay", "weak work. Poor!", "good", "weak"] * 3
LABELS = ["yes", "yes", "no", "no", "yes", "no"] * 3


@BOTH
def test_raw_text_in_and_labels_out(vectors):
    model = make_text_classifier(vectors, random_state=0).fit(TEXTS, LABELS)
    assert model.predict(["good fine work", "poor weak"]).tolist() == ["yes", "no"]
    assert model.classes_.tolist() == ["no", "yes"]
    assert cross_val_score(model, TEXTS, LABELS, cv=3).min() == 1


def test_the_parts_have_names():
    assert [*make_text_classifier().fit(TEXTS, LABELS)[-1].weights_] == ["tfidf", "ratio", "bayes"]
    model = make_text_classifier(VECTORS).fit(TEXTS, LABELS)
    assert [*model[-1].weights_] == ["ngrams", "embedding"]
    assert [*model[-1].named_estimators_["ngrams"][-1].weights_] == ["tfidf", "ratio", "bayes"]


def test_vectors_help_with_rare_words():
    random = np.random.default_rng(0)
    words = {label: [f"{label}{i}" for i in range(60)] for label in ("no", "yes")}
    unrelated = [f"word{i}" for i in range(200)]
    vectors = {
        word: random.normal(1 if label == "yes" else -1, 1, 5)
        for label in words
        for word in words[label]
    }
    vectors |= {word: random.normal(0, 0.1, 5) for word in unrelated}
    labels = ["no", "yes"] * 40
    texts = [
        " ".join([*random.choice(words[label], 2), *random.choice(unrelated, 6)])
        for label in labels
    ]
    of_counts, of_vectors = (
        cross_val_score(make_text_classifier(some, random_state=0), texts, labels, cv=3).mean()
        for some in (None, vectors)
    )
    assert of_vectors > of_counts + 0.05


def test_vectors_that_make_no_difference_are_left_out():
    texts, labels = corpus([0, 1] * 100)
    labels[:40] = labels[1:41]  # wrong
    random = np.random.default_rng(0)
    of_other_words = {f"word{i}": random.normal(size=5) for i in range(20)}
    model, plain = (
        make_text_classifier(vectors, random_state=0).fit(texts, labels)
        for vectors in (of_other_words, None)
    )
    assert model[-1].weights_["embedding"] == 0
    assert [*model[-1].named_estimators_] == ["ngrams"]
    np.testing.assert_array_equal(model.predict(texts), plain.predict(texts))


@BOTH
def test_data_frames_as_default_output_change_nothing(vectors):
    expected = make_text_classifier(vectors, random_state=0).fit(TEXTS, LABELS)
    with config_context(transform_output="pandas"):
        model = make_text_classifier(vectors, random_state=0).fit(pd.Series(TEXTS), LABELS)
        np.testing.assert_array_equal(model.predict_proba(TEXTS), expected.predict_proba(TEXTS))


@BOTH
def test_random_state_reproduces(vectors):
    model = make_text_classifier(vectors, random_state=1)
    one, other = (clone(model).fit(TEXTS, LABELS) for _ in range(2))
    assert one[-1].weights_ == other[-1].weights_
    np.testing.assert_array_equal(one.predict_proba(TEXTS), other.predict_proba(TEXTS))


def test_every_choice_is_searched():
    model = make_text_classifier(random_state=0)
    grid = {
        "vote__tfidf__C": [1, 10],
        "vote__bayes": ["drop", model["vote"].estimators[2][1]],
        "count__ngram_range": [(1, 1), (1, 2)],
    }
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(TEXTS, LABELS)
    assert len(search.cv_results_["params"]) == 8
    assert search.best_score_ == 1


IN_ANOTHER_PROCESS = """
import joblib, numpy, sys
model, texts, expected = joblib.load(sys.argv[1])
numpy.testing.assert_allclose(model.predict_proba(texts), expected, rtol=1e-9)
"""


@BOTH
def test_predicts_in_another_process(vectors, tmp_path):
    model = make_text_classifier(vectors, random_state=0).fit(TEXTS, LABELS)
    joblib.dump((model, TEXTS, model.predict_proba(TEXTS)), tmp_path / "model.joblib")
    program = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(tmp_path / "model.joblib")]
    subprocess.run(program, check=True)


def test_fifty_documents():
    texts, labels = corpus([0, 1] * 50)
    model = make_text_classifier(random_state=0).fit(texts[:50], labels[:50])
    assert model.score(texts[50:], labels[50:]) > 0.9


def test_documents_of_one_word():
    model = make_text_classifier(random_state=0).fit(["good", "poor"] * 5, ["yes", "no"] * 5)
    assert model.predict(["poor", "good"]).tolist() == ["no", "yes"]


def test_two_documents():
    model = make_text_classifier().fit(["good", "poor"], ["yes", "no"])
    assert model.predict(["poor", "good"]).tolist() == ["no", "yes"]


# Twenty classes; the first has 60 documents, the last three.
UNBALANCED = np.repeat(np.arange(20), np.geomspace(60, 3, 20).astype(int))


def test_twenty_unbalanced_classes():
    texts, labels = corpus(UNBALANCED)
    model = make_text_classifier(random_state=0).fit(texts, labels)
    new_texts, expected = corpus(UNBALANCED, seed=1)
    assert f1_score(expected, model.predict(new_texts), average="macro") > 0.9


def test_balanced_classes_are_weights_of_documents():
    texts, labels = corpus(UNBALANCED)
    balanced = make_text_classifier(class_weight="balanced", random_state=0).fit(texts, labels)
    weights = compute_sample_weight("balanced", labels)
    same = make_text_classifier(random_state=0).fit(texts, labels, vote__sample_weight=weights)
    np.testing.assert_allclose(balanced.predict_proba(texts), same.predict_proba(texts))


@BOTH
def test_documents_without_weight_are_forgotten(vectors):
    texts = [*TEXTS, "good poor fine", "poor good weak"]
    labels = [*LABELS, "no", "yes"]
    weights = np.array([1.0] * len(TEXTS) + [0.0] * 2)
    model = make_text_classifier(vectors, random_state=0)
    model.fit(texts, labels, vote__sample_weight=weights)
    assert model.score(TEXTS, LABELS) == 1


@BOTH
def test_multilabel(vectors):
    labels = np.array([["good" in t.lower(), "work" in t, False] for t in TEXTS]).astype(int)
    model = make_text_classifier(vectors, random_state=0).fit(TEXTS, labels)
    assert model.predict(["good essay", "poor work"]).tolist() == [[1, 0, 0], [0, 1, 0]]


LANGUAGES = {
    "Japanese": ("素晴らしい映画でした。", "退屈な作品だった。", "素晴らしい", "退屈"),
    "German": ("Wunderschöne Gedichte!", "Öde und läppisch.", "wunderschön, Gedichte", "ÖDE"),
    "Thai": ("หนังสนุกมาก", "น่าเบื่อจริงๆ", "สนุก", "น่าเบื่อ"),
    "Hindi": ("बहुत अच्छी फ़िल्म", "बेकार कहानी।", "अच्छी कहानी अच्छी फ़िल्म", "बेकार"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages(language):
    good, poor, *new = LANGUAGES[language]
    model = make_text_classifier(random_state=0).fit([good, poor] * 6, ["good", "poor"] * 6)
    assert model.predict(new).tolist() == ["good", "poor"]


@BOTH
@pytest.mark.parametrize(
    "container",
    [tuple, np.array, lambda texts: pd.Series(texts, range(50, 68)), pd.DataFrame],
    ids=["tuple", "array", "Series", "DataFrame"],
)
def test_containers(container, vectors):
    model = make_text_classifier(vectors, random_state=0)
    expected = clone(model).fit(TEXTS, LABELS).predict_proba(TEXTS)
    texts = container(TEXTS)
    np.testing.assert_array_equal(model.fit(texts, LABELS).predict_proba(texts), expected)


@BOTH
def test_a_document_without_a_known_word_is_unsure(vectors):
    texts, labels = [*TEXTS, "good essay", "fine work"], [*LABELS, "yes", "yes"]
    model = make_text_classifier(vectors, random_state=0).fit(texts, labels)
    probabilities = model.predict_proba(["zzz", "", "?"])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert 0.2 < probabilities.min() < probabilities.max() < 0.8


def test_refused_input():
    with pytest.raises(NotFittedError):
        make_text_classifier().predict(TEXTS)
    with pytest.raises(DocumentsError, match="Document 1 is NoneType"):
        make_text_classifier().fit(["good", None], [0, 1])
    with pytest.raises(DocumentsError, match="bare str"):
        make_text_classifier(VECTORS).fit("good", [0, 1, 0, 1])
    with pytest.raises(EmptyVocabularyError):
        make_text_classifier().fit(["", ""], [0, 1])
    with pytest.raises(TargetError, match="at least two classes"):
        make_text_classifier().fit(["good", "fine"], ["yes", "yes"])


def test_parallel_fits_are_the_same():
    models = [make_text_classifier(n_jobs=n_jobs, random_state=0) for n_jobs in (1, 2)]
    one, other = (model.fit(TEXTS, LABELS).predict_proba(TEXTS) for model in models)
    np.testing.assert_allclose(one, other, rtol=1e-9)


def test_the_first_step_can_be_replaced():
    model = make_text_classifier(random_state=0).set_params(count=NgramVectorizer(min_df=1))
    assert model.fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1
