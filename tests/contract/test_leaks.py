"""No statistic of a validation fold reaches the training of that fold.

Each estimator is fitted on training documents alone. Then it is fitted by cross-validation, by a
search and by a nested search, in which the validation documents have other words, counts, lengths
and labels, and the other folds have trained on them before. What it learns must be equal to the
last bit.
"""

from copy import deepcopy
from dataclasses import replace
from typing import ClassVar

import joblib
import numpy as np
import pandas as pd
import pytest
from helpers import public_estimators
from leaks import (
    N_TRAINING,
    assert_nothing_leaks,
    documents,
    learned_in_cross_validation,
    learned_in_search,
    poisoned,
    unseen_word,
)
from learned import learned
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skembed
from skembed import (
    CategoryTokenizer,
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    NaiveBayesScaler,
    NgramVectorizer,
    OneVsRestLogisticRegression,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TextColumnTransformer,
    TokenSequences,
    TrainedEmbeddingMatrix,
    WeightedVotingClassifier,
    make_text_classifier,
    make_text_column_transformer,
)
from skembed._recent import Recent
from skembed.labelled_documents import LabelledDocuments
from skembed.targets import check_target
from skembed.voting.folds import make_folds

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def words(*steps):
    return make_pipeline(KerasTokenizerTransformer(), *steps)


def network(**params):
    small = {"architecture": "average", "embedding_dim": 3, "hidden_units": 2, "optimizer": "sgd"}
    return KerasTextClassifier(**{**small, "epochs": 2, "random_state": 0, **params})


def given(file, **params):
    return PretrainedEmbeddingMatrix(file, random_state=0, **params)


def linear():
    return OneVsRestLogisticRegression(tol=0.01)


def vote(file):
    counts = make_pipeline(NgramVectorizer(), NaiveBayesScaler(), linear())
    vectors = words(given(file), EmbeddingVectorizer("tfidf"), linear())
    return WeightedVotingClassifier(
        [("counts", counts), ("vectors", vectors)], cv=2, class_weight="balanced", random_state=0
    )


def table_of(texts):
    """Return texts as a table: their first words, their lengths, and a category."""
    texts = pd.Series([*texts], dtype=object)
    return pd.DataFrame(
        {
            "text": texts,
            "first": texts.str.split().str[0].fillna("none"),
            "length": texts.str.len().astype(float),
        }
    )


def columns(make=TextColumnTransformer, **params):
    """Return transformers of a table, for `TextColumnTransformer` or for what makes one."""
    body = KerasTokenizerTransformer(min_count=2)
    parts = [("text", body, "text"), ("first", CategoryTokenizer(min_count=2), "first")]
    parts.append(("length", StandardScaler(), ["length"]))
    if make is not TextColumnTransformer:
        return make(*((transformer, names) for _, transformer, names in parts), **params)
    return make(parts, **params)


def of_table(*steps):
    return make_pipeline(FunctionTransformer(table_of), *steps)


