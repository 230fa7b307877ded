"""What is no text is refused by every estimator of text, in a typed error, wherever it stands."""

import re

import numpy as np
import pandas as pd
import pytest
from fuzz.strategies import (
    CONTAINERS,
    JUNK,
    containers,
    corpora,
    documents_in,
    failed,
    junk,
    outcome,
    plain_words,
    tokens,
)
from fuzzing import drawn
from hypothesis import strategies as st

import skembed
from skembed.errors import DocumentsError

OF_TEXT = {
    "TextCleaner": skembed.TextCleaner(),
    "KerasTokenizerTransformer": skembed.KerasTokenizerTransformer(),
    "HashingTokenizerTransformer": skembed.HashingTokenizerTransformer(50),
    "NgramVectorizer": skembed.NgramVectorizer(min_df=1),
}
GOOD = ["good work", "poor work"]
fitted = {name: estimator.fit(GOOD) for name, estimator in OF_TEXT.items()}
of_text = st.sampled_from([*OF_TEXT])
takes_lists = {"list", "empty list"}  # of tokens


@drawn(
    60, 800, name=of_text, texts=corpora, what=junk, place=st.integers(0, 9), container=containers
)
def test_junk_among_documents(name, texts, what, place, container):
    texts = [*texts[:place], JUNK[what], *texts[place:]]
    try:
        X = CONTAINERS[container](texts)
    except (TypeError, ValueError):  # it cannot hold the junk
        return
    if container == "str array" and isinstance(X, np.ndarray) and X.dtype.kind == "U":
        return  # NumPy has made text of it
    for method in (fitted[name].transform, fitted[name].fit, fitted[name].fit_transform):
        result = outcome(method, X)
        if name != "TextCleaner" and what in takes_lists and len(texts) == 1:
            continue
        assert isinstance(result, DocumentsError), result
        assert re.match(r"Expected .*, got |Document \d+ is ", str(result))
    assert not failed(outcome(fitted[name].transform, GOOD))


@drawn(40, 600, name=of_text, what=junk)
def test_junk_instead_of_documents(name, what):
    for X in (JUNK[what], [JUNK[what]] * 2, (JUNK[what],), [[JUNK[what]], [JUNK[what]]]):
        result = outcome(fitted[name].transform, X)
        if not failed(result):
            assert name != "TextCleaner" or what in ("list", "0-d", "class", "set", "dict")


@drawn(
    40,
    800,
    name=of_text,
    documents=st.lists(tokens, min_size=1, max_size=5),
    kind=st.integers(0, 5),
)
def test_tokens_in_any_container(name, documents, kind):
    X = [
        documents,
        tuple(map(tuple, documents)),
        [np.array([*tokens, None], object)[:-1] for tokens in documents],
        pd.Series(documents, index=[-i for i in range(len(documents))]),
        np.array([*map(tuple, documents), None], object)[:-1],
        pd.DataFrame({"tokens": pd.Series(documents)}),
    ][kind]
    result = outcome(fitted[name].transform, X)
    if name == "TextCleaner":
        assert failed(result)
        return
    expected = fitted[name].transform(documents)
    same = (result != expected).nnz == 0 if name == "NgramVectorizer" else result == expected
    assert same


@drawn(
    30,
    400,
    name=of_text,
    texts=st.lists(plain_words, min_size=1, max_size=5),
    start=st.integers(-9, 9),
)
def test_the_labels_of_rows_are_kept(name, texts, start):
    index = pd.RangeIndex(start, start + len(texts))
    result = fitted[name].transform(pd.Series(texts, index))
    if isinstance(result, skembed.TokenSequences):
        assert result.index is not None
        assert result.index.equals(index)
        assert result[::-1].index.equals(index[::-1])
    assert documents_in(pd.Series(texts, index)) == texts


@pytest.mark.parametrize("name", OF_TEXT)
def test_generators_are_refused(name):
    result = outcome(fitted[name].transform, (text for text in GOOD))
    assert isinstance(result, DocumentsError)
    assert "generator" in str(result)
