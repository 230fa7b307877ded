"""Labels of every type, and several labels per document."""

import enum
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from helpers import (
    ESSAY_LABELS,
    ESSAY_TEXTS,
    FEW_LABELS,
    FEW_TEXTS,
    classifier,
    estimator_data,
    made_estimator,
    public_estimators,
)
from scipy.sparse import csr_array
from sklearn.base import is_classifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from skembed import (
    KerasTokenizerTransformer,
    NgramVectorizer,
    OneVsRestLogisticRegression,
    TokenSequences,
    WeightedVotingClassifier,
    make_text_classifier,
)
from skembed.errors import OneHotLabelsWarning, TargetError
from skembed.targets import check_target


class Answer(enum.StrEnum):
    YES = "yes"
    NO = "no"


Rank = enum.IntEnum("Rank", ["LOW", "HIGH"])
TEXT = ["no", "yes"]
CLASSES = {
    "list": (FEW_LABELS, TEXT),
    "fixed width": (np.array(FEW_LABELS), TEXT),
    "StringDType": (np.array(FEW_LABELS, np.dtypes.StringDType()), TEXT),
    "Series": (pd.Series(FEW_LABELS), TEXT),
    "string": (pd.Series(FEW_LABELS, dtype="string"), TEXT),
    "object": (pd.Series(FEW_LABELS, dtype=object), TEXT),
    "category": (pd.Series(FEW_LABELS, dtype="category"), TEXT),
    "category of integers": (pd.Series([3, 1] * 6, dtype="category"), [1, 3]),
    "Index": (pd.Index(FEW_LABELS), TEXT),
    "Int64": (pd.Series([3, 1] * 6, dtype="Int64"), [1, 3]),
    "boolean": (pd.Series([True, False] * 6, dtype="boolean"), [False, True]),
    "Float64": (pd.Series([1.0, 2.0] * 6, dtype="Float64"), [1.0, 2.0]),
    "integers as objects": (pd.Series([3, 1] * 6, dtype=object), [1, 3]),
    "booleans as objects": (np.array([True, False] * 6, object), [False, True]),
    "booleans": ([True, False] * 6, [False, True]),
    "integers and floats": ([1, 2.0] * 6, [1.0, 2.0]),
    "Enum of text": ([*Answer] * 6, TEXT),
    "Enum of integers": ([*Rank] * 6, [1, 2]),
    "range": (range(12), [*range(12)]),
}


@pytest.mark.parametrize("kind", CLASSES)
def test_classes_of_every_type(kind):
    y, classes = CLASSES[kind]
    target = check_target(y, 12)
    assert target.classes.tolist() == classes
    assert [*map(type, target.classes.tolist())] == [*map(type, classes)]
    assert [classes[code] for code in target.codes] == [*y]
    again = check_target(y, 12, known=check_target(y, 12).classes)
    assert np.array_equal(again.codes, target.codes)


def classifiers():
    return sorted(name for name in public_estimators() if is_classifier(made_estimator(name)))


@pytest.mark.parametrize("kind", ["StringDType", "Int64", "boolean", "integers as objects"])
@pytest.mark.parametrize("name", classifiers())
def test_every_classifier_predicts_the_labels_it_was_given(name, kind):
    X = estimator_data(name, FEW_TEXTS)
    y, classes = CLASSES[kind]
    fitted = made_estimator(name).fit(X, y)
    assert fitted.classes_.tolist() == classes
    assert {*fitted.predict(X).tolist()} <= {*classes}
    assert {*map(type, fitted.predict(X).tolist())} == {type(classes[0])}


@pytest.mark.parametrize("name", classifiers())
def test_every_classifier_refuses_sets_of_labels(name):
    X = estimator_data(name)
    with pytest.raises(TargetError, match=r"MultiLabelBinarizer.*columns=binarizer.classes_"):
        made_estimator(name).fit(X, [{"a", "b"}, {"b"}, set(), {"a"}] * 2)