# For each public estimator, pipelines in which it learns all that it can learn.
PIPELINES = {
    "TextCleaner": [
        lambda file: make_pipeline(
            TextCleaner(vocabulary=["good", "essay", unseen_word(N_TRAINING)], strip_html=True),
            KerasTokenizerTransformer(),
        )
    ],
    "KerasTokenizerTransformer": [
        lambda file: make_pipeline(KerasTokenizerTransformer(num_words=30, min_count=2))
    ],
    "HashingTokenizerTransformer": [
        lambda file: make_pipeline(HashingTokenizerTransformer(50), PadSequences(), network())
    ],
    "PadSequences": [lambda file: words(PadSequences(0.9)), lambda file: words(PadSequences())],
    "PretrainedEmbeddingMatrix": [
        lambda file: words(given(file, oov="normal", lookup="fallback")),
        lambda file: words(given(file, oov="mean", normalize=True)),
    ],
    "TrainedEmbeddingMatrix": [
        lambda file: words(
            TrainedEmbeddingMatrix("word2vec", vector_size=3, epochs=1, random_state=0)
        ),
        lambda file: words(
            TrainedEmbeddingMatrix("fasttext", vector_size=3, epochs=1, random_state=0)
        ),
    ],
    "EmbeddingVectorizer": [lambda file: words(given(file), EmbeddingVectorizer("tfidf"))],
    "NgramVectorizer": [lambda file: make_pipeline(NgramVectorizer(min_df=2))],
    "NaiveBayesScaler": [lambda file: make_pipeline(NgramVectorizer(), NaiveBayesScaler())],
    "OneVsRestLogisticRegression": [lambda file: make_pipeline(NgramVectorizer(), linear())],
    "WeightedVotingClassifier": [lambda file: make_pipeline(TextCleaner(), vote(file))],
    "KerasTextClassifier": [
        lambda file: words(
            PadSequences(), network(architecture="flatten", class_weight="balanced")
        ),
        lambda file: words(
            given(file),
            network(early_stopping=True, validation_fraction=0.3, class_weight="balanced"),
        ),
    ],
    "CategoryTokenizer": [lambda file: of_table(columns())],
    "TextColumnTransformer": [
        lambda file: of_table(columns(), network(numbers_units=2)),
        lambda file: of_table(
            TextColumnTransformer(
                [
                    ("text", words(given(file, oov="mean")), "text"),
                    ("first", words(given(file, oov="mean")), "first"),
                ],
                shared_vocabulary=True,
            ),
            network(embedding_dim=None),
        ),
    ],
    "make_text_column_transformer": [lambda file: of_table(columns(make_text_column_transformer))],
    "make_text_classifier": [
        lambda file: of_table(
            make_text_classifier(texts="text", numbers="length", categories="first", random_state=0)
        ),
        lambda file: make_text_classifier(class_weight="balanced", random_state=0),
        lambda file: make_text_classifier(file, class_weight="balanced", random_state=0),
    ],
}
every_pipeline = pytest.mark.parametrize(
    "make", [pytest.param(make, id=name) for name, makes in PIPELINES.items() for make in makes]
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file with vectors of all words: of the documents, and of those that replace them."""
    texts, labels = documents()
    kept = {*" ".join([*texts, *poisoned(texts, labels)[0]]).lower().split()}
    path = tmp_path_factory.mktemp("leaks") / "vectors.txt"
    values = np.random.RandomState(0).normal(size=(len(kept), 3)).round(4)
    rows = (f"{word} {' '.join(map(str, row))}\n" for word, row in zip(sorted(kept), values))
    path.write_text("".join(rows), encoding="utf-8")
    return path


def test_no_estimator_is_left_out():
    makers = {name for name in skembed.__all__ if name.startswith("make_")}
    assert set(PIPELINES) == public_estimators() | makers


@every_pipeline
def test_cross_validation(make, file):
    assert_nothing_leaks(lambda *data: make(file), learned_in_cross_validation)


@every_pipeline
def test_a_search_whose_memory_other_folds_have_filled(make, file, tmp_path):
    memory = joblib.Memory(tmp_path, verbose=0)
    assert_nothing_leaks(lambda *data: make(file).set_params(memory=memory), learned_in_search)


# Pipelines and what a search within each fold chooses.
SEARCHES = {
    "linear": lambda file: (
        make_pipeline(NgramVectorizer(), NaiveBayesScaler(), linear()),
        {"ngramvectorizer__min_df": [1, 2], "onevsrestlogisticregression__C": [0.1, 10]},
    ),
    "trained vectors": lambda file: (
        words(TrainedEmbeddingMatrix(epochs=1, random_state=0), EmbeddingVectorizer(), linear()),
        {"trainedembeddingmatrix__vector_size": [2, 3]},
    ),
    "network": lambda file: (
        words(given(file), network(early_stopping=True, class_weight="balanced")),
        {"kerastokenizertransformer__num_words": [30, None]},
    ),
    "default": lambda file: (
        make_text_classifier(random_state=0),
        {"vote__tfidf__C": [0.1, 10]},
    ),
}


@pytest.mark.parametrize("kind", SEARCHES)
def test_nested_search(kind, file):
    """The inner scores, what was chosen and what was fitted with it are equal."""
    pipeline, grid = SEARCHES[kind](file)
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise")
    assert_nothing_leaks(lambda *data: search, learned_in_cross_validation)


# What is set aside within a fit: the folds of a vote, and the documents that stop a training.


class Recording(Pipeline):
    """A pipeline that records what it has learned whenever it predicts."""

    seen: ClassVar = []

    def predict_proba(self, X):
        self.seen.append(learned(self))
        return super().predict_proba(X)


def test_the_folds_of_a_vote():
    texts, labels = documents()
    codes = (labels == "positive").astype(int)
    part = Recording(
        [("count", NgramVectorizer()), ("scale", NaiveBayesScaler()), ("fit", linear())]
    )
    vote = WeightedVotingClassifier([("part", part)], cv=2, random_state=0)
    for i, (training, evaluation) in enumerate(make_folds(check_target(codes, len(codes)), 2, 0)):
        replaced = texts.copy()
        replaced[evaluation] = [f"{unseen_word(row)} " * 50 for row in evaluation]
        Recording.seen.clear()
        clone(vote).fit(replaced, codes)
        assert Recording.seen[i] == learned(clone(part).fit(texts[training], codes[training]))


def test_the_documents_that_stop_a_training(monkeypatch):
    """What is trained on the others is the same whatever these documents say."""
    texts, labels = documents()
    ids = KerasTokenizerTransformer().fit_transform(texts)
    split, set_aside = LabelledDocuments.split, []

    def noted(self, fraction, random_state):
        rows = replace(self, sequences=TokenSequences.from_array(1 + np.arange(len(self))[:, None]))
        set_aside.append(split(rows, fraction, deepcopy(random_state))[1].sequences.ids - 1)
        return split(self, fraction, random_state)

    monkeypatch.setattr(LabelledDocuments, "split", noted)
    one = network(epochs=1, early_stopping=True, validation_fraction=0.5)
    first, lists = one.fit(ids, labels).model_.get_weights(), ids.to_lists()
    for row in set_aside[0].tolist():
        lists[row] = [5] * 300
    other = clone(one).fit(TokenSequences.from_lists(lists, ids.vocabulary), labels)
    assert other.history_["val_loss"] != one.history_["val_loss"]
    assert all(map(np.array_equal, other.model_.get_weights(), first))


# The check itself: each of these leaks, and is caught.


class Leaking(TransformerMixin, BaseEstimator):
    """Lengths of documents, relative to a mean that is learned."""

    def __init__(self, mean=None):
        self.mean = mean

    def fit(self, X, y=None):
        self.mean_ = np.mean([len(text) for text in X]) if self.mean is None else self.mean
        return self

    def transform(self, X):
        return np.array([[len(text) / self.mean_] for text in X])


class LearnsFromAll(Leaking):
    """It adds to what other fits have seen."""

    kept: ClassVar = []

    def fit(self, X, y=None):
        self.kept.extend(X)
        return super().fit(self.kept)


class LearnsInTransform(Leaking):
    def transform(self, X):
        self.fit(X)
        return super().transform(X)


class KeepsByNumber(Leaking):
    """Its cache takes as many documents for the same documents."""

    kept = Recent(100)

    def fit(self, X, y=None):
        if self.kept.get(len(X)) is None:
            self.kept.keep(len(X), np.mean([len(text) for text in X]), 1)
        self.mean_ = self.kept.get(len(X))
        return self


@pytest.mark.parametrize(
    "make",
    [
        lambda texts, labels: Leaking(np.mean([len(text) for text in texts])),  # fitted outside
        lambda texts, labels: LearnsFromAll(),
        lambda texts, labels: LearnsInTransform(),
        lambda texts, labels: KeepsByNumber(),
    ],
)
@pytest.mark.parametrize("fit", [learned_in_cross_validation, learned_in_search])
def test_what_leaks_is_caught(make, fit):
    with pytest.raises(AssertionError):
        assert_nothing_leaks(lambda *data: make_pipeline(make(*data), LogisticRegression()), fit)


def test_what_does_not_leak_passes():
    assert_nothing_leaks(lambda *data: make_pipeline(Leaking(), LogisticRegression()))
