"""Every parameter takes NumPy scalars, and stores them as the equal Python value."""

import pickle
from contextlib import suppress

import joblib
import numpy as np
import pytest
from helpers import (
    ESSAY_LABELS,
    ESSAY_TEXTS,
    MOVIE_REVIEWS,
    assert_tried_on_every_estimator,
    classifier,
    estimator_data,
    every_estimator,
    made_estimator,
    output,
    publish_reviews,
    quick_classifier,
    same_output,
    signature_of,
)
from keras.callbacks import EarlyStopping
from parameter_table import CASES, deep_average
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils._param_validation import generate_valid_param, make_constraint

import skembed
from skembed import (
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    PadSequences,
    TokenSequences,
    Vocabulary,
)
from skembed.datasets import load_feedback
from skembed.inspection import make_cost_scorer

INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
TYPES = {
    bool: [np.bool_],
    int: INTEGERS,
    float: [np.float16, np.float32, np.float64],
    str: [np.str_],
}


def numpy_equals(value):
    """Every NumPy value that equals a Python value; none for what NumPy has no scalar of."""
    if type(value) in (list, tuple):
        if value and all(type(element) in TYPES for element in value):
            for scalars in zip(*map(numpy_equals, value)):
                yield type(value)(scalars)
        return
    for kind in TYPES.get(type(value), ()):
        scalars = []
        with suppress(OverflowError), np.errstate(over="ignore"):
            scalars = [kind(value)] if kind(value).item() == value else []
        yield from scalars
    if type(value) in TYPES:
        yield np.array(value)


def values_of(name, parameter):
    """Python values that the parameter takes: by its rules, by default, and in the table."""
    rules = type(made_estimator(name))._parameter_constraints[parameter]
    yield made_estimator(name).get_params(deep=False)[parameter]
    yield CASES[name][parameter].value
    for rule in () if rules == "no_validation" else rules:
        with suppress(TypeError):  # of what can be anything
            yield generate_valid_param(make_constraint(rule))


def has_text(value):
    return isinstance(value, str) or (isinstance(value, list) and any(map(has_text, value)))


def takes_scalars(name, parameter):
    return any([*numpy_equals(value)] for value in values_of(name, parameter))


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, parameter) for name in CASES for parameter in signature_of(made_estimator(name))],
)
def test_scalars_are_stored_as_python_values(name, parameter):
    for value in values_of(name, parameter):
        plain = made_estimator(name).set_params(**{parameter: value})
        for scalar in numpy_equals(value):
            given = made_estimator(name).set_params(**{parameter: scalar})
            params = made_estimator(name).get_params(deep=False) | {parameter: scalar}
            for estimator in (given, type(given)(**params), clone(given)):
                stored = estimator.get_params(deep=False)[parameter]
                assert stored == value
                assert joblib.hash(stored) == joblib.hash(value)  # also of the same type
                assert joblib.hash(estimator) == joblib.hash(plain)
                if not has_text(value):  # pickle writes a str once if an object repeats it
                    assert pickle.dumps(estimator) == pickle.dumps(plain)


@every_estimator
def test_fits_with_scalars_are_those_with_python_values(name):
    X = estimator_data(name)
    plain = made_estimator(name).get_params(deep=False)
    scalars = {key: next(numpy_equals(value), value) for key, value in plain.items()}
    assert joblib.hash(scalars) != joblib.hash(plain)
    expected, fitted = (
        type(made_estimator(name))(**params).fit(X, ESSAY_LABELS) for params in (plain, scalars)
    )
    assert same_output(output(fitted, X), output(expected, X))
    assert joblib.hash(fitted) == joblib.hash(expected)


def test_what_the_user_hands_in_is_kept_or_copied_but_never_changed():
    sizes, words = [np.int64(2), 3], ["very", "good"]
    given = classifier(kernel_size=sizes)
    assert given.kernel_size == [2, 3]
    assert [*map(type, sizes)] == [np.int64, int]
    assert skembed.TextCleaner(stop_words=words).stop_words is words