@pytest.mark.parametrize("kind", CLASSES)
def test_the_score_reads_the_labels_that_fit_reads(kind):
    y, classes = CLASSES[kind]
    X = np.eye(len(classes))[[classes.index(label) for label in y]]
    model = OneVsRestLogisticRegression().fit(X, y)
    assert model.score(X, y) == 1
    assert model.score(X[:, ::-1], y) == 0 or len(classes) > 2


@pytest.mark.parametrize("name", sorted({*classifiers()} - {"OneVsRestLogisticRegression"}))
def test_every_score_finds_columns_by_name(name):
    X = estimator_data(name, FEW_TEXTS)
    table = pd.DataFrame({"b": [1, 0, 1] * 4, "a": [1, 0, 0] * 4})
    fitted = made_estimator(name).fit(X, table)
    predicted = pd.DataFrame(fitted.predict(X), columns=fitted.classes_)
    assert fitted.score(X, predicted) == fitted.score(X, predicted[["a", "b"]]) == 1
    assert fitted.score(X, np.asarray(predicted)) == 1
    wrong = predicted.assign(a=1 - predicted["a"])
    assert fitted.score(X, wrong[["a", "b"]]) == 0
    assert fitted.score(X, wrong, sample_weight=np.ones(12)) == 0


@pytest.mark.parametrize("kind", ["string", "string[pyarrow]", "int64[pyarrow]", "bool[pyarrow]"])
def test_classes_in_columns_of_arrow(kind):
    if "pyarrow" in kind:
        pytest.importorskip("pyarrow")
    values = {"int64": [3, 1], "bool[": [True, False]}.get(kind[:5], ["yes", "no"])
    target = check_target(pd.Series(values * 6, dtype=kind), 12)
    assert target.classes.tolist() == sorted(values)
    assert type(target.classes.tolist()[0]) is type(values[0])


def test_classes_and_label_tables_of_polars():
    polars = pytest.importorskip("polars")
    for values in (["yes", "no"], [3, 1], [True, False]):
        assert check_target(polars.Series(values * 6), 12).classes.tolist() == sorted(values)
    with pytest.raises(TargetError, match="Label 1 is missing"):
        check_target(polars.Series(["yes", None] * 6), 12)
    table = polars.DataFrame({"news": [0, 1] * 6, "art": [1, 1] * 6})
    assert check_target(table, 12).classes.tolist() == ["news", "art"]


def test_predicted_labels_are_of_the_type_that_was_given():
    sequences = KerasTokenizerTransformer().fit_transform(FEW_TEXTS)
    y = pd.Series([True, True, False, False] * 3, dtype="boolean")
    predicted = classifier().fit(sequences, y).predict(sequences)
    assert predicted.dtype == bool
    streamed = classifier().partial_fit(sequences, y, classes=pd.Series([True, False]))
    assert streamed.classes_.tolist() == [False, True]


@pytest.fixture(scope="module")
def several(feedback):
    """Three labels per document: whether it is positive, and whether it has each of two words."""
    texts, labels = feedback
    words = [[word in text.lower() for word in ("and", "but")] for text in texts]
    return np.c_[labels == "positive", words].astype(int)


@pytest.mark.parametrize("architecture", ["average", "cnn"])
def test_several_labels_a_document(data, several, architecture):
    sequences, _ = data
    fitted = classifier(
        architecture=architecture, embedding_dim=16, epochs=40, optimizer__learning_rate=0.01
    ).fit(sequences, several)
    assert fitted.classes_.tolist() == [0, 1, 2]
    assert fitted.n_classes_ == 3
    probabilities = fitted.predict_proba(sequences)
    assert probabilities.shape == several.shape
    predicted = fitted.predict(sequences)
    assert np.array_equal(predicted, (probabilities > 0.5).astype(int))
    assert fitted.score(sequences, several) == accuracy_score(several, predicted) > 0.9
    assert set(fitted.history_) == {"loss", "binary_accuracy"}
    assert fitted.predict(sequences[:1]).shape == (1, 3)
    loaded = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(loaded.predict_proba(sequences), probabilities)


