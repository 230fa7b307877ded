"""Categories as documents of one token."""

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skembed import CategoryTokenizer
from skembed.errors import DocumentsError, EmptyVocabularyError, VocabularyMismatchError

MISSING = [None, float("nan"), pd.NA, pd.NaT, np.float32("nan")]


def ids(X, **params):
    return CategoryTokenizer(**params).fit_transform(X)


def test_a_value_is_one_token_as_it_is_written():
    found = ids(["New York", "new york", " New York", "Rome, Italy!", "New York", "", "x\0y"])
    assert found.shape == (7, 1)
    assert found.vocabulary.words == (
        "New York",
        "",
        " New York",
        "Rome, Italy!",
        "new york",
        "x\0y",
    )
    assert found.vocabulary.oov_token == "[UNK]"


@pytest.mark.parametrize(
    "column",
    [
        [3, 1, 3],
        [3.0, 1.0, 3.0],
        ["3", "1", "3"],
        np.array([3, 1, 3], np.int8),
        pd.Series([3, 1, 3], dtype="Int64"),
        pd.Series([3, 1, 3], index=[5, 5, 7]).astype("category"),
        pd.DataFrame({"stars": [3, 1, 3]}),
        np.array([[3.0], [1.0], [3.0]], np.float32),
    ],
)
def test_a_number_is_the_same_in_every_type(column):
    found = ids(column)
    assert found.vocabulary.words == ("3", "1")
    assert found.to_lists() == [[2], [3], [2]]


def test_fractions_and_booleans():
    assert ids([0.5, 2, 0.5]).vocabulary.words == ("0.5", "2")
    assert ids(np.array([True, False, True])).vocabulary.words == ("True", "False")
    assert ids(pd.Series([True, None, True], dtype="boolean")).vocabulary.words == ("True", "[NA]")


@pytest.mark.parametrize("missing", MISSING, ids=repr)
def test_a_missing_value_is_a_category_of_its_own(missing):
    column = pd.Series(["Rome", missing, "Rome", missing, missing], dtype=object)
    found = ids(column)
    assert found.vocabulary.words == ("[NA]", "Rome")
    assert found.to_lists() == [[3], [2], [3], [2], [2]]
    without = CategoryTokenizer().fit(["Rome"])
    assert without.transform(column[1:2]).to_lists() == [[1]]  # unknown, like any other


def test_numbers_that_became_fractions_by_a_missing_value():
    tokenizer = CategoryTokenizer().fit(pd.Series([1, 2, 2]))
    assert tokenizer.transform(pd.Series([2, None])).to_lists() == [[2], [1]]


def test_unknown_categories_have_the_unknown_id():
    tokenizer = CategoryTokenizer(min_count=2).fit(["a", "b", "a", "c", "c"])
    assert tokenizer.vocabulary_.words == ("a", "c")
    assert tokenizer.transform(["b", "z", "c"]).to_lists() == [[1], [1], [3]]
    with pytest.raises(EmptyVocabularyError):
        CategoryTokenizer(min_count=3).fit(["a", "b"])


@given(st.lists(st.sampled_from(["b", "a", 3, 3.0, None, True, "é"]), min_size=1), st.randoms())
def test_the_order_of_rows_does_not_matter(column, random):
    shuffled = random.sample(column, len(column))
    one, other = CategoryTokenizer().fit(column), CategoryTokenizer().fit(shuffled)
    assert joblib.hash(one) == joblib.hash(other)
    assert one.transform(column) == other.transform(column)


@pytest.mark.parametrize("column", [[["a", "b"], ["c"]], [b"a"], [{"a"}], [1j]])
def test_what_is_no_category_is_refused(column):
    with pytest.raises(DocumentsError, match=r"Row 0 is .* expected a category"):
        CategoryTokenizer().fit(column)


def test_a_column_at_a_time():
    with pytest.raises(DocumentsError, match="one column"):
        CategoryTokenizer().fit(np.array([["a", "b"]]))


def test_ids_know_their_categories():
    from skembed import KerasTextClassifier

    one, other = ids(["a", "b"] * 6), ids(["c", "d"] * 6)
    classifier = KerasTextClassifier(architecture="average", epochs=1, random_state=0)
    classifier.fit(one, [0, 1] * 6)
    with pytest.raises(VocabularyMismatchError):
        classifier.predict(other)
