"""Pipelines that reports are made of, and what stands in a report."""

import re
import sys
from html.parser import HTMLParser

import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from skembed import make_text_classifier
from skembed.datasets import load_feedback


class _Reader(HTMLParser):
    """Collects the text of a page by section."""

    def __init__(self):
        super().__init__()
        self.sections, self.name = {}, "header"

    def handle_starttag(self, tag, attrs):
        if tag == "section":
            self.name = dict(attrs)["id"]
        if tag == "td":
            self.handle_data(" | ")

    def handle_data(self, data):
        self.sections[self.name] = self.sections.get(self.name, "") + data


@pytest.fixture
def read():
    """Return a function from a report to the texts of its sections."""

    def read_sections(path):
        reader = _Reader()
        reader.feed(path.read_text(encoding="utf-8"))
        return {name: re.sub(r"\s+", " ", text) for name, text in reader.sections.items()}

    return read_sections


@pytest.fixture(scope="package")
def topics():
    """The default pipeline for four classes, its test documents and their labels."""
    comments = load_feedback(target="topic")
    X, X_test, y, y_test = train_test_split(comments.data, comments.target, random_state=0)
    return make_text_classifier(random_state=0).fit(X, y), X_test, y_test


@pytest.fixture(scope="package")
def labels():
    """The default pipeline for several labels per document."""
    comments = load_feedback()
    table = pd.get_dummies(comments.topic).astype(int)
    table["negative"] = (comments.sentiment == "negative").astype(int)
    X, X_test, y, y_test = train_test_split(comments.data, table, random_state=0)
    return make_text_classifier(random_state=0).fit(X, y), X_test, y_test


@pytest.fixture(scope="package")
def machine():
    """A support vector machine on characters, which has no probabilities and no words."""
    texts, sentiment = load_feedback(return_X_y=True)
    characters = TfidfVectorizer(analyzer="char", ngram_range=(2, 3))
    pipeline = make_pipeline(characters, LinearSVC(random_state=0))
    return pipeline.fit(texts[::2], sentiment[::2]), texts[1::2], sentiment[1::2]


@pytest.fixture
def without_matplotlib(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