def test_indicators_of_every_kind(data, several):
    import pandas as pd

    sequences, _ = data
    expected = classifier().fit(sequences, several).predict_proba(sequences)
    for y in (several.astype(bool), several.tolist(), csr_array(several), pd.DataFrame(several)):
        assert np.array_equal(classifier().fit(sequences, y).predict_proba(sequences), expected)
    part = classifier().partial_fit(sequences, several, classes=range(3))
    assert part.classes_.tolist() == [0, 1, 2]


def test_several_labels_are_searched_weighted_and_stopped(data, several):
    sequences, labels = data
    scores = cross_val_score(
        classifier(class_weight="balanced", early_stopping=True, validation_fraction=0.3),
        sequences,
        several,
        cv=2,
        scoring="roc_auc",
        error_score="raise",
    )
    assert scores.shape == (2,)
    with pytest.raises(TargetError, match="class_weight must be None or 'balanced'"):
        classifier(class_weight={0: 1.0, 1: 2.0, 2: 1.0}).fit(sequences, several)
    one_label = classifier(warm_start=True).fit(sequences, (labels == "positive").astype(int))
    with pytest.raises(TargetError, match=r"fitted on classes .* continue on multilabel targets"):
        one_label.fit(sequences, several)
    in_parts = classifier().partial_fit(sequences, several, classes=[0, 1, 2])
    with pytest.raises(TargetError, match=r"targets \[0, 1, 2\]; .* continue on classes"):
        in_parts.partial_fit(sequences, several.sum(axis=1) % 3)


# Label tables: data frames of 0 and 1, whose columns are the labels


@pytest.fixture(scope="module")
def table(several):
    return pd.DataFrame(several, columns=["positive", "and", "but"], index=range(500, 580))


def test_column_names_are_the_classes(data, several, table):
    sequences, _ = data
    unnamed = classifier().fit(sequences, several)
    fitted = classifier().fit(sequences, table)
    assert fitted.classes_.tolist() == ["positive", "and", "but"]
    np.testing.assert_array_equal(fitted.predict_proba(sequences), unnamed.predict_proba(sequences))
    np.testing.assert_array_equal(fitted.predict(sequences), unnamed.predict(sequences))
    loaded = pickle.loads(pickle.dumps(fitted))
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    assert fitted.score(sequences, table) == unnamed.score(sequences, several)
    numbered = pd.DataFrame(several, columns=[7, 8, 9])
    assert classifier().fit(sequences, numbered).classes_.tolist() == [7, 8, 9]
    assert classifier().fit(sequences, pd.DataFrame(several)).classes_.tolist() == [0, 1, 2]


def test_label_tables_in_a_vote_and_a_search(feedback, table):
    texts, _ = feedback
    search = GridSearchCV(
        make_text_classifier(random_state=0),
        {"vote__prior": [0.5, 1.0]},
        scoring=["accuracy", "f1_micro", "roc_auc"],
        refit="roc_auc",
        cv=2,
        error_score="raise",
    ).fit(texts, table)
    assert search.classes_.tolist() == ["positive", "and", "but"]
    assert search.predict(texts[:5]).shape == (5, 3)
    assert search.best_score_ > 0.5
    unnamed = make_text_classifier(random_state=0).fit(texts, table.to_numpy())
    named = make_text_classifier(random_state=0).fit(texts, table)
    np.testing.assert_array_equal(named.predict_proba(texts), unnamed.predict_proba(texts))


OTHER_ORDER = ["but", "positive", "and"]


def validated(data, y, other):
    sequences, _ = data
    fitted = classifier().fit(sequences, y, validation_data=(sequences, other))
    return fitted.history_["val_loss"]


