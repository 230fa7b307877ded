"""Every public estimator with any parameters that its constraints allow, and with some they do not.

What is tried comes from the constraints themselves, so a new estimator or parameter is met here as
soon as it exists.
"""

import pickle
from functools import cache

import joblib
import numpy as np
import pytest
from fuzz.strategies import JUNK, failed, made, outcome, parameters
from fuzzing import drawn
from helpers import (
    ESSAY_LABELS,
    estimator_data,
    few_parts,
    made_estimator,
    output,
    public_estimators,
    same_output,
)
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier

import skembed

pytestmark = pytest.mark.filterwarnings("ignore")  # of parameters that make little sense

words = st.lists(st.sampled_from(["good", "poor", "Work", "very", ""]), max_size=3)
#: Where constraints do not say what makes sense, or allow what takes long.
NARROWED = {
    "TextCleaner": {
        "stop_words": st.none() | words | st.just("english"),
        "vocabulary": st.none() | words,
    },
    "PadSequences": {"maxlen": st.none() | st.integers(1, 9) | st.floats(0.01, 0.99)},
    "PretrainedEmbeddingMatrix": {"vectors": None, "member": None, "verbose": None},
    "TrainedEmbeddingMatrix": {
        name: st.integers(1, 4) for name in ("vector_size", "negative", "epochs", "workers")
    }
    | {"sentence_end": st.sampled_from([None, "good"])},
    "TextColumnTransformer": dict.fromkeys(
        ("transformers", "remainder", "n_jobs", "transformer_weights", "verbose")
    )
    | {"shared_vocabulary": st.booleans(), "verbose_feature_names_out": st.booleans()},
    "NgramVectorizer": {"ngram_range": st.tuples(st.integers(0, 3), st.integers(0, 3))},
    "WeightedVotingClassifier": {
        "estimators": None,
        "cv": st.integers(2, 5),
        "class_weight": st.sampled_from([None, "balanced", {"yes": 2.0, "no": 0.5}]),
        "n_jobs": None,
    },
}
#: Networks are tried in test_classifier.py.
QUICK = sorted(public_estimators() - {"KerasTextClassifier"})
SLOW = {"TrainedEmbeddingMatrix", "WeightedVotingClassifier"}


@cache
def data(name):
    return estimator_data(name)


def any_parameters(name):
    return parameters(getattr(skembed, name), **NARROWED.get(name, {}))


def new(name, params):
    estimator = made_estimator(name)
    chosen = made(type(estimator), {**estimator.get_params(deep=False), **params})
    if isinstance(chosen, skembed.WeightedVotingClassifier):
        chosen.set_params(estimators=few_parts())
    return chosen


def check(name, params):
    X = data(name)
    before = joblib.hash(X)
    estimator = new(name, params)
    shown = repr(estimator), joblib.hash(estimator.get_params())
    fitted = outcome(estimator.fit, X, ESSAY_LABELS)
    assert (repr(estimator), joblib.hash(estimator.get_params())) == shown
    assert joblib.hash(X) == before
    if failed(fitted):
        learned = [a for a in vars(estimator) if a.endswith("_") and not a.startswith("_")]
        assert not learned
        return
    assert fitted is estimator
    result = outcome(output, estimator, X)
    assert not failed(result)
    repeats = params.get("random_state", 0) is not None and params.get("workers", 1) == 1
    if repeats:
        again = clone(estimator)
        if is_classifier(again):
            assert same_output(output(again.fit(X, ESSAY_LABELS), X), result)
        else:
            assert same_output(again.fit_transform(X, ESSAY_LABELS), result)
    loaded = pickle.loads(pickle.dumps(estimator))
    assert same_output(output(loaded, X), result)
    for i in (0, len(ESSAY_LABELS) - 1):
        one = output(estimator, X[i : i + 1])
        if isinstance(result, skembed.TokenSequences | skembed.TokenTable):
            assert one == result[i : i + 1]
        else:
            one, whole = (getattr(a, "toarray", lambda a=a: a)() for a in (one, result))
            assert np.array_equal(one, whole[i : i + 1]) or np.allclose(one, whole[i : i + 1])
    assert estimator.__sklearn_tags__() is not None
    assert estimator._repr_html_()


of_any = st.sampled_from(QUICK).flatmap(lambda name: st.tuples(st.just(name), any_parameters(name)))
is_slow = st.sampled_from(sorted(SLOW)).flatmap(
    lambda name: st.tuples(st.just(name), any_parameters(name))
)


@drawn(30, 1200, chosen=of_any.filter(lambda chosen: chosen[0] not in SLOW))
def test_any_parameters(chosen):
    check(*chosen)


@drawn(3, 150, chosen=is_slow)
def test_any_parameters_of_what_takes_longer(chosen):
    check(*chosen)


BAD = JUNK | {
    "text": "junk",
    "empty": "",
    "zero": 0,
    "true": np.True_,
    "tuple": (1, 2),
    "negative infinity": -np.inf,
    "NumPy integer": np.int64(2),
    "surrogate": "\ud800",
    "function": len,
    "generator": (i for i in range(3)),
}
one_parameter = st.sampled_from(sorted(public_estimators())).flatmap(
    lambda name: st.tuples(
        st.just(name), st.sampled_from(sorted(getattr(skembed, name)._parameter_constraints))
    )
)
TAKES_LONG = {"n_jobs", "workers", "epochs"}


@drawn(60, 1200, parameter=one_parameter, value=st.sampled_from([*BAD]))
def test_any_value_of_one_parameter(parameter, value):
    (name, parameter), given = parameter, BAD[value]
    if parameter in TAKES_LONG and value in ("huge", "beyond floats", "int"):
        return
    if parameter == "verbose_feature_names_out" and value == "function":
        return  # a function of the user may raise what it will
    try:
        estimator = made_estimator(name).set_params(**{parameter: given})
    except ValueError:  # of scikit-learn, which takes a list of parts apart
        assert parameter == "estimators"
        return
    assert repr(estimator)
    fitted = outcome(estimator.fit, data(name), ESSAY_LABELS)
    if not failed(fitted):
        assert output(estimator, data(name)) is not None
