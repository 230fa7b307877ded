"""Every parameter of every estimator has a rule, and ``fit`` names the one that breaks it."""

import re

import keras
import pytest
from helpers import (
    ESSAY_LABELS,
    assert_tried_on_every_estimator,
    estimator_data,
    every_estimator,
    made_estimator,
    output,
    public_estimators,
    signature_of,
)
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Perceptron
from sklearn.naive_bayes import MultinomialNB
from sklearn.utils import get_tags

BAD_PARAMETERS = {
    "TextCleaner": {
        "normalization": ["NFD", "nfc", True],
        "lowercase": ["yes", None, 2],
        "strip_accents": ["yes"],
        "strip_html": ["yes"],
        "strip_punctuation": ["!?"],
        "alphabetic_only": [None],
        # A lone word is an iterable of its letters, and an iterator is used up by one call.
        "stop_words": ["german", 3, [1], iter(["very"])],
        "min_token_length": [0, -1, 1.5, "long", None],
        "vocabulary": ["good", 3, [1], iter(["good"])],
        "keep_line_breaks": ["\n", None],
    },
    "KerasTokenizerTransformer": {
        "num_words": [0, 1, 2, -1, 2.5, "all"],
        "min_count": [0, -1, 0.5, None],
        "filters": [None, ["!"], 3],
        "lower": ["yes", None],
        "split": ["", None, 3],
        "char_level": ["yes", None],
        "oov_token": [1, True, ["[UNK]"]],
        "analyzer": ["word", 3, str.lower, len, lambda text: [3]],
    },
    "HashingTokenizerTransformer": {
        "n_buckets": [2, 1, 0, -1, 2.5, None, 2**31 + 1],
        "filters": [None, 3],
        "lower": ["yes", None],
        "split": ["", None, 3],
        "analyzer": ["word", 3, str.lower, len, lambda text: [3]],
    },
    "CategoryTokenizer": {"min_count": [0, -1, 0.5, None, 99]},
    "TextColumnTransformer": {
        "transformers": [None, "title", 3, [3], [None], [("a", "title")], [(3, "drop", ["title"])]],
        "remainder": ["keep", None, 3],
        "shared_vocabulary": [
            "title",
            None,
            [],
            ["title"],
            ["title", "title"],
            ["title", "words"],
            ["title", "author"],
        ],
        "sparse_threshold": [-0.1, 1.1, "dense", None],
        "n_jobs": [1.5, "all"],
        "transformer_weights": [[2.0], {"title": 2.0}, {"author": 2.0}],
        "verbose": ["yes", -1],
        "verbose_feature_names_out": [3, None],
    },
    "PadSequences": {
        "maxlen": [0, -1, 1.5, 0.0, float("nan"), "long"],
        "padding": ["left", None],
        "truncating": ["right", None],
        "value": [-1, 0.5, None, 2**40],
    },
    "PretrainedEmbeddingMatrix": {
        "vectors": [None, 3, [[1.0]], object()],
        "oov": ["subwords", None, 0],
        "lookup": ["lower", None],
        "normalize": ["l2", None],
        "random_state": [-1, "seed", 0.5],
        "member": [3, b"vectors.txt"],
        "decode_error": ["ignore", None],
        "cache": ["folder", None],
        "verbose": [2, None],
    },
    "TrainedEmbeddingMatrix": {
        "algorithm": ["glove", None, 3],
        "vector_size": [0, -1, 2.5, None],
        "window": [0, -1, 2.5, None],
        "min_count": [0, -1, 2.5, None, 99],
        "sg": [2, -1, 0.5, "yes", None],
        "negative": [0, -1, 2.5, None],
        "epochs": [0, -1, 2.5, None],
        "workers": [0, -1, 2.5, None],
        "random_state": [-1, "seed", 0.5],
        "sentence_end": ["no such word", "", 3, ["\n"]],
    },
    "EmbeddingVectorizer": {"pooling": ["median", None, 3]},
    "NgramVectorizer": {
        "ngram_range": [2, "12", (1,), (1, 2, 3), (2, 1), (0, 1), (1, 2.5), ("1", "2"), None],
        "min_df": [0, -1, 0.5, None, "few"],
        "lowercase": ["yes", None, 2],
        "analyzer": ["word", 3, str.lower, len, lambda text: [3]],
    },
    "NaiveBayesScaler": {"alpha": [0, -1.0, float("nan"), "1", None, 10**400]},
    "OneVsRestLogisticRegression": {
        "C": [0, -1.0, float("nan"), "1", None],
        "tol": [0, -1.0, float("nan"), "1", None, 10**400],
    },
    "WeightedVotingClassifier": {
        "estimators": [
            None,
            [],
            "bayes",
            [MultinomialNB()],
            [("bayes", None)],
            [("bayes", MultinomialNB)],
            [("bayes", Perceptron())],
            [("bayes", "drop")],
            [("bayes", MultinomialNB()), ("bayes", MultinomialNB())],
            [("naive__bayes", MultinomialNB())],
            [("prior", MultinomialNB())],
            [(1, MultinomialNB())],
        ],
        "cv": [1, -1, 2.5, "5", None],
        "prior": [-1.0, float("nan"), "1", None, 10**400],
        "min_share": [-0.1, 1.0, float("nan"), "1", None],
        "class_weight": ["equal", 3, {"maybe": 2.0}, {"yes": -1.0}, {"yes": "heavy"}],
        "n_jobs": [0, 1.5, "all"],
        "random_state": [-1, "seed", 0.5],
    },
    "KerasTextClassifier": {
        "architecture": ["transformer", None, 3],
        "embedding_dim": [0, -1, 2.5, "100", 2**31],
        "embedding_trainable": ["no", None, 2, -1, 2.5],
        "unfreeze_after": [0, -1, 2.5, "two"],
        "filters": [0, -1, 2.5, 2**31],
        "kernel_size": [0, -1, 2.5, 2**31, "3", (), (3, 0), (3, 2.5), (3, "4")],
        "hidden_units": [-1, 2.5, 2**31, 10**400],
        "dropout": [-0.1, 1.0, "half"],
        "numbers_units": [-1, 0.5, None],
        "optimizer": [None, 3, "no_such", int],
        "loss": [3, "no_such", int, ["mse"], keras.metrics.AUC],
        "metrics": [3, "no_such", [3], ["accuracy", "no_such"], int, {"out": "auc"}],
        "batch_size": [0, -1, 2.5, None],
        "epochs": [0, -1, 2.5, None],
        "early_stopping": ["yes", None],
        "validation_fraction": [0.0, 1.0, -0.1, 3, None],
        "n_iter_no_change": [0, -1, 2.5],
        "class_weight": [
            "equal",
            3,
            {"maybe": 2.0},
            {"yes": -1.0},
            {"yes": float("nan")},
            {"yes": "heavy"},
        ],
        "callbacks": ["EarlyStopping", 3, [3], ["EarlyStopping"], int],
        "random_state": [-1, "seed", 0.5],
        "warm_start": ["yes", None],
        "verbose": [-1, "no"],
    },
}


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        (name, parameter, value)
        for name, parameters in BAD_PARAMETERS.items()
        for parameter, values in parameters.items()
        for value in values
    ],
    ids=lambda part: part if isinstance(part, str) else re.sub("(object )?at 0x.*", "", repr(part)),
)
def test_bad_parameters_are_named(name, parameter, value):
    # The CNN uses every parameter of a network.
    usual = {"architecture": "cnn"} if name == "KerasTextClassifier" else {}
    estimator = made_estimator(name, **{**usual, parameter: value})
    X = estimator_data(name)
    before = set(vars(estimator))
    with pytest.raises((ValueError, TypeError), match=rf"(?i)\b{parameter}\b"):
        estimator.fit(X, ESSAY_LABELS)
    assert set(vars(estimator)) == before
    if get_tags(estimator).requires_fit:
        with pytest.raises(NotFittedError):
            output(estimator, X)


@every_estimator
def test_every_parameter_has_a_rule_and_a_bad_value(name):
    constraints = type(made_estimator(name))._parameter_constraints
    assert set(BAD_PARAMETERS[name]) == set(constraints) == set(signature_of(made_estimator(name)))
    assert all(BAD_PARAMETERS[name].values())


def test_bad_parameters_are_tried_on_every_estimator():
    assert set(BAD_PARAMETERS) == public_estimators()
    assert_tried_on_every_estimator(globals(), at_least=2)
