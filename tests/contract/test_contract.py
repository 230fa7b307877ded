"""What every estimator in ``skembed.__all__`` promises, each promise tried on each of them."""

import copy
import inspect
import os
import pickle
import random
import re

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from keras.src.backend.common import global_state
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

import skembed
from skembed import (
    EmbeddingVectorizer,
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TokenSequences,
    TrainedEmbeddingMatrix,
)
from skembed.errors import NotSequencesError, SkembedError, TargetError

TEXTS = ["Good, good work!", "very good essay", "poor work", "very poor essay"] * 2
LABELS = ["yes", "yes", "no", "no"] * 2
# The same texts in other words: the ids that a tokenizer gives them are equal.
RENAMED = {"ood": "ine", "poor": "weak", "work": "text", "essay": "draft", "very": "quite"}
OTHER_TEXTS = [re.sub("|".join(RENAMED), lambda found: RENAMED[found[0]], text) for text in TEXTS]
OTHER_LABELS = ["no", "yes", "yes", "no"] * 2
WORDS = ["good", "poor", "work", "essay", "gine", "weak", "text", "draft"]
VECTORS = {word: np.sin(np.arange(3) + 10.0 * i) for i, word in enumerate(WORDS)}

# Each estimator with parameters that are not the defaults, behind the steps that make its input.
STEPS = {
    "TextCleaner": lambda: [TextCleaner(strip_accents=True, stop_words=["very", "quite"])],
    "KerasTokenizerTransformer": lambda: [KerasTokenizerTransformer(num_words=5, lower=False)],
    "HashingTokenizerTransformer": lambda: [HashingTokenizerTransformer(50)],
    "PadSequences": lambda: [KerasTokenizerTransformer(), PadSequences(0.9, padding="post")],
    "PretrainedEmbeddingMatrix": lambda: [
        KerasTokenizerTransformer(),
        PretrainedEmbeddingMatrix(VECTORS, oov="normal", random_state=0),
    ],
    "TrainedEmbeddingMatrix": lambda: [
        KerasTokenizerTransformer(),
        TrainedEmbeddingMatrix("fasttext", vector_size=4, random_state=0),
    ],
    "EmbeddingVectorizer": lambda: [
        KerasTokenizerTransformer(),
        PretrainedEmbeddingMatrix(VECTORS),
        EmbeddingVectorizer("tfidf"),
    ],
    "KerasTextClassifier": lambda: [
        KerasTokenizerTransformer(),
        PretrainedEmbeddingMatrix(VECTORS),
        KerasTextClassifier(
            architecture="average",
            hidden_units=0,
            optimizer="sgd",  # Keras traces Adam for twice as long
            epochs=2,
            callbacks=[],
            random_state=0,
            optimizer__learning_rate=0.5,
        ),
    ],
}
PUBLIC = {name for name in skembed.__all__ if hasattr(getattr(skembed, name), "fit")}

every_estimator = pytest.mark.parametrize("name", STEPS)


def made(name, **params):
    return STEPS[name]()[-1].set_params(**params)


def data(name, texts=TEXTS):
    X = texts
    for step in STEPS[name]()[:-1]:
        X = step.fit_transform(X)
    return X


def output(estimator, X):
    return (estimator.predict_proba if is_classifier(estimator) else estimator.transform)(X)


def same(one, other):
    if isinstance(one, TokenSequences):
        return one == other
    return np.array_equal(one, other)


def in_pipeline(name, memory=None):
    steps = STEPS[name]()
    if not is_classifier(steps[-1]):
        steps.append("passthrough")
    return Pipeline([(f"step{i}", step) for i, step in enumerate(steps)], memory=memory)


def signature_of(estimator):
    parameters = inspect.signature(type(estimator).__init__).parameters.values()
    return {p.name: p for p in parameters if p.name != "self" and p.kind != p.VAR_KEYWORD}


def documented_attributes(estimator):
    section = inspect.getdoc(estimator).partition("Attributes\n----------\n")[2].split("\n\n")[0]
    return set(re.findall(r"^(\w+_) :", section, re.MULTILINE))


@every_estimator
def test_init_only_assigns(name):
    # Lists, since what is mutable must be neither copied nor changed either.
    given = {parameter: [parameter] for parameter in signature_of(made(name))}
    estimator = type(made(name))(**given)
    assert set(vars(estimator)) == set(given)
    assert all(getattr(estimator, parameter) is value for parameter, value in given.items())
    assert all(value == [parameter] for parameter, value in given.items())


