"""Bad labels, weights and sets of validation documents are refused."""

from decimal import Decimal
from enum import Enum

import numpy as np
import pandas as pd
import pytest
from helpers import FEW_LABELS, assert_refuses

from skembed.errors import TargetError

Answer = Enum("Answer", ["YES", "NO"])


class Verdict(str, Enum):  # noqa: UP042  # text that prints as "Verdict.YES"
    YES = "yes"
    NO = "no"


def table(columns, values=((0, 1), (1, 1))):
    return pd.DataFrame([*values] * 6, columns=columns)


BAD_TARGETS = {
    "too short": (FEW_LABELS[:-1], "12 documents and 11 labels"),
    "too long": ([*FEW_LABELS, "no"], "12 documents and 13 labels"),
    "none at all": ([], "12 documents and 0 labels"),
    "y=None": (None, "requires y to be passed, but the target y is None"),
    "one class": (["yes"] * 12, "at least two classes; all 12 labels are one class, 'yes'"),
    "one number": ([1] * 12, r"at least two classes; all 12 labels are one class, 1\b"),
    "None among them": (["yes", None] * 6, "(?i)missing|None"),
    "NaN among str": (np.array(["yes", np.nan] * 6, object), "(?i)missing|NaN"),
    "NaN among str in a list": (["yes", float("nan")] * 6, "Label 1 is missing"),
    "NaN among numbers": (np.array([1.0, np.nan] * 6), "(?i)missing|NaN"),
    "infinity": (np.array([1.0, np.inf] * 6), "(?i)infinity"),
    "infinity in a list": ([float("inf"), 0] * 6, "Labels must be finite"),
    "infinity among objects": (np.array([float("inf"), 0] * 6, object), "Labels must be finite"),
    "integers beyond all floats": ([10**400, 0] * 6, "got int"),
    "floats beyond all integers": ([2.5, 2.0**63] * 6, "(?i)continuous"),
    "NA in a Series": (pd.Series(["yes", None] * 6, dtype="string"), "(?i)missing|NA"),
    "NaN in a Series": (pd.Series(["yes", None] * 6), "(?i)missing|NaN"),
    "NaN in categories": (pd.Series(["yes", None] * 6, dtype="category"), "(?i)missing|NaN"),
    "continuous": (np.linspace(0, 1, 12), "continuous.* expects discrete classes"),
    "several numbers": (np.eye(2)[[0, 1] * 6] + 1, "matrix of 0 and 1; got an array"),
    "NaN among indicators": (np.full((12, 2), np.nan), "matrix of 0 and 1; got an array"),
    "names in columns": (np.full((12, 2), "yes"), "matrix of 0 and 1; got an array"),
    "lists of labels": ([["a"], ["a", "b"]] * 6, "convert lists of labels with"),
    "lists of two labels": ([["a", "c"], ["a", "b"]] * 6, "convert lists of labels with"),
    "tuples of labels": ([("a",), ()] * 6, "convert lists of labels with"),
    "sets of labels": ([{"a", "b"}, {"b"}, set()] * 4, r"MultiLabelBinarizer.*columns=binarizer"),
    "frozen sets": ([frozenset("a"), frozenset("b")] * 6, "got frozenset.*MultiLabelBinarizer"),
    "a Series of lists": (pd.Series([["a"], ["a", "b"]] * 6), "convert lists of labels with"),
    "a Series of arrays": (pd.Series([np.ones(1), np.ones(2)] * 6), "convert lists of labels"),
    "text and numbers": (["yes", 1] * 6, r"all text, all numbers or all booleans, got int, str"),
    "text and numbers in a Series": (pd.Series(["yes", 1] * 6), "got int, str"),
    "text and booleans": (["yes", False] * 6, "got bool, str"),
    "members of an Enum": ([*Answer] * 6, r"got Answer: .* \[label.name for label in y\]"),
    "an Enum that prints other text than it is": (
        [*Verdict] * 6,
        r"'Verdict.YES'. Convert them, as in \[label.value for label in y\]",
    ),
    "masked labels": (np.ma.array([3, 1] * 6, mask=[0, 1] * 6), "Label 1 is missing"),
    "masked indicators": (np.ma.array([[0, 1]] * 12, mask=[[0, 1]] * 12), "with missing values"),
    "decimals": ([Decimal(1), Decimal(2)] * 6, "got Decimal"),
    "bytes": ([b"yes", b"no"] * 6, r"got bytes: .*label.decode\(\)"),
    "bytes in an array": (np.array([b"yes", b"no"] * 6), "(?i)bytes"),
    "intervals": (pd.cut(pd.Series(range(12)), 2), "got Interval"),
    "NA among integers": (pd.Series([1, None] * 6, dtype="Int64"), r"Label 1 is missing \(<NA>\)"),
    "NA among booleans": (pd.Series([True, None] * 6, dtype="boolean"), "Label 1 is missing"),
    "NaN in a StringDType": (
        np.array(["yes", np.nan] * 6, np.dtypes.StringDType(na_object=np.nan)),
        "Label 1 is missing",
    ),
    "NA in a label table": (
        table(["a", "b"], [(0, 1), (None, 1)]).astype("Int64"),
        r"matrix of 0 and 1; got an array of shape \(12, 2\) with missing values",
    ),
    "a name twice": (table(["a", "a"]), "different names, but 'a' is repeated"),
    "names of two types": (table(["a", 1]), "all text or all integers.*columns.map"),
    "names of two levels": (
        table(pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])),
        "all text or all integers",
    ),
    "booleans for names": (table([False, True]), "all text or all integers"),
    "a bare str": ("yes", r"1d array, got an array of shape \(\)"),
}


