"""The promises of the estimators in ``skembed.__all__``, each tested on each estimator."""

import copy
import inspect
import pickle
import random
import re

import joblib
import keras
import numpy as np
import pytest
from global_state import seeds_restored
from helpers import (
    ESSAY_LABELS,
    ESSAY_TEXTS,
    ESSAY_WORDS,
    ESTIMATOR_STEPS,
    assert_tried_on_every_estimator,
    estimator_data,
    every_estimator,
    made_estimator,
    output,
    public_estimators,
    same_output,
    signature_of,
)
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PretrainedEmbeddingMatrix
from skembed.errors import SkembedError, TargetError

# The same texts with every word renamed: a tokenizer gives them the same ids.
RENAMED = {"ood": "ine", "poor": "weak", "work": "text", "essay": "draft", "very": "quite"}
OTHER_TEXTS = [
    re.sub("|".join(RENAMED), lambda found: RENAMED[found[0]], text) for text in ESSAY_TEXTS
]
OTHER_LABELS = ["no", "yes", "yes", "no"] * 2


def in_pipeline(name, memory=None):
    steps = ESTIMATOR_STEPS[name]()
    if not is_classifier(steps[-1]):
        steps.append("passthrough")
    return Pipeline([(f"step{i}", step) for i, step in enumerate(steps)], memory=memory)


def documented_attributes(estimator):
    section = inspect.getdoc(estimator).partition("Attributes\n----------\n")[2].split("\n\n")[0]
    return set(re.findall(r"^(\w+_) :", section, re.MULTILINE))


@every_estimator
def test_init_only_assigns(name):
    # Lists, because mutable values must be neither copied nor changed.
    given = {parameter: [parameter] for parameter in signature_of(made_estimator(name))}
    estimator = type(made_estimator(name))(**given)
    assert set(vars(estimator)) == set(given)
    assert all(getattr(estimator, parameter) is value for parameter, value in given.items())
    assert all(value == [parameter] for parameter, value in given.items())


@every_estimator
def test_params_go_round(name):
    estimator = made_estimator(name)
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
    fresh, X = made_estimator(name), estimator_data(name)
    fitted = made_estimator(name).fit(X, ESSAY_LABELS)
    twin = clone(fitted)
    assert twin is not fitted
    params, of_twin = fitted.get_params(deep=False), twin.get_params(deep=False)
    assert joblib.hash(of_twin) == joblib.hash(params)  # estimators within are cloned, too
    assert set(vars(twin)) == set(vars(fresh))
    assert same_output(output(twin.fit(X, ESSAY_LABELS), X), output(fitted, X))


@every_estimator
def test_pickles_unfitted_and_fitted(name):
    X = estimator_data(name)
    estimator = pickle.loads(pickle.dumps(made_estimator(name))).fit(X, ESSAY_LABELS)
    expected = output(made_estimator(name).fit(X, ESSAY_LABELS), X)
    assert same_output(output(estimator, X), expected)
    assert same_output(output(pickle.loads(pickle.dumps(estimator)), X), expected)
    # A process that only forwards an estimator pickles an unused copy again.
    assert same_output(output(copy.deepcopy(pickle.loads(pickle.dumps(estimator))), X), expected)


@every_estimator
def test_unfitted_use(name):
    estimator, X = made_estimator(name), estimator_data(name)
    if not get_tags(estimator).requires_fit:
        assert same_output(output(estimator, X), output(made_estimator(name).fit(X), X))
        return
    calls = {"score": (X, ESSAY_LABELS)}
    tried = 0
    for method in ("transform", "inverse_transform", "predict", "predict_proba", "score"):
        if hasattr(estimator, method):
            with pytest.raises(NotFittedError, match=type(estimator).__name__):
                getattr(estimator, method)(*calls.get(method, (X,)))
            tried += 1
    assert tried


@every_estimator
def test_learned_attributes_appear_in_fit(name):
    unfitted, fitted = (
        made_estimator(name),
        made_estimator(name).fit(estimator_data(name), ESSAY_LABELS),
    )
    learned = {a for a in dir(fitted) if a.endswith("_") and not a.startswith("_")}
    assert documented_attributes(fitted) <= learned
    assert all(hasattr(fitted, attribute) for attribute in documented_attributes(fitted))
    assert [attribute for attribute in learned if hasattr(unfitted, attribute)] == []


@every_estimator
def test_fit_returns_self_and_leaves_the_parameters_alone(name):
    estimator = made_estimator(name)
    before = estimator.get_params(deep=False)
    digests = {key: joblib.hash(value) for key, value in before.items()}
    assert estimator.fit(estimator_data(name), ESSAY_LABELS) is estimator
    after = estimator.get_params(deep=False)
    assert set(after) == set(before)
    assert all(after[key] is before[key] for key in before)
    assert {key: joblib.hash(value) for key, value in after.items()} == digests