@every_estimator
def test_params_go_round(name):
    estimator = made(name)
    params = estimator.get_params(deep=False)
    assert set(signature_of(estimator)) <= set(params)
    twin = type(estimator)(**params)
    assert all(twin.get_params(deep=False)[key] is value for key, value in params.items())

    others = {parameter: object() for parameter in params}
    assert estimator.set_params(**others) is estimator
    assert estimator.get_params(deep=False) == others
    with pytest.raises(ValueError, match="no_such"):
        estimator.set_params(no_such=1)
    assert estimator.get_params(deep=False) == others


@every_estimator
def test_clone_keeps_parameters_and_drops_what_was_learned(name):
    fresh, X = made(name), data(name)
    fitted = made(name).fit(X, LABELS)
    twin = clone(fitted)
    assert twin is not fitted
    assert twin.get_params(deep=False) == fitted.get_params(deep=False)
    assert set(vars(twin)) == set(vars(fresh))
    assert same(output(twin.fit(X, LABELS), X), output(fitted, X))


@every_estimator
def test_pickles_unfitted_and_fitted(name):
    X = data(name)
    estimator = pickle.loads(pickle.dumps(made(name))).fit(X, LABELS)
    expected = output(made(name).fit(X, LABELS), X)
    assert same(output(estimator, X), expected)
    assert same(output(pickle.loads(pickle.dumps(estimator)), X), expected)
    # A copy that was never used is pickled again, as a process that only passes it on does.
    assert same(output(copy.deepcopy(pickle.loads(pickle.dumps(estimator))), X), expected)


@every_estimator
def test_unfitted_use(name):
    estimator, X = made(name), data(name)
    if not get_tags(estimator).requires_fit:
        assert same(output(estimator, X), output(made(name).fit(X), X))
        return
    calls = {"score": (X, LABELS)}
    tried = 0
    for method in ("transform", "inverse_transform", "predict", "predict_proba", "score"):
        if hasattr(estimator, method):
            with pytest.raises(NotFittedError, match=type(estimator).__name__):
                getattr(estimator, method)(*calls.get(method, (X,)))
            tried += 1
    assert tried


@every_estimator
def test_learned_attributes_appear_in_fit(name):
    unfitted, fitted = made(name), made(name).fit(data(name), LABELS)
    learned = {a for a in dir(fitted) if a.endswith("_") and not a.startswith("_")}
    assert documented_attributes(fitted) <= learned
    assert all(hasattr(fitted, attribute) for attribute in documented_attributes(fitted))
    assert [attribute for attribute in learned if hasattr(unfitted, attribute)] == []


@every_estimator
def test_fit_returns_self_and_leaves_the_parameters_alone(name):
    estimator = made(name)
    before = estimator.get_params(deep=False)
    digests = {key: joblib.hash(value) for key, value in before.items()}
    assert estimator.fit(data(name), LABELS) is estimator
    after = estimator.get_params(deep=False)
    assert set(after) == set(before)
    assert all(after[key] is before[key] for key in before)
    assert {key: joblib.hash(value) for key, value in after.items()} == digests


@every_estimator
def test_fit_twice_is_fit_once_on_the_second_data(name):
    X = data(name, OTHER_TEXTS[:6])
    twice = made(name).fit(data(name), LABELS).fit(X, OTHER_LABELS[:6])
    once = made(name).fit(X, OTHER_LABELS[:6])
    assert same(output(twice, X), output(once, X))
    assert joblib.hash(vars(twice)) == joblib.hash(vars(once))


@every_estimator
def test_fit_transform_is_fit_and_transform(name):
    X = data(name)
    fitted = made(name).fit(X, LABELS)
    if is_classifier(fitted):
        most_probable = fitted.predict_proba(X).argmax(axis=1)
        assert fitted.predict(X).tolist() == fitted.classes_[most_probable].tolist()
    else:
        assert same(made(name).fit_transform(X, LABELS), fitted.transform(X))