def test_validation_columns_are_found_by_name(data, table):
    expected = validated(data, table, table)
    assert validated(data, table, table[OTHER_ORDER]) == expected
    assert validated(data, table, table.to_numpy()) == expected  # has no names, so as they come
    assert validated(data, table.to_numpy(), table) == expected
    numbered = table.set_axis([0, 1, 2], axis=1)
    assert validated(data, numbered, numbered[[2, 0, 1]]) == expected
    with pytest.raises(TargetError, match=r"\['positive', 'and', 'but'\], got labels of .*'or'"):
        validated(data, table, table.rename(columns={"but": "or"}))
    with pytest.raises(TargetError, match="Expected labels of the classes"):
        validated(data, table, table[["but", "and"]])


def test_training_goes_on_with_columns_found_by_name(data, table):
    sequences, _ = data

    def trained_twice(*seconds):
        results = []
        for second in seconds:
            fitted = classifier(warm_start=True).fit(sequences, table)
            fitted.fit(sequences, second, validation_data=(sequences, table[OTHER_ORDER]))
            assert fitted.classes_.tolist() == ["positive", "and", "but"]
            results.append((fitted.predict_proba(sequences).tolist(), fitted.history_["val_loss"]))
        return results

    first, *others = trained_twice(table, table[OTHER_ORDER], table.to_numpy())
    assert others == [first, first]
    fitted = classifier(warm_start=True).fit(sequences, table)
    with pytest.raises(TargetError, match="training cannot continue on multilabel targets"):
        fitted.fit(sequences, table.rename(columns={"but": "or"}))


@pytest.mark.parametrize("classes", [["positive", "and", "but"], OTHER_ORDER])
def test_batches_of_label_tables(data, table, classes):
    sequences, _ = data
    fitted = classifier().partial_fit(sequences, table, classes=classes)
    assert fitted.classes_.tolist() == classes
    places = [classes.index(name) for name in table.columns]
    by_name = fitted.partial_fit(sequences, table[OTHER_ORDER]).predict_proba(sequences)
    in_order = classifier().partial_fit(sequences, table[classes].to_numpy(), classes=classes)
    in_order.partial_fit(sequences, table[classes], classes=[*reversed(classes)])
    np.testing.assert_array_equal(in_order.predict_proba(sequences), by_name)
    assert by_name[:, places].shape == table.shape
    with pytest.raises(TargetError, match="Expected labels of the classes"):
        fitted.partial_fit(sequences, table.rename(columns={"but": "or"}))
    with pytest.raises(TargetError, match="differs from the classes of the first call"):
        fitted.partial_fit(sequences, table, classes=["a", "b", "c"])


# One-hot labels


def one_hot(labels):
    return pd.get_dummies(pd.Series(labels), dtype=int)


ONE_HOT = {"array": one_hot(FEW_LABELS).to_numpy(), "booleans": one_hot(FEW_LABELS).to_numpy() > 0}
ONE_HOT |= {"table": one_hot(FEW_LABELS), "sparse": csr_array(ONE_HOT["array"])}


def networks_and_votes():
    tokenizer = KerasTokenizerTransformer()
    counts = make_pipeline(NgramVectorizer(min_df=1), OneVsRestLogisticRegression())
    return {
        "network": make_pipeline(tokenizer, classifier()),
        "vote": WeightedVotingClassifier([("counts", counts)], cv=2),
        "recommended": make_text_classifier(random_state=0),
    }


@pytest.mark.parametrize("kind", ONE_HOT)
@pytest.mark.parametrize("model", networks_and_votes())
def test_one_hot_labels_are_pointed_out_once(model, kind):
    fitted = networks_and_votes()[model]
    with pytest.warns(OneHotLabelsWarning, match=r"y\.argmax\(axis=1\)") as caught:
        fitted.fit(FEW_TEXTS, ONE_HOT[kind])
    assert [one.category for one in caught].count(OneHotLabelsWarning) == 1
    assert fitted.predict_proba(FEW_TEXTS).shape == (12, 2)


