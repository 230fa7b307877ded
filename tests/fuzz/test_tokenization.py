"""Both tokenizers: any text or tokens, any parameters, against plain Python."""

import pickle
import re
from collections import Counter
from hashlib import md5

import joblib
import numpy as np
import pytest
from fuzz.strategies import (
    CONTAINERS,
    FUNCTIONS,
    any_character,
    containers,
    corpora,
    documents_in,
    failed,
    made,
    outcome,
    parameters,
    tokens,
    words,
)
from fuzzing import drawn
from hypothesis import strategies as st
from sklearn.base import clone

from skembed import HashingTokenizerTransformer, KerasTokenizerTransformer
from skembed._characters import WHITE_SPACE
from skembed.tokenization.splitting import FILTERS

pytestmark = pytest.mark.filterwarnings("ignore::skembed.errors.UnsplitTextWarning")

separators = st.sampled_from([" ", " ", " ", ",", "  ", "ab", "é", "\xa0", "\n", "\ud800", "a,a"])
filters = st.sampled_from([FILTERS, FILTERS, "", "\n"]) | st.text(any_character, max_size=5)
analyzers = st.sampled_from([None, None, *FUNCTIONS])
of_keras = parameters(
    KerasTokenizerTransformer,
    split=separators,
    filters=filters,
    analyzer=analyzers,
    num_words=st.none() | st.integers(1, 12) | st.integers(1, 2**70),
    min_count=st.integers(1, 3) | st.integers(1, 2**70),
    oov_token=st.none() | st.just("[UNK]") | words,
)
of_hashing = parameters(
    HashingTokenizerTransformer,
    split=separators,
    filters=filters,
    analyzer=analyzers,
    n_buckets=st.integers(3, 20) | st.integers(3, 2**31),
)
documents = corpora | st.lists(tokens, min_size=1, max_size=6)


def split(document, filters=FILTERS, lower=True, split=" ", char_level=False, analyzer=None, **_):
    """Return the tokens of a document, as Keras does, but white space separates if a space does."""
    if analyzer is not None:
        document = FUNCTIONS[analyzer](document)
    if isinstance(document, list):
        return [token.lower() for token in document] if lower else document
    document = document.lower() if lower else document
    if char_level:
        return [*document]
    if split == " ":
        if "\n" not in filters:  # a line break is a word if it stands between spaces
            document = re.sub(r"(?<![ ])(?<!^)\n|\n(?! |\Z)", " ", document)
        filters += WHITE_SPACE.replace("\n", "")
    document = document.translate(str.maketrans(dict.fromkeys(filters, split)))
    return [word for word in document.split(split) if word]


def learned(documents, num_words=None, min_count=1, oov_token="[UNK]", **params):
    """Return the id of each word, and the ids of a document, as Keras does."""
    counts = Counter(word for document in documents for word in split(document, **params))
    ranked = [word for word, n in counts.most_common() if n >= min_count]
    first = 1 if oov_token is None else 2
    index = {word: first + i for i, word in enumerate(ranked)}
    unknown = None if oov_token is None else index.get(oov_token, 1)

    def ids_of(document):
        ids = [index.get(word, unknown) for word in split(document, **params)]
        ids = [unknown if num_words and id is not None and id >= num_words else id for id in ids]
        return [id for id in ids if id is not None]

    return index, ids_of


