"""The steps of a pipeline as the report lists them."""

import re

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix
from skembed.inspection.report.steps import step_list


def text_of(estimator):
    items = step_list(estimator).replace("<wbr>", "").split("<li>")[1:]
    return [re.sub("<[^>]*>", "", item) for item in items]


def test_parts_are_nested_with_what_was_set():
    vote = VotingClassifier([("bayes", MultinomialNB(alpha=0.1)), ("none", "drop")])
    steps = [
        ("count", CountVectorizer(min_df=2, ngram_range=(1, 2))),
        ("pass", "passthrough"),
        ("rest", OneVsRestClassifier(LogisticRegression(C=3))),
        ("vote", vote),
    ]
    assert text_of(Pipeline(steps)) == [
        "Pipeline()",
        "count CountVectorizer(min_df=2, ngram_range=(1, 2))",
        "pass passthrough",
        "rest OneVsRestClassifier()",
        "estimator LogisticRegression(C=3)",
        "vote VotingClassifier()",
        "bayes MultinomialNB(alpha=0.1)",
        "none drop",
    ]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/someone/glove.txt", "…/glove.txt"),
        ("~/glove.txt", "…/glove.txt"),
        (r"C:\Users\someone\glove.txt", "…/glove.txt"),
        ("glove.txt", "glove.txt"),
    ],
)
def test_folders_are_left_out(path, shown):
    (item,) = text_of(PretrainedEmbeddingMatrix(path))
    assert item == f"PretrainedEmbeddingMatrix(vectors=&#x27;{shown}&#x27;)"


def test_characters_beside_a_slash_are_no_folders():
    (item,) = text_of(KerasTokenizerTransformer(filters=".,/;"))
    assert item == "KerasTokenizerTransformer(filters=&#x27;.,/;&#x27;)"


def test_large_values_are_short():
    vectors = {f"word{i}": np.zeros(300) for i in range(1000)}
    (item,) = text_of(PretrainedEmbeddingMatrix(vectors))
    assert len(item) < 200
    (item,) = text_of(KerasTokenizerTransformer(filters="x" * 1000))
    assert len(item) < 200


def test_functions_and_markup():
    (item,) = text_of(FunctionTransformer(np.log))
    assert item == "FunctionTransformer(func=log)"
    assert "<b>bold" not in step_list(Pipeline([("<b>bold", CountVectorizer(analyzer="<i>"))]))