def test_a_search_over_a_range():
    pipeline = make_pipeline(KerasTokenizerTransformer(), quick_classifier())
    grid = {
        "kerastextclassifier__embedding_dim": np.arange(4, 6),
        "kerastextclassifier__optimizer__learning_rate": np.array([0.25], np.float32),
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(ESSAY_TEXTS, ESSAY_LABELS)
    dim = search.best_params_["kerastextclassifier__embedding_dim"]
    assert search.best_estimator_[-1].embedding_weights_.shape[1] == dim


def test_a_number_of_buckets():
    texts = ["Well done!", "Well..."]
    hashed = HashingTokenizerTransformer(np.int64(50)).transform(texts)
    assert hashed.to_lists() == [[15, 31], [15]]
    assert hashed == HashingTokenizerTransformer(50).transform(texts)


ROUTED = {
    "optimizer__learning_rate": (np.float32(0.25), {}),
    "callbacks__patience": (
        np.int64(1),
        {"callbacks": EarlyStopping, "callbacks__monitor": "loss"},
    ),
    "callbacks__0__patience": (np.uint8(1), {"callbacks": [EarlyStopping]}),
    "architecture__n_layers": (np.int64(2), {"architecture": deep_average, "hidden_units": None}),
}


@pytest.mark.parametrize("parameter", ROUTED)
def test_routed_scalars(parameter):
    scalar, given = ROUTED[parameter]
    if parameter == "callbacks__0__patience":
        given = given | {"callbacks__0__monitor": "loss"}
    X = estimator_data("KerasTextClassifier")
    one, other = (
        quick_classifier(embedding_dim=None, **given, **{parameter: value})
        for value in (scalar, scalar.item())
    )
    assert type(one.get_params()[parameter]) is type(scalar.item())
    fits = [each.fit(X, ESSAY_LABELS) for each in (one, other)]
    assert same_output(*(fitted.predict_proba(X) for fitted in fits))
    assert one.history_ == other.history_


def test_weights_of_classes_as_numpy_computes_them():
    X = estimator_data("KerasTextClassifier")
    plain, given = (
        made_estimator("KerasTextClassifier", class_weight=weights).fit(X, ESSAY_LABELS)
        for weights in (
            {"no": 0.5, "yes": 1.5},
            dict(zip(np.unique(ESSAY_LABELS), np.array([0.5, 1.5]))),
        )
    )
    assert same_output(output(given, X), output(plain, X))


@pytest.mark.parametrize("kind", INTEGERS)
def test_sequences_and_vocabularies_take_integers_of_every_type(kind):
    vocabulary = Vocabulary(["well", "done"], oov_token="[UNK]")
    assert [vocabulary.word(kind(id)) for id in (1, 2, 3)] == ["[UNK]", "well", "done"]
    assert vocabulary.head(kind(3)) == vocabulary.head(3)
    with pytest.raises(skembed.errors.IdRangeError, match="No word has the id 0"):
        vocabulary.word(kind(0))
    sequences = TokenSequences.from_lists([[5, 2], [7], [3, 2, 4]])
    padded = sequences.padded(kind(2))
    assert joblib.hash(padded) == joblib.hash(sequences.padded(2))
    largest = np.iinfo(np.uint8).max if kind is np.uint8 else 100
    assert joblib.hash(padded.filled(kind(largest))) == joblib.hash(padded.filled(largest))


def test_widths_that_are_no_integers_are_refused():
    sequences = TokenSequences.from_lists([[5, 2], [7]])
    for width in (2.0, np.float32(2), "2"):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            sequences.padded(width)


def test_lengths_of_small_types():
    X = [[1] * 300, [2]]
    assert PadSequences(np.uint8(200)).fit_transform(X) == PadSequences(200).fit_transform(X)
    assert PadSequences(np.float16(0.5)).fit(X).maxlen_ == PadSequences(0.5).fit(X).maxlen_


def test_functions(tmp_path, monkeypatch):
    texts, labels = load_feedback(target=np.str_("topic"), return_X_y=np.True_)
    assert len(texts) == len(labels) == 720
    pipelines = [
        skembed.make_text_classifier(n_jobs=kind(1), random_state=kind(0))
        for kind in (int, np.int64)
    ]
    assert joblib.hash(pipelines[0]) == joblib.hash(pipelines[1])
    path = np.str_(tmp_path / "vectors.txt")
    skembed.save_word_vectors({"good": [1.0, 2.0]}, path, format=np.str_("word2vec"))
    options = {"decode_error": np.str_("strict"), "cache": np.False_, "verbose": np.False_}
    assert skembed.load_word_vectors(path, **options)["good"].tolist() == [1, 2]
    assert make_cost_scorer(np.str_("accuracy"))

    publish_reviews(monkeypatch, MOVIE_REVIEWS, port=0)
    archive = tmp_path / MOVIE_REVIEWS.archive
    archive.write_bytes(MOVIE_REVIEWS.good)
    reviews = MOVIE_REVIEWS.fetch(
        subset=np.str_("train"),
        archive=np.str_(archive),
        n_retries=np.int64(1),
        delay=np.float32(1),
        as_frame=np.True_,
        verbose=np.False_,
    )
    assert len(reviews.frame) == MOVIE_REVIEWS.n_reviews[0] * 2


def test_scalars_are_given_to_every_estimator():
    assert_tried_on_every_estimator(globals(), at_least=2)