@every_estimator
def test_one_document(name):
    X = data(name, TEXTS[:1])
    estimator = made(name)
    if is_classifier(estimator):
        with pytest.raises(TargetError, match="at least two classes"):
            estimator.fit(X, LABELS[:1])
        several = data(name)
        estimator.fit(several, LABELS)
        assert estimator.predict(several[:1]).shape == (1,)
        one, all_of_them = estimator.predict_proba(several[:1]), estimator.predict_proba(several)
        np.testing.assert_allclose(one, all_of_them[:1], rtol=1e-5)
    else:
        one = estimator.fit(X).transform(X)
        assert len(one) == 1
        assert same(one, estimator.transform(X[:1]))


@every_estimator
def test_no_document(name):
    with pytest.raises(SkembedError, match="at least one document, got none"):
        made(name).fit([], [])
    fitted = made(name).fit(data(name), LABELS)
    with pytest.raises(SkembedError, match="at least one document, got none"):
        output(fitted, [])


def _object_array(rows):
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


def _shifted_series(rows):
    return pd.Series(rows, index=range(100, 100 + len(rows)))


TEXT_CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "object array": _object_array,
    "unicode array": np.array,
    "Series": _shifted_series,
    "Series of object": lambda rows: _shifted_series(rows).astype(object),
    "Series of string": lambda rows: _shifted_series(rows).astype("string"),
    "column": lambda rows: _object_array(rows)[:, np.newaxis],
    "DataFrame": lambda rows: _shifted_series(rows).to_frame("text"),
}
SEQUENCE_CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "tuple of arrays": lambda rows: tuple(map(np.array, rows)),
    "object array": _object_array,
    "Series": _shifted_series,
    "TokenSequences": TokenSequences.from_lists,
    "padded": lambda rows: TokenSequences.from_lists(rows).padded(3),
    "integer array": lambda rows: np.asarray(TokenSequences.from_lists(rows).padded(3)),
    "DataFrame": lambda rows: pd.DataFrame(
        np.asarray(TokenSequences.from_lists(rows).padded(3)), index=range(100, 100 + len(rows))
    ),
}
OF_A_VOCABULARY = {
    "TokenSequences": lambda sequences: sequences,
    "padded": lambda sequences: sequences.padded(4),
}
CONTAINERS = {
    **dict.fromkeys(
        ("TextCleaner", "KerasTokenizerTransformer", "HashingTokenizerTransformer"),
        TEXT_CONTAINERS,
    ),
    "PadSequences": SEQUENCE_CONTAINERS,
    **dict.fromkeys(
        ("PretrainedEmbeddingMatrix", "TrainedEmbeddingMatrix", "EmbeddingVectorizer"),
        OF_A_VOCABULARY,
    ),
    "KerasTextClassifier": SEQUENCE_CONTAINERS,
}
ROWS = {
    "PadSequences": data("PadSequences").to_lists(),
    "PretrainedEmbeddingMatrix": data("PretrainedEmbeddingMatrix"),
    "TrainedEmbeddingMatrix": data("TrainedEmbeddingMatrix"),
    "EmbeddingVectorizer": data("EmbeddingVectorizer"),
    "KerasTextClassifier": data("KerasTextClassifier").to_lists(),
}


def _flat(result):
    if isinstance(result, TokenSequences):
        matrix = None if result.embedding is None else result.embedding.values.tolist()
        return [[id for id in row if id] for row in result.to_lists()], matrix
    return np.ravel(result).tolist()


@pytest.fixture(scope="module")
def listed():
    """What each estimator makes of the first of its containers."""
    results = {}
    for name, (first, *_) in ((name, [*kinds.values()]) for name, kinds in CONTAINERS.items()):
        X = first(ROWS.get(name, TEXTS))
        results[name] = _flat(output(made(name).fit(X, LABELS), X))
    return results


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kinds in CONTAINERS.items() for kind in kinds]
)
def test_every_container_gives_the_same_and_is_not_changed(name, kind, listed):
    X = CONTAINERS[name][kind](ROWS.get(name, TEXTS))
    before = joblib.hash(X)
    estimator = made(name).fit(X, LABELS)
    assert _flat(output(estimator, X)) == listed[name]
    if is_classifier(estimator):
        estimator.predict(X)
    assert joblib.hash(X) == before


@pytest.mark.parametrize("kind", SEQUENCE_CONTAINERS)
def test_vectors_need_a_vocabulary(kind):
    X = SEQUENCE_CONTAINERS[kind](ROWS["PadSequences"])
    with pytest.raises(NotSequencesError, match=r"without a vocabulary.*KerasTokenizerTransformer"):
        made("PretrainedEmbeddingMatrix").fit(X)