@drawn(30, 1500, train=documents, test=documents, params=of_keras, container=containers)
def test_ids_are_those_of_a_plain_tokenizer(train, test, params, container):
    X = CONTAINERS[container](train) if isinstance(train[0], str) else train
    train = documents_in(X)
    tokenizer = made(KerasTokenizerTransformer, params)
    sequences = outcome(tokenizer.fit_transform, X)
    assert documents_in(X) == train
    if failed(sequences):
        assert not hasattr(tokenizer, "document_count_")
        return
    index, ids_of = learned(train, **params)
    assert index
    assert {word: tokenizer.word_index_[word] for word in index} == index
    assert sequences.to_lists() == [*map(ids_of, train)]
    assert clone(tokenizer).fit(X).transform(X) == sequences
    ids = outcome(tokenizer.transform, test)
    if not failed(ids):
        assert ids.to_lists() == [*map(ids_of, test)]
        one_by_one = [tokenizer.transform([document]).to_lists()[0] for document in test]
        assert one_by_one == ids.to_lists()
        loaded = pickle.loads(pickle.dumps(tokenizer))
        assert loaded.transform(test) == ids
        assert joblib.hash(loaded) == joblib.hash(pickle.loads(pickle.dumps(loaded)))
    words_of = tokenizer.inverse_transform(sequences)
    separator = "" if params.get("char_level") else " "
    back = {i: w for w, i in tokenizer.word_index_.items()}
    if tokenizer.vocabulary_.oov_token is not None:
        back.setdefault(1, tokenizer.vocabulary_.oov_token)
    assert words_of.tolist() == [
        separator.join(back[i] for i in row) for row in sequences.to_lists()
    ]


@drawn(20, 1000, batches=st.lists(documents, min_size=1, max_size=4), params=of_keras)
def test_counting_in_batches(batches, params):
    whole = [document for batch in batches for document in batch]
    at_once, in_batches = (
        made(KerasTokenizerTransformer, params),
        made(KerasTokenizerTransformer, params),
    )
    expected = outcome(at_once.fit_transform, whole)
    for batch in batches:
        if failed(outcome(in_batches.partial_fit, batch)):
            assert failed(expected) or len({type(batch[0]) for batch in batches}) == 2
            return
    found = outcome(in_batches.transform, whole)
    assert failed(found) == failed(expected) or len({type(batch[0]) for batch in batches}) == 2
    if not failed(expected) and not failed(found):
        assert found == expected
        assert [*in_batches.word_index_.items()] == [*at_once.word_index_.items()]
        assert in_batches.word_counts_ == at_once.word_counts_


@drawn(20, 1000, documents=corpora, params=of_keras)
def test_the_json_of_keras_holds_the_tokenizer(documents, params):
    tokenizer = made(KerasTokenizerTransformer, {**params, "analyzer": None, "min_count": 1})
    sequences = outcome(tokenizer.fit_transform, documents)
    if failed(sequences):
        return
    text = outcome(tokenizer.to_keras_json)
    if failed(text):
        assert any(
            re.search("[\ud800-\udbff][\udc00-\udfff]", s) for s in [*documents, repr(params)]
        )
        return
    loaded = KerasTokenizerTransformer.from_keras_json(text)
    assert loaded.transform(documents) == sequences
    assert loaded.word_index_ == tokenizer.word_index_
    json = loaded.to_keras_json()  # without settings of no effect
    assert KerasTokenizerTransformer.from_keras_json(json).to_keras_json() == json


@drawn(30, 1000, documents=documents, params=of_hashing, container=containers)
def test_hashed_ids_are_those_of_a_plain_tokenizer(documents, params, container):
    X = CONTAINERS[container](documents) if isinstance(documents[0], str) else documents
    documents = documents_in(X)
    tokenizer = made(HashingTokenizerTransformer, params)
    sequences = outcome(tokenizer.transform, X)
    if failed(sequences):
        return
    n = params.get("n_buckets", 2**14)

    def bucket(word):
        digest = md5(word.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest, "big") % (n - 1) + 1

    expected = [[bucket(word) for word in split(document, **params)] for document in documents]
    assert sequences.to_lists() == expected
    assert clone(tokenizer).fit(X).transform(X) == sequences
    assert tokenizer.fit_transform(X) == sequences
    assert [tokenizer.transform([d]).to_lists()[0] for d in documents] == expected
    assert documents_in(X) == documents


@drawn(10, 200, word=words, n=st.integers(2_000, 20_000), params=of_keras, spaced=st.booleans())
def test_long_texts(word, n, params, spaced):
    text = ((word + " " * spaced) * n)[:100_000]
    tokenizer = made(KerasTokenizerTransformer, params)
    sequences = outcome(tokenizer.fit_transform, [text, "a"])
    if not failed(sequences):
        _, ids_of = learned([text, "a"], **params)
        assert np.array_equal(sequences[0], ids_of(text))
