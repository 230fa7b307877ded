"""The diagram of an estimator in a notebook: what each fitted step learned, in one line."""

import html
import pickle
import re
from pathlib import Path

import numpy as np
from helpers import ESTIMATOR_STEPS
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skembed
from skembed import (
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TrainedEmbeddingMatrix,
    WeightedVotingClassifier,
    _html_repr,
    make_text_classifier,
)
from skembed.networks.live_network import LiveNetwork

TEXTS = ["good work", "very good", "poor work", "very poor"]
LABELS = ["yes", "yes", "no", "no"]
VECTORS = {"good": [1.0, 0.0], "poor": [0.0, 1.0], "work": [1.0, 1.0]}


def roundtrip(estimator):
    return pickle.loads(pickle.dumps(estimator))


def captions(estimator):
    """Return the lines under the names, as a reader sees them."""
    found = re.findall(r'<div class="caption">(.*?)</div>', estimator._repr_html_())
    return [html.unescape(line) for line in found]


def network(**params):
    steps = (
        TextCleaner(),
        KerasTokenizerTransformer(),
        PadSequences(),
        PretrainedEmbeddingMatrix(VECTORS),
        KerasTextClassifier(architecture="average", epochs=2, random_state=0),
    )
    return make_pipeline(*steps).set_params(**params)


LEARNED = [
    "nothing to learn",
    "4 words of 4 documents",
    "2 ids per document",
    "3 of 4 words, 75% of the tokens; 2-d, from dict",
]


def test_each_step_says_what_it_learned():
    pipeline = network().fit(TEXTS, LABELS)
    *steps, classifier = captions(pipeline)
    assert steps == LEARNED
    n_parameters = pipeline[-1].model_.count_params()
    accuracy = pipeline[-1].history_["accuracy"][-1]
    expected = f"average, 2 epochs, accuracy {accuracy:.3f}, {n_parameters:,} parameters"
    assert classifier == expected
    assert captions(roundtrip(pipeline)) == [*LEARNED, classifier]


def test_it_is_shown_in_a_search_and_not_before_fit():
    search = GridSearchCV(network(), {"padsequences__maxlen": [2]}, cv=2)
    assert captions(search) == ["nothing to learn"]
    assert captions(search.fit(TEXTS * 2, LABELS * 2))[:3] == [
        "nothing to learn",
        "4 words of 8 documents",
        "2 ids per document",
    ]
    assert captions(clone(search)) == ["nothing to learn"]


def test_the_score_is_that_of_the_weights_that_were_kept():
    classifier = KerasTextClassifier(
        architecture="average",
        epochs=6,
        early_stopping=True,
        n_iter_no_change=6,
        validation_fraction=0.5,
        optimizer="sgd",
        optimizer__learning_rate=20.0,
        random_state=1,
    )
    ids = np.random.RandomState(0).randint(1, 9, (20, 3))
    classifier.fit(ids, [0, 1] * 10)
    kept = int(np.argmin(classifier.history_["val_loss"]))
    assert kept < 5  # otherwise this is no test
    (line,) = captions(classifier)
    assert f"6 epochs, val_accuracy {classifier.history_['val_accuracy'][kept]:.3f}" in line


def test_other_steps():
    embedded = make_pipeline(
        HashingTokenizerTransformer(1000, split=" "), KerasTextClassifier(epochs=1, random_state=0)
    )
    assert captions(embedded.fit(TEXTS, LABELS))[0] == "nothing to learn: 1,000 buckets"
    pooled = make_pipeline(
        KerasTokenizerTransformer(num_words=4),
        TrainedEmbeddingMatrix(vector_size=3, min_count=1, epochs=1, workers=1, random_state=0),
        EmbeddingVectorizer("tfidf"),
        LogisticRegression(),
    )
    lines = captions(pooled.fit(TEXTS, LABELS))
    assert lines[0] == "2 words of 4 documents"
    assert lines[1].endswith("; 3-d, word2vec trained on the documents")
    assert lines[2] == "tf-idf-weighted mean of 3-d vectors, 2 words"


def test_words_are_counted_without_ranking_them():
    tokenizer = KerasTokenizerTransformer(num_words=4).partial_fit(TEXTS).partial_fit(["once"])
    assert captions(tokenizer) == ["2 words of 5 documents"]
    assert "vocabulary" not in vars(tokenizer._counted)
    assert len(tokenizer.vocabulary_) == 2


def test_the_recommended_pipeline():
    model = make_text_classifier(random_state=0)
    assert not re.search(r": weight \d", model._repr_html_())
    lines = captions(model.fit(TEXTS, LABELS))
    assert lines[:2] == [
        "8 sequences of 1 to 2 words",
        "document frequencies of 8 features",
    ]
    assert {"log-count ratios of 8 features", "8 features, 2 classes"} <= {*lines}
    for name, weight in model["vote"].weights_.items():
        text = f"{name}: weight {weight:.3f}" if weight else f"{name}: left out"
        assert text in model._repr_html_()