@pytest.mark.parametrize(
    "container",
    [tuple, np.array, _object_array, _shifted_series, lambda y: pd.Series(y, dtype="category")],
)
def test_labels_in_every_container(container, listed):
    X, y = ROWS["KerasTextClassifier"], container(LABELS)
    weights = np.ones(len(y))
    before = joblib.hash((X, y, weights))
    # Scikeras multiplied the caller's weights by those of the classes, in place.
    classifier = made("KerasTextClassifier", class_weight={"yes": 1.0, "no": 1.0})
    classifier.fit(X, y, sample_weight=weights)
    assert joblib.hash((X, y, weights)) == before
    np.testing.assert_allclose(
        np.ravel(classifier.predict_proba(X)), listed["KerasTextClassifier"], rtol=1e-5
    )
    assert set(classifier.predict(X)) <= {"yes", "no"}


def test_optimizer_and_callbacks_that_were_given_are_not_changed():
    optimizer, seen = keras.optimizers.SGD(0.1), keras.callbacks.History()
    before = dict(vars(seen))
    classifier = made("KerasTextClassifier", callbacks=[seen]).set_params(optimizer=optimizer)
    classifier.fit(data("KerasTextClassifier"), LABELS)
    assert vars(seen) == before
    assert not optimizer.built
    assert classifier.callbacks == [seen]
    assert classifier.optimizer is optimizer


@every_estimator
def test_memory_serves_no_other_corpus(name, tmp_path):
    for texts, labels in ((TEXTS, LABELS), (OTHER_TEXTS, LABELS), (TEXTS, LABELS)):
        cached = in_pipeline(name, memory=str(tmp_path)).fit(texts, labels)
        plain = in_pipeline(name).fit(texts, labels)
        assert same(output(cached, texts), output(plain, texts))
        if hasattr(plain[-1], "vocabulary_"):
            assert cached[-1].vocabulary_ == plain[-1].vocabulary_
    n_cached = len([*tmp_path.rglob("output.pkl")])
    assert n_cached == 2 * len([step for _, step in cached.steps[:-1]])


@every_estimator
def test_hash_of_what_comes_out(name):
    X, others = data(name), data(name, OTHER_TEXTS)
    one, twin = (output(made(name).fit(X, LABELS), X) for _ in range(2))
    other = output(made(name).fit(others, LABELS), others)
    assert joblib.hash(one) == joblib.hash(twin)
    assert joblib.hash(one) != joblib.hash(other)
    if name == "KerasTokenizerTransformer":  # the ids are the same, their words are not
        assert one.to_lists() == other.to_lists()


def test_hash_covers_the_embedding():
    sequences = data("PretrainedEmbeddingMatrix")
    small, large = (
        PretrainedEmbeddingMatrix({word: [scale] for word in WORDS}).fit_transform(sequences)
        for scale in (1, 2)
    )
    digests = {joblib.hash(some) for some in (sequences, small, large)}
    assert len(digests) == 3
    assert small != large
    assert small != sequences


# What a second fit refuses: documents and labels.
REFUSED = {
    "TextCleaner": lambda: [(["good", None], LABELS[:2])],
    "KerasTokenizerTransformer": lambda: [(["good", None], LABELS[:2]), (["!", ""], LABELS[:2])],
    "HashingTokenizerTransformer": lambda: [(["good", None], LABELS[:2])],
    "PadSequences": lambda: [([], []), ([[-1]], LABELS[:1]), (["good"], LABELS[:1])],
    "PretrainedEmbeddingMatrix": lambda: [
        ([[1]], LABELS[:1]),
        (KerasTokenizerTransformer().fit_transform(["quite"]), LABELS[:1]),
    ],
    "TrainedEmbeddingMatrix": lambda: [
        ([[1]], LABELS[:1]),
        (KerasTokenizerTransformer().fit(["quite"]).transform(["very"]), LABELS[:1]),
    ],
    "EmbeddingVectorizer": lambda: [
        ([[1]], LABELS[:1]),
        (KerasTokenizerTransformer().fit_transform(["quite"]), LABELS[:1]),
    ],
    "KerasTextClassifier": lambda: [
        (data("KerasTextClassifier"), ["yes"] * len(TEXTS)),
        (data("KerasTextClassifier"), LABELS[1:]),
        ([[0], [0]], LABELS[1:3]),
        (["good", "poor"], LABELS[1:3]),
    ],
}