@pytest.mark.parametrize("kind", BAD_TARGETS)
def test_targets(kind, trained, sequences):
    y, words = BAD_TARGETS[kind]
    assert_refuses(trained, (sequences, y), TargetError, words, sequences)


BAD_WEIGHTS = {
    "too short": (np.ones(11), r"\(11,\), expected \(12,\)"),
    "column": (np.ones((12, 2)), "must be 1D array or scalar, got 2D array"),
    "negative": (np.r_[-1, np.ones(11)], "Negative values in data passed to `sample_weight`"),
    "all zero": (np.zeros(12), "(?i)zero"),
    "scalar zero": (0.0, "(?i)zero"),
    "NaN": (np.r_[np.nan, np.ones(11)], "sample_weight contains NaN"),
    "infinity": (np.r_[np.inf, np.ones(11)], "sample_weight contains infinity"),
    "scalar infinity": (np.inf, "must be finite numbers of float32, but the largest is inf"),
    "too large for single precision": (np.full(12, 1e39), "(?i)finite|infinity"),
    "too large": (np.full(12, 1e31), "must be 0, or from 1e-30 to 1e"),
    "too small": (np.full(12, 1e-31), "must be 0, or from 1e-30 to 1e"),
    "sets": ([{1}] * 12, "sample_weight.* not 'set'"),
    "text": (["heavy"] * 12, r"sample_weight.*'heavy'"),
    "integers beyond all floats": ([10**400] * 12, "sample_weight.*int too large"),
    "an integer beyond all floats": (10**400, "sample_weight.*int too large"),
    "one class left": ([1.0, 1.0, 0.0, 0.0] * 3, r"\bclass(es)?\b.*'yes'"),
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_weights(kind, trained, sequences):
    weights, words = BAD_WEIGHTS[kind]
    assert_refuses(trained, (sequences, FEW_LABELS, weights), TargetError, words, sequences)


@pytest.mark.parametrize(
    ("class_weight", "words"),
    [
        ({"maybe": 2.0}, "not in class_weight"),
        ({"yes": 0.0, "no": 0.0}, "(?i)at least one non-zero"),
        ({"yes": 0.0}, r"\bclass(es)?\b.*'no'"),
        ({"yes": 10**400}, "does not fit the labels: int too large"),
    ],
)
def test_class_weights(class_weight, words, trained, sequences):
    assert_refuses(
        trained, (sequences, FEW_LABELS), TargetError, words, sequences, class_weight=class_weight
    )


@pytest.mark.parametrize(("fraction", "advice"), [(0.01, "Raise"), (0.99, "Lower")])
def test_too_few_documents_to_set_aside(fraction, advice, trained, sequences):
    assert_refuses(
        trained,
        (sequences, FEW_LABELS),
        TargetError,
        rf"validation_fraction={fraction} of 12 documents .* 2 classes. {advice}",
        sequences,
        early_stopping=True,
        validation_fraction=fraction,
    )


def test_single_document_of_a_class_cannot_be_set_aside(trained, sequences):
    assert_refuses(
        trained,
        (sequences[:3], FEW_LABELS[:3]),
        TargetError,
        "of 3 documents cannot be set aside.* set early_stopping=False",
        sequences,
        early_stopping=True,
        validation_fraction=0.5,
    )
