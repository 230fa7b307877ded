"""Words and word pairs are counted in text of any script."""

import pickle
import re
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from scipy.sparse import issparse
from sklearn.feature_extraction.text import CountVectorizer

from skembed import NgramVectorizer
from skembed.errors import EmptyVocabularyError
from skembed.ngrams.tokens import token_pattern

SENTENCES = {
    "German": ("Größere Häuser, öfter!", ["größere", "häuser", ",", "öfter", "!"]),
    "decomposed": ("scho\u0308n", ["scho\u0308n"]),
    "Japanese": ("日本のラーメン。", ["日", "本", "の", "ラ", "ー", "メ", "ン", "。"]),
    "Japanese and English": ("Python大好き", ["python", "大", "好", "き"]),
    "Thai": ("ดีมาก", ["ด", "ี", "ม", "า", "ก"]),
    "Hindi": ("हिन्दी अच्छी है।", ["हिन्दी", "अच्छी", "है", "।"]),
    "Arabic with marks": ("مَرحَبًا بك", ["مَرحَبًا", "بك"]),
    "Korean": ("좋은 영화", ["좋은", "영화"]),
    "no space": ("good.Bad", ["good", ".", "bad"]),
    "apostrophe": ("don't", ["don", "'", "t"]),
    "several signs": (":-)", [":", "-", ")"]),
    "numbers": ("2nd 3.5", ["2nd", "3", ".", "5"]),
    "emoji": ("fine😀😀", ["fine", "😀", "😀"]),
    "one letter": ("I a", ["i", "a"]),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_tokens(name):
    text, tokens = SENTENCES[name]
    vectorizer = NgramVectorizer(ngram_range=(1, 1)).fit([text])
    counts = vectorizer.transform([text]).toarray()[0]
    assert dict(zip(vectorizer.get_feature_names_out(), counts)) == Counter(tokens)


def test_pairs_go_across_signs():
    vectorizer = NgramVectorizer(ngram_range=(2, 2)).fit(["Not good.Bad"])
    assert vectorizer.get_feature_names_out().tolist() == [". bad", "good .", "not good"]


TEXTS = ["good work", "Good, good essay", "", "poor work!", "日本 日本"]


@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2), (2, 3)])
@pytest.mark.parametrize("min_df", [1, 2])
@pytest.mark.parametrize("lowercase", [True, False])
def test_counts_are_those_of_scikit_learn(ngram_range, min_df, lowercase):
    params = {"ngram_range": ngram_range, "min_df": min_df, "lowercase": lowercase}
    texts = TEXTS * 2
    ours, theirs = (
        NgramVectorizer(**params),
        CountVectorizer(token_pattern=token_pattern(), **params),
    )
    counts, expected = ours.fit_transform(texts), theirs.fit_transform(texts)
    assert issparse(counts)
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts.toarray(), expected.toarray())
    assert ours.vocabulary_ == theirs.vocabulary_
    np.testing.assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())
    new = ["work of Good", "日 unknown"]
    np.testing.assert_array_equal(ours.transform(new).toarray(), theirs.transform(new).toarray())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't, é and e\u0301!", ["don", "'", "t", ",", "é", "and", "e\u0301", "!"]),
        ("यह अच्छी फिल्म है।", ["यह", "अच्छी", "फिल्म", "है", "।"]),
        ("நல்ல படம்", ["நல்ல", "படம்"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("ދިވެހި ބަސް", ["ދިވެހި", "ބަސް"]),
        ("བོད་ཡིག", ["བོད", "་", "ཡིག"]),
        ("日本 ok です", ["日", "本", "ok", "で", "す"]),
        ("ดี", ["ด", "ี"]),
    ],
)
def test_words_of_many_scripts(text, tokens):
    vectorizer = NgramVectorizer(ngram_range=(1, 1)).fit([text])
    assert sorted(vectorizer.vocabulary_) == sorted(tokens)