@every_estimator
def test_fit_twice_is_fit_once_on_the_second_data(name):
    X = estimator_data(name, OTHER_TEXTS[:6])
    twice = made_estimator(name).fit(estimator_data(name), ESSAY_LABELS).fit(X, OTHER_LABELS[:6])
    once = made_estimator(name).fit(X, OTHER_LABELS[:6])
    assert same_output(output(twice, X), output(once, X))
    assert joblib.hash(vars(twice)) == joblib.hash(vars(once))


@every_estimator
def test_fit_transform_is_fit_and_transform(name):
    X = estimator_data(name)
    fitted = made_estimator(name).fit(X, ESSAY_LABELS)
    if is_classifier(fitted):
        most_probable = fitted.predict_proba(X).argmax(axis=1)
        assert fitted.predict(X).tolist() == fitted.classes_[most_probable].tolist()
    else:
        assert same_output(made_estimator(name).fit_transform(X, ESSAY_LABELS), fitted.transform(X))


@every_estimator
def test_one_document(name):
    X = estimator_data(name, ESSAY_TEXTS[:1])
    estimator = made_estimator(name)
    if get_tags(estimator).target_tags.required:
        with pytest.raises(TargetError, match="at least two classes"):
            estimator.fit(X, ESSAY_LABELS[:1])
        several = estimator_data(name)
        estimator.fit(several, ESSAY_LABELS)
        one, all_of_them = output(estimator, several[:1]), output(estimator, several)
        if is_classifier(estimator):
            assert estimator.predict(several[:1]).shape == (1,)
            np.testing.assert_allclose(one, all_of_them[:1], rtol=1e-5)
        else:
            assert same_output(one, all_of_them[:1])
    else:
        one = estimator.fit(X).transform(X)
        assert one.shape[0] == 1
        assert same_output(one, estimator.transform(X[:1]))


@every_estimator
def test_no_document(name):
    with pytest.raises(SkembedError, match="at least one document, got none"):
        made_estimator(name).fit([], [])
    fitted = made_estimator(name).fit(estimator_data(name), ESSAY_LABELS)
    with pytest.raises(SkembedError, match="at least one document, got none"):
        output(fitted, [])


def test_optimizer_and_callbacks_that_were_given_are_not_changed():
    optimizer, seen = keras.optimizers.SGD(0.1), keras.callbacks.History()
    before = dict(vars(seen))
    classifier = KerasTextClassifier(
        architecture="average", optimizer=optimizer, callbacks=[seen], epochs=2
    )
    classifier.fit(estimator_data("KerasTextClassifier"), ESSAY_LABELS)
    assert vars(seen) == before
    assert not optimizer.built
    assert classifier.callbacks == [seen]
    assert classifier.optimizer is optimizer


@every_estimator
def test_memory_serves_no_other_corpus(name, tmp_path):
    for texts, labels in (
        (ESSAY_TEXTS, ESSAY_LABELS),
        (OTHER_TEXTS, ESSAY_LABELS),
        (ESSAY_TEXTS, ESSAY_LABELS),
    ):
        cached = in_pipeline(name, memory=str(tmp_path)).fit(texts, labels)
        plain = in_pipeline(name).fit(texts, labels)
        assert same_output(output(cached, texts), output(plain, texts))
        if hasattr(plain[-1], "vocabulary_"):
            assert cached[-1].vocabulary_ == plain[-1].vocabulary_
    n_cached = len([*tmp_path.rglob("output.pkl")])
    assert n_cached == 2 * len([step for _, step in cached.steps[:-1]])


@every_estimator
def test_hash_of_what_comes_out(name):
    X, others = estimator_data(name), estimator_data(name, OTHER_TEXTS)
    one, twin = (output(made_estimator(name).fit(X, ESSAY_LABELS), X) for _ in range(2))
    other = output(made_estimator(name).fit(others, ESSAY_LABELS), others)
    assert joblib.hash(one) == joblib.hash(twin)
    assert joblib.hash(one) != joblib.hash(other)
    if name == "KerasTokenizerTransformer":  # same ids, different words
        assert one.to_lists() == other.to_lists()


def test_hash_covers_the_embedding():
    sequences = estimator_data("PretrainedEmbeddingMatrix")
    small, large = (
        PretrainedEmbeddingMatrix({word: [scale] for word in ESSAY_WORDS}).fit_transform(sequences)
        for scale in (1, 2)
    )
    digests = {joblib.hash(some) for some in (sequences, small, large)}
    assert len(digests) == 3
    assert small != large
    assert small != sequences


