"""Texts works like a list of str, and is sent to processes once."""

import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skembed import HashingTokenizerTransformer, PadSequences, TextCleaner, Texts
from skembed.errors import DocumentsError

DOCUMENTS = ["plain", "", "naïve 😀", "\ud800", "two\nlines\0 end"]


@pytest.mark.parametrize("column", [list, tuple, np.array, pd.Series])
def test_as_a_list(column):
    texts = Texts(column(DOCUMENTS))
    assert [*texts] == DOCUMENTS
    assert len(texts) == 5
    assert (texts[1], texts[-1], texts[np.int64(2)]) == ("", DOCUMENTS[-1], DOCUMENTS[2])
    assert texts[1:4] == DOCUMENTS[1:4]
    assert texts[::-1] == DOCUMENTS[::-1]
    assert "plain" in texts
    assert [*pickle.loads(pickle.dumps(texts))] == DOCUMENTS
    with pytest.raises(IndexError):
        texts[5]


@pytest.mark.parametrize("wrong", ["a text", [], [1], None])
def test_what_is_no_column_of_text(wrong):
    with pytest.raises(DocumentsError):
        Texts(wrong)


def test_steps_take_them(feedback):
    texts, _ = feedback
    cleaned = TextCleaner().fit_transform(Texts(texts))
    np.testing.assert_array_equal(cleaned, TextCleaner().fit_transform(texts))


def file_of(texts):
    return texts._bytes.filename


def test_tasks_share_one_file():
    texts = Texts(["a document of some length " * 100] * 1000)
    files = Parallel(n_jobs=2)(delayed(file_of)(texts) for _ in range(4))
    assert len({*files}) == 1


def test_a_search_finds_the_same(feedback):
    texts, labels = feedback
    pipeline = make_pipeline(
        HashingTokenizerTransformer(500), PadSequences(20), LogisticRegression(max_iter=10_000)
    )
    found = [
        GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1.0]}, cv=2, n_jobs=n_jobs)
        .fit(column, labels)
        .cv_results_["mean_test_score"]
        .tolist()
        for column, n_jobs in ((texts, 1), (Texts(texts), 2))
    ]
    assert found[0] == found[1]
