"""Every estimator takes documents, ids and labels in every usual container, and changes none."""

import re

import joblib
import numpy as np
import pandas as pd
import pytest
from helpers import (
    ESSAY_LABELS,
    ESSAY_TEXTS,
    assert_tried_on_every_estimator,
    estimator_data,
    made_estimator,
    output,
    public_estimators,
)
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix, issparse
from sklearn.base import is_classifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from skembed import TokenSequences, TokenTable
from skembed.errors import DocumentsError, NotSequencesError


def _object_array(rows):
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


def _shifted_series(rows):
    return pd.Series(rows, index=range(100, 100 + len(rows)))


class ArrayLike:
    """A column of which only NumPy can make an array."""

    def __init__(self, rows):
        self.rows = rows
        self.shape = (len(rows),)

    def __len__(self):
        return len(self.rows)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.rows, dtype=dtype)


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
    "array of StringDType": lambda rows: np.array(rows, dtype=np.dtypes.StringDType()),
    "array-like": ArrayLike,
}
TOKEN_CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "tuples": lambda rows: [*map(tuple, rows)],
    "arrays": lambda rows: [*map(np.array, rows)],
    "object array": _object_array,
    "Series": _shifted_series,
    "Series of arrays": lambda rows: _shifted_series([*map(np.array, rows)]),
    "column": lambda rows: _object_array(rows)[:, np.newaxis],
    "DataFrame": lambda rows: _shifted_series(rows).to_frame("tokens"),
}
TAKES_TOKENS = [
    "KerasTokenizerTransformer",
    "HashingTokenizerTransformer",
    "NgramVectorizer",
    "WeightedVotingClassifier",
]
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
TABLE_CONTAINERS = {
    "DataFrame": lambda table: table,
    "row labels": lambda table: table.set_axis(range(100, 100 + len(table))),
    "another order": lambda table: table[table.columns[::-1]],
    "object": lambda table: table.astype(object),
    "string": lambda table: table.astype({"title": "string"}),
    "categorical": lambda table: table.astype({"title": "category", "words": "category"}),
    "dict of lists": lambda table: {name: column.tolist() for name, column in table.items()},
    "dict of arrays": lambda table: {name: np.array(column) for name, column in table.items()},
    "dict of Series": lambda table: {
        name: column.set_axis(np.roll(range(len(table)), i))
        for i, (name, column) in enumerate(table.items())
    },
}
OF_A_VOCABULARY = {
    "TokenSequences": lambda sequences: sequences,
    "padded": lambda sequences: sequences.padded(4),
}
MATRIX_CONTAINERS = {
    "list": list,
    "array": np.array,
    "single precision": lambda rows: np.asarray(rows, np.float32),
    "Fortran order": lambda rows: np.asfortranarray(rows),
    "DataFrame": lambda rows: pd.DataFrame(
        rows, index=range(100, 100 + len(rows)), columns=map(str, range(len(rows[0])))
    ),
    "CSR": csr_array,
    "CSR matrix": csr_matrix,
    "CSC": csc_array,
    "COO": coo_array,
}
CONTAINERS = {
    **dict.fromkeys(
        (
            "TextCleaner",
            "KerasTokenizerTransformer",
            "HashingTokenizerTransformer",
            "NgramVectorizer",
            "WeightedVotingClassifier",
        ),
        TEXT_CONTAINERS,
    ),
    "CategoryTokenizer": {**TEXT_CONTAINERS},
    "TextColumnTransformer": TABLE_CONTAINERS,
    **dict.fromkeys(("NaiveBayesScaler", "OneVsRestLogisticRegression"), MATRIX_CONTAINERS),
    "PadSequences": SEQUENCE_CONTAINERS,
    **dict.fromkeys(
        ("PretrainedEmbeddingMatrix", "TrainedEmbeddingMatrix", "EmbeddingVectorizer"),
        OF_A_VOCABULARY,
    ),
    "KerasTextClassifier": SEQUENCE_CONTAINERS,
}
ROWS = {
    "TextColumnTransformer": estimator_data("TextColumnTransformer"),
    "PadSequences": estimator_data("PadSequences").to_lists(),
    "PretrainedEmbeddingMatrix": estimator_data("PretrainedEmbeddingMatrix"),
    "TrainedEmbeddingMatrix": estimator_data("TrainedEmbeddingMatrix"),
    "EmbeddingVectorizer": estimator_data("EmbeddingVectorizer"),
    "KerasTextClassifier": estimator_data("KerasTextClassifier").to_lists(),
    "NaiveBayesScaler": estimator_data("NaiveBayesScaler").toarray().tolist(),
    "OneVsRestLogisticRegression": estimator_data("OneVsRestLogisticRegression").tolist(),
}


def _flat(result):
    if isinstance(result, TokenTable):
        return [*map(_flat, result.texts.values())], _flat(result.numbers), result.number_names
    if isinstance(result, TokenSequences):
        matrix = None if result.embedding is None else result.embedding.values.tolist()
        return [[id for id in row if id] for row in result.to_lists()], matrix
    flat = np.ravel(result.toarray() if issparse(result) else result)
    # The last bit of a sum depends on its order, and this on the layout of a matrix.
    return (flat.round(12) if flat.dtype == np.float64 else flat).tolist()