@pytest.mark.parametrize("letters", ["a", "a\u0301", "\u0e01\u0e31"])
def test_long_words_take_little_memory(letters):
    """Python's regular expressions kept a hundred bytes for each letter, to be able to go back."""
    text = letters * (1_000_000 // len(letters))
    pattern = re.compile(token_pattern())
    tracemalloc.start()
    try:
        longest = max(len(found[0]) for found in pattern.finditer(text))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert longest == (len(text) if letters[0] == "a" else 1)
    assert peak < 10 * len(text)


def test_empty_documents_have_no_counts():
    counts = NgramVectorizer(min_df=1).fit_transform(["good", "", " \n"])
    assert counts.toarray().tolist() == [[1], [0], [0]]


def test_documents_of_unknown_words_have_no_counts():
    assert NgramVectorizer().fit(["good work", "good"]).transform(["bad", ""]).nnz == 0


def test_rare_words_are_left_out():
    assert [*NgramVectorizer(min_df=2).fit(["a b", "a c"]).vocabulary_] == ["a"]


@pytest.mark.parametrize(
    ("n_documents", "n_characters", "min_df"),
    [(2, 9, 1), (4_999, 399, 1), (5_000, 9, 2), (2, 400, 2)],
)
def test_rare_words_are_left_out_of_long_or_many_documents(n_documents, n_characters, min_df):
    texts = [f"common w{i}".ljust(n_characters) for i in range(n_documents)]
    vectorizer = NgramVectorizer().fit(texts)
    assert vectorizer.min_df_ == min_df
    assert len(vectorizer.vocabulary_) == (1 + 2 * n_documents if min_df == 1 else 1)


@pytest.mark.parametrize("min_df", [2, 3, 100, np.int64(2)])
def test_if_all_are_rare_all_are_kept(min_df):
    vectorizer = NgramVectorizer(min_df=min_df)
    with pytest.warns(UserWarning, match=f"min_df={min_df} is too high for these 2 .* 1 or more"):
        vectorizer.fit(["good work", "poor essay"])
    assert len(vectorizer.vocabulary_) == 6
    assert vectorizer.min_df_ == 1


def test_automatic_min_df_is_no_promise():
    texts = ["good".ljust(400), "poor".ljust(400)]
    assert NgramVectorizer().fit(texts).min_df_ == 1


def test_min_df_above_the_number_of_documents_asks_for_all_of_them():
    vectorizer = NgramVectorizer(min_df=5)
    with pytest.warns(UserWarning, match="min_df=5 is too high for these 2 .* occur in 2 or more"):
        vectorizer.fit(["good work", "good"])
    assert [*vectorizer.vocabulary_] == ["good"]


@pytest.mark.parametrize("texts", [[""], ["", " \t"]])
def test_no_token_at_all(texts):
    with pytest.raises(EmptyVocabularyError, match=f"None of the {len(texts)} .* a token"):
        NgramVectorizer().fit(texts)


def test_no_document_is_long_enough():
    with pytest.raises(EmptyVocabularyError, match="3 tokens in a row"):
        NgramVectorizer(ngram_range=(3, 3)).fit(["good work", "poor"])


def test_lists_and_numpy_integers_are_lengths_too():
    expected = NgramVectorizer(ngram_range=(1, 2)).fit(TEXTS).vocabulary_
    for lengths in ([1, 2], (np.int64(1), np.int32(2))):
        assert NgramVectorizer(ngram_range=lengths).fit(TEXTS).vocabulary_ == expected


def test_a_pickle_holds_each_sequence_once():
    texts = [" ".join(f"word{i}" for i in row) for row in np.arange(2000).reshape(200, 10)]
    vectorizer = NgramVectorizer().fit(texts)
    pickled = pickle.dumps(vectorizer)
    assert len(pickled) < 1.3 * len("\n".join(vectorizer.vocabulary_)) + 5_000
    loaded = pickle.loads(pickled)
    assert loaded.vocabulary_ == vectorizer.vocabulary_
    assert loaded.get_feature_names_out().tolist() == vectorizer.get_feature_names_out().tolist()
    np.testing.assert_array_equal(
        loaded.transform(texts).toarray(), vectorizer.transform(texts).toarray()
    )