@every_estimator
def test_a_refit_that_fails_leaves_what_was_fitted(name):
    X = data(name)
    estimator = made(name).fit(X, LABELS)
    expected, state = output(estimator, X), joblib.hash(vars(estimator))
    for bad_X, bad_y in REFUSED[name]():
        with pytest.raises(SkembedError):
            estimator.fit(bad_X, bad_y)
        assert joblib.hash(vars(estimator)) == state
        assert same(output(estimator, X), expected)


@every_estimator
def test_global_seeds_are_left_alone(name):
    def draws():
        return random.random(), np.random.rand(), float(keras.random.uniform(()))

    def seed():
        keras.utils.set_random_seed(7)
        global_state.set_global_attribute("global_seed_generator", None)  # Keras 3.12 keeps it

    states, surroundings = (random.getstate(), np.random.get_state()), dict(os.environ)
    try:
        seed()
        undisturbed = draws(), draws()
        seed()
        before = draws()
        X = data(name)
        output(made(name).fit(X, LABELS), X)
        with pytest.raises(SkembedError):
            made(name).fit(*REFUSED[name]()[0])
        assert (before, draws()) == undisturbed
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
    assert dict(os.environ) == surroundings


BAD_PARAMETERS = {
    "TextCleaner": {
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
        "num_words": [0, -1, 2.5, "all"],
        "min_count": [0, -1, 0.5, None],
        "filters": [None, ["!"], 3],
        "lower": ["yes", None],
        "split": ["", None, 3],
        "char_level": ["yes", None],
        "oov_token": [1, True, ["[UNK]"]],
    },
    "HashingTokenizerTransformer": {
        "n_buckets": [1, 0, -1, 2.5, None, 2**31 + 1],
        "filters": [None, 3],
        "lower": ["yes", None],
        "split": ["", None, 3],
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
    "KerasTextClassifier": {
        "architecture": ["transformer", None, 3],
        "embedding_dim": [0, -1, 2.5, "100"],
        "embedding_trainable": ["no", None, 2, -1, 2.5],
        "unfreeze_after": [0, -1, 2.5, "two"],
        "filters": [0, -1, 2.5],
        "kernel_size": [0, -1, 2.5, "3", (), (3, 0), (3, 2.5), (3, "4")],
        "hidden_units": [-1, 2.5],
        "dropout": [-0.1, 1.0, "half"],
        "optimizer": [None, 3, "no_such", int],
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
    ids=lambda part: part if isinstance(part, str) else re.sub(" object at .*", "", repr(part)),
)
def test_bad_parameters_are_named(name, parameter, value):
    # The CNN uses every parameter of a network.
    usual = {"architecture": "cnn"} if name == "KerasTextClassifier" else {}
    estimator = made(name, **{**usual, parameter: value})
    X = data(name)
    before = set(vars(estimator))
    with pytest.raises((ValueError, TypeError), match=rf"(?i)\b{parameter}\b"):
        estimator.fit(X, LABELS)
    assert set(vars(estimator)) == before
    if get_tags(estimator).requires_fit:
        with pytest.raises(NotFittedError):
            output(estimator, X)


@every_estimator
def test_every_parameter_has_a_rule_and_a_bad_value(name):
    constraints = type(made(name))._parameter_constraints
    assert set(BAD_PARAMETERS[name]) == set(constraints) == set(signature_of(made(name)))
    assert all(BAD_PARAMETERS[name].values())


def test_no_public_estimator_is_left_out():
    assert set(STEPS) == PUBLIC
    for table in (CONTAINERS, REFUSED, BAD_PARAMETERS):
        assert set(table) == PUBLIC


def estimators_tried(function):
    """The estimators that a test is parametrized with."""
    tried = set()
    for mark in function.pytestmark:
        names, values = mark.args
        if names == "name":
            tried |= {*values}
        elif "name" in names:
            tried |= {value[names.index("name")] for value in values}
    return tried


def test_every_promise_is_tried_on_every_estimator():
    promises = {
        name: function
        for name, function in globals().items()
        if name.startswith("test_") and "name" in inspect.signature(function).parameters
    }
    assert len(promises) >= 15
    assert {name: estimators_tried(promises[name]) for name in promises} == dict.fromkeys(
        promises, PUBLIC
    )