@pytest.fixture(scope="module")
def listed():
    """The output of each estimator for the first of its containers."""
    results = {}
    for name, (first, *_) in ((name, [*kinds.values()]) for name, kinds in CONTAINERS.items()):
        X = first(ROWS.get(name, ESSAY_TEXTS))
        results[name] = _flat(output(made_estimator(name).fit(X, ESSAY_LABELS), X))
    return results


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kinds in CONTAINERS.items() for kind in kinds]
)
def test_every_container_gives_the_same_and_is_not_changed(name, kind, listed):
    X = CONTAINERS[name][kind](ROWS.get(name, ESSAY_TEXTS))
    before = joblib.hash(X)
    estimator = made_estimator(name).fit(X, ESSAY_LABELS)
    assert _flat(output(estimator, X)) == listed[name]
    if is_classifier(estimator):
        estimator.predict(X)
    assert joblib.hash(X) == before


@pytest.mark.parametrize("kind", TOKEN_CONTAINERS)
@pytest.mark.parametrize("of_tokens", TAKES_TOKENS)
def test_lists_of_tokens_in_every_container(of_tokens, kind):
    """A token is used as it is: tokens with spaces stay whole, and punctuation stays."""
    rows = [re.split("(?<=,) | ", text) for text in ESSAY_TEXTS]
    rows[0].append("New York!")
    X = TOKEN_CONTAINERS[kind](rows)
    before = joblib.hash(X)
    estimator = made_estimator(of_tokens).fit(X, ESSAY_LABELS)
    expected = made_estimator(of_tokens).fit(rows, ESSAY_LABELS)
    assert _flat(output(estimator, X)) == _flat(output(expected, rows))
    assert joblib.hash(X) == before


of_every_text_estimator = pytest.mark.parametrize(
    "of_text", [name for name, kinds in CONTAINERS.items() if kinds is TEXT_CONTAINERS]
)


@of_every_text_estimator
@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA], ids=repr)
@pytest.mark.parametrize("dtype", [object, "str", "string"])
def test_missing_texts_are_replaced_in_a_pipeline(of_text, missing, dtype):
    """As the error for a missing text advises."""
    texts = [*ESSAY_TEXTS[:-1], missing]
    column = pd.Series(texts, dtype=dtype).to_frame("text")
    with pytest.raises(DocumentsError, match=r"missing_values=pandas\.NA.*fill_value=\"\"") as told:
        made_estimator(of_text).fit(column["text"], ESSAY_LABELS)
    (advised,) = re.findall(r"SimpleImputer\(.*?\)", str(told.value))
    imputer = eval(advised, {"SimpleImputer": SimpleImputer, "pandas": pd})
    estimator = make_pipeline(imputer, made_estimator(of_text)).fit(column, ESSAY_LABELS)
    filled = [*ESSAY_TEXTS[:-1], ""]
    expected = made_estimator(of_text).fit(filled, ESSAY_LABELS)
    assert _flat(output(estimator, column)) == _flat(output(expected, filled))


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
@of_every_text_estimator
def test_columns_of_other_libraries(of_text, library):
    module = pytest.importorskip(library)
    column, table = {
        "polars": lambda: (module.Series, module.DataFrame),
        "pyarrow": lambda: (module.array, module.table),
    }[library]()
    estimator = made_estimator(of_text).fit(ESSAY_TEXTS, ESSAY_LABELS)
    for X in (column(ESSAY_TEXTS), table({"text": ESSAY_TEXTS})):
        fitted = made_estimator(of_text).fit(X, ESSAY_LABELS)
        assert _flat(output(fitted, X)) == _flat(output(estimator, ESSAY_TEXTS))
    if of_text in TAKES_TOKENS:
        rows = [text.split() for text in ESSAY_TEXTS]
        expected = output(made_estimator(of_text).fit(rows, ESSAY_LABELS), rows)
        for X in (column(rows), table({"tokens": rows})):
            fitted = made_estimator(of_text).fit(X, ESSAY_LABELS)
            assert _flat(output(fitted, X)) == _flat(expected)


@pytest.mark.parametrize("kind", SEQUENCE_CONTAINERS)
def test_vectors_need_a_vocabulary(kind):
    X = SEQUENCE_CONTAINERS[kind](ROWS["PadSequences"])
    with pytest.raises(NotSequencesError, match=r"without a vocabulary.*KerasTokenizerTransformer"):
        made_estimator("PretrainedEmbeddingMatrix").fit(X)


@pytest.mark.parametrize(
    "container",
    [tuple, np.array, _object_array, _shifted_series, lambda y: pd.Series(y, dtype="category")],
)
def test_labels_in_every_container(container, listed):
    X, y = ROWS["KerasTextClassifier"], container(ESSAY_LABELS)
    weights = np.ones(len(y))
    before = joblib.hash((X, y, weights))
    # scikeras multiplies the caller's weights by those of the classes, in place.
    classifier = made_estimator("KerasTextClassifier", class_weight={"yes": 1.0, "no": 1.0})
    classifier.fit(X, y, sample_weight=weights)
    assert joblib.hash((X, y, weights)) == before
    np.testing.assert_allclose(
        np.ravel(classifier.predict_proba(X)), listed["KerasTextClassifier"], rtol=1e-5
    )
    assert set(classifier.predict(X)) <= {"yes", "no"}


def test_every_container_is_tried_on_every_estimator():
    assert set(CONTAINERS) == public_estimators()
    assert_tried_on_every_estimator(globals(), at_least=1)