# Documents and labels that a second fit refuses.
REFUSED = {
    "TextCleaner": lambda: [(["good", None], ESSAY_LABELS[:2])],
    "KerasTokenizerTransformer": lambda: [
        (["good", None], ESSAY_LABELS[:2]),
        (["!", ""], ESSAY_LABELS[:2]),
    ],
    "HashingTokenizerTransformer": lambda: [(["good", None], ESSAY_LABELS[:2])],
    "CategoryTokenizer": lambda: [(["good", ["poor"]], ESSAY_LABELS[:2])],
    "TextColumnTransformer": lambda: [
        (estimator_data("TextColumnTransformer").assign(title=None), ESSAY_LABELS),
        (estimator_data("TextColumnTransformer").assign(length=np.nan), ESSAY_LABELS),
        (estimator_data("TextColumnTransformer").drop(columns="words"), ESSAY_LABELS),
        (ESSAY_TEXTS, ESSAY_LABELS),
    ],
    "PadSequences": lambda: [([], []), ([[-1]], ESSAY_LABELS[:1]), (["good"], ESSAY_LABELS[:1])],
    "PretrainedEmbeddingMatrix": lambda: [
        ([[1]], ESSAY_LABELS[:1]),
        (KerasTokenizerTransformer().fit_transform(["quite"]), ESSAY_LABELS[:1]),
    ],
    "TrainedEmbeddingMatrix": lambda: [
        ([[1]], ESSAY_LABELS[:1]),
        (KerasTokenizerTransformer().fit(["quite"]).transform(["very"]), ESSAY_LABELS[:1]),
    ],
    "EmbeddingVectorizer": lambda: [
        ([[1]], ESSAY_LABELS[:1]),
        (KerasTokenizerTransformer().fit_transform(["quite"]), ESSAY_LABELS[:1]),
    ],
    "NgramVectorizer": lambda: [
        (["good", None], ESSAY_LABELS[:2]),
        (["", " "], ESSAY_LABELS[:2]),
    ],
    "NaiveBayesScaler": lambda: [
        (estimator_data("NaiveBayesScaler"), ["yes"] * len(ESSAY_TEXTS)),
        (estimator_data("NaiveBayesScaler"), ESSAY_LABELS[1:]),
        (-estimator_data("NaiveBayesScaler"), ESSAY_LABELS),
        ([["good"], ["poor"]], ESSAY_LABELS[1:3]),
    ],
    "OneVsRestLogisticRegression": lambda: [
        (estimator_data("OneVsRestLogisticRegression"), ["yes"] * len(ESSAY_TEXTS)),
        (estimator_data("OneVsRestLogisticRegression"), ESSAY_LABELS[1:]),
        (estimator_data("OneVsRestLogisticRegression"), np.eye(len(ESSAY_TEXTS), dtype=int)),
        ([[1.0, 2.0], [1.0, np.nan]], ESSAY_LABELS[1:3]),
        ([["good"], ["poor"]], ESSAY_LABELS[1:3]),
    ],
    "WeightedVotingClassifier": lambda: [
        (ESSAY_TEXTS, ["yes"] * len(ESSAY_TEXTS)),
        (ESSAY_TEXTS, ESSAY_LABELS[1:]),
        (["good", None], ESSAY_LABELS[1:3]),
    ],
    "KerasTextClassifier": lambda: [
        (estimator_data("KerasTextClassifier"), ["yes"] * len(ESSAY_TEXTS)),
        (estimator_data("KerasTextClassifier"), ESSAY_LABELS[1:]),
        ([[0], [0]], ESSAY_LABELS[1:3]),
        (["good", "poor"], ESSAY_LABELS[1:3]),
    ],
}


@every_estimator
def test_a_refit_that_fails_leaves_what_was_fitted(name):
    X = estimator_data(name)
    estimator = made_estimator(name).fit(X, ESSAY_LABELS)
    expected, state = output(estimator, X), joblib.hash(vars(estimator))
    for bad_X, bad_y in REFUSED[name]():
        with pytest.raises(SkembedError):
            estimator.fit(bad_X, bad_y)
        assert joblib.hash(vars(estimator)) == state
        assert same_output(output(estimator, X), expected)


@every_estimator
def test_global_seeds_are_left_alone(name):
    def draws():
        return random.random(), np.random.rand(), float(keras.random.uniform(()))

    with seeds_restored():
        keras.utils.set_random_seed(7)
        undisturbed = draws(), draws()
        keras.utils.set_random_seed(7)
        before = draws()
        X = estimator_data(name)
        output(made_estimator(name).fit(X, ESSAY_LABELS), X)
        with pytest.raises(SkembedError):
            made_estimator(name).fit(*REFUSED[name]()[0])
        assert (before, draws()) == undisturbed


def test_no_public_estimator_is_left_out():
    assert set(ESTIMATOR_STEPS) == set(REFUSED) == public_estimators()


def test_every_promise_is_tried_on_every_estimator():
    assert_tried_on_every_estimator(globals(), at_least=15)