def test_a_part_that_is_left_out_of_a_vote():
    useless = make_pipeline(StandardScaler(), DummyClassifier(strategy="prior"))
    parts = [("linear", LogisticRegression()), ("useless", useless)]
    vote = WeightedVotingClassifier(parts, min_share=0.2, random_state=0)
    shown = vote.fit(np.eye(2).repeat(9, axis=0), [0] * 9 + [1] * 9)._repr_html_()
    assert "linear: weight " in shown
    assert "useless: left out" in shown


def of_skembed(cls):
    return cls.__module__.startswith("skembed")


def _refuse(self):
    raise AssertionError("computed for the diagram")


def test_nothing_is_computed(monkeypatch):
    fitted = [roundtrip(network().fit(TEXTS, LABELS)), make_text_classifier().fit(TEXTS, LABELS)]
    classes = {getattr(skembed, name) for name in ESTIMATOR_STEPS}
    refused = set()
    for parent in {parent for cls in classes for parent in cls.__mro__}:
        for name, value in vars(parent).items():
            if (
                isinstance(value, property)
                and re.fullmatch("[a-z].*_", name)
                and of_skembed(parent)
            ):
                monkeypatch.setattr(parent, name, property(_refuse))
                refused.add(name)
    monkeypatch.setattr(LiveNetwork, "__init__", _refuse)
    assert {"model_", "keyed_vectors_", "matrix_", "word_index_", "vocabulary_"} <= refused
    for estimator in fitted:
        assert len(captions(estimator)) >= 4


def test_text_of_users_is_escaped(tmp_path):
    bad = "<script>alert(1)</script>"
    path = tmp_path / f"{bad.replace('/', '')}.txt"
    path.write_text("good 1 0\npoor 0 1\nwork 1 1\n")
    pipeline = network(pretrainedembeddingmatrix__vectors=path).fit(TEXTS, LABELS)
    parts = [(bad, LogisticRegression()), ("other", LogisticRegression())]
    vote = WeightedVotingClassifier(parts, random_state=0).fit(np.eye(6), [0, 1] * 3)
    for estimator in (pipeline, vote):
        shown = re.sub(r"<style>.*?</style>", "", estimator._repr_html_(), flags=re.DOTALL)
        assert "alert(1)" in shown
        assert "<script>alert" not in shown


def test_links_lead_to_pages_that_exist(monkeypatch):
    folder = Path(skembed.__file__).parents[1] / "docs/reference"
    reference = (folder / "index.md").read_text(encoding="utf-8")
    monkeypatch.setattr(_html_repr, "_documentation", lambda: "")
    cleaner = TextCleaner()
    assert cleaner._get_doc_link() == ""
    assert "href" not in re.sub(r"<style>.*?</style>", "", cleaner._repr_html_())
    monkeypatch.setattr(_html_repr, "_documentation", lambda: "https://docs.example/stable")
    for name in ESTIMATOR_STEPS:
        if name in skembed.__all__:
            cls = getattr(skembed, name)
            link = cls.__new__(cls)._get_doc_link()
            page = f"reference/generated/skembed.{name}.html"
            assert link == f"https://docs.example/stable/{page}"
            assert f"   {name}\n" in reference  # of which autosummary makes the page
    model = make_text_classifier()
    assert (
        model["tfidf"]
        ._get_doc_link()
        .endswith("/modules/generated/sklearn.feature_extraction.text.TfidfTransformer.html")
    )
    bayes = dict(model["vote"].estimators)["bayes"]
    assert bayes._get_doc_link().endswith("generated/sklearn.naive_bayes.ComplementNB.html")


def test_the_address_is_in_the_metadata(monkeypatch):
    urls = ["Source, https://example.org", "Documentation, https://docs.example/"]

    class Metadata:
        def get_all(self, name):
            return urls if name == "Project-URL" else None

    monkeypatch.setattr(_html_repr, "metadata", lambda package: Metadata())
    _html_repr._documentation.cache_clear()
    try:
        page = "reference/generated/skembed.TextCleaner.html"
        assert TextCleaner()._get_doc_link() == f"https://docs.example/{page}"
    finally:
        _html_repr._documentation.cache_clear()


def test_a_class_of_a_user_has_no_link(monkeypatch):
    class Mine(TextCleaner):
        pass

    monkeypatch.setattr(_html_repr, "_documentation", lambda: "https://docs.example")
    assert Mine()._get_doc_link() == ""