def test_validation_and_weights_do_not_warn_again():
    sequences = KerasTokenizerTransformer().fit_transform(FEW_TEXTS)
    y = ONE_HOT["array"]
    with pytest.warns(OneHotLabelsWarning) as caught:
        classifier(class_weight="balanced").fit(sequences, y, validation_data=(sequences, y))
    assert [one.category for one in caught].count(OneHotLabelsWarning) == 1
    with pytest.warns(OneHotLabelsWarning):
        classifier().partial_fit(sequences, y, classes=[0, 1])


def test_one_hot_labels_are_refused_where_several_labels_are():
    X = estimator_data("OneVsRestLogisticRegression")
    with pytest.raises(TargetError, match=r"one-hot classes as y.argmax"):
        OneVsRestLogisticRegression().fit(X, one_hot(ESSAY_LABELS))


@pytest.mark.parametrize("rows", [[0, 1, 2], [0, 1, 2, 3, 4, 5]])
def test_few_documents_or_other_numbers_of_labels_do_not_warn(rows):
    y = np.eye(3, dtype=int)[np.array(rows) % 3]
    if len(rows) > 5:
        y[0] = 0
    sequences = KerasTokenizerTransformer().fit_transform(FEW_TEXTS)[: len(rows)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", OneHotLabelsWarning)
        classifier().fit(sequences, y)


# Logarithms of probabilities


@pytest.mark.parametrize("name", classifiers())
@pytest.mark.parametrize("several_labels", [False, True])
def test_logarithms_of_the_probabilities(name, several_labels):
    X, y = estimator_data(name), np.array(ESSAY_LABELS)
    if several_labels:
        if name == "OneVsRestLogisticRegression":
            return  # takes one label per document
        y = np.c_[y == "yes", np.arange(8) < 4, np.arange(8) % 3 == 0].astype(int)
    fitted = made_estimator(name).fit(X, y)
    probabilities, logarithms = fitted.predict_proba(X), fitted.predict_log_proba(X)
    assert logarithms.shape == probabilities.shape
    assert logarithms.dtype == probabilities.dtype
    np.testing.assert_allclose(logarithms, np.log(probabilities), rtol=1e-5, atol=1e-6)


def test_the_logarithm_of_zero_is_no_warning():
    fitted = classifier(optimizer="sgd", epochs=1)
    sequences = KerasTokenizerTransformer().fit_transform(FEW_TEXTS)
    fitted.fit(sequences, FEW_LABELS)
    *kernels, bias = fitted.model_.get_weights()
    fitted.model_.set_weights([*kernels, bias + 1000])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        logarithms = fitted.predict_log_proba(sequences)
    assert np.isneginf(logarithms[:, 0]).all()
    assert (logarithms[:, 1] == 0).all()


def test_recommended_pipeline_has_logarithms():
    fitted = make_text_classifier(random_state=0).fit(ESSAY_TEXTS, ESSAY_LABELS)
    np.testing.assert_allclose(
        np.exp(fitted.predict_log_proba(ESSAY_TEXTS)), fitted.predict_proba(ESSAY_TEXTS)
    )


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["a", "b", None], "Label 2 is missing"),
        (["a", "b", float("nan")], "Label 2 is missing"),
        (np.array(["a", None], object), "Label 1 is missing"),
        ([None], "Label 0 is missing"),
        (["a", 1], "all text, all numbers or all booleans"),
        (np.array([0, np.inf]), "must be finite"),
        ("ab", "1d array"),
        (5, "1d array"),
    ],
)
def test_classes_that_are_no_labels(classes, words):
    sequences = TokenSequences.from_lists([[1], [2]])
    with pytest.raises(TargetError, match=rf"(?s)^classes=.* must be class labels: .*{words}"):
        classifier().partial_fit(sequences, ["a", "b"], classes=classes)
