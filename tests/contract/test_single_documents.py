"""A single document gets the same results as among many, however short the way to them is."""

import re
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    TextCleaner,
    Vocabulary,
    cleaning,
    make_text_classifier,
)
from skembed._characters import WHITE_SPACE
from skembed._recent import MIN_CACHED_DOCUMENTS
from skembed.errors import EmptyVocabularyError
from skembed.tokenization import splitting
from skembed.tokenization.splitting import FILTERS

PIECES = [
    *("a", "A", "the", "don't", "İ", "ΣΑΣ", "Straße", "ünïcode", "x" * 8, "y" * 9, "z" * 16),
    *("w" * 17, "v" * 300, "中文", "日本", "ประเทศ", "नमस्ते", "😀", "👩\u200d👧", "🇩🇪"),
    *("e\u0301", "\u0301", "a" + "\u0300" * 40, "ﬁ", "Ａ", "²", "\x00", "\ud800", "\udfff\ud83d"),
    *("<b>", "</b", "&amp;", "&#99999999999;", "<!-- a -->", "’", "'", "-", "!", "¿", "[UNK]"),
    "".join(map(chr, range(0x2010, 0x2060))),  # many signs
    *WHITE_SPACE,
    *("\r\n", " \n ", "\n\n", "  "),
]
MANY_FILTERS = "".join(map(chr, range(ord("中"), ord("中") + 150)))
characters = st.characters(codec=None) | st.characters(categories=["Cs", "Zs", "Mn", "Cc", "So"])
words = st.sampled_from(PIECES) | st.text(characters, max_size=6)
documents = st.lists(words, max_size=12).map("".join)
corpora = st.lists(documents, min_size=1, max_size=8)
#: Characters up to which a dict numbers the words: none, some of the corpora, all of them.
limits = st.sampled_from([-1, 0, 1, 5, 20, 60, 10**9])

separators = st.sampled_from([" ", ",", "  ", "ab", "é", "\xa0", "\n", "\ud800", "a,a"])
kept_filters = st.sampled_from(
    [FILTERS, "", "abé", ". \x00", "\n", "\ud800,a", "中😀", MANY_FILTERS]
)
of_words = st.fixed_dictionaries(
    {"lower": st.booleans(), "split": separators, "filters": kept_filters}
)
analyzers = st.fixed_dictionaries(
    {"analyzer": st.sampled_from([list, str.split, re.compile("..").findall])}
)
of_characters = st.fixed_dictionaries({"char_level": st.just(True), "lower": st.booleans()})
vocabularies = st.fixed_dictionaries(
    {
        "num_words": st.none() | st.integers(3, 9),
        "min_count": st.integers(1, 2),
        "oov_token": st.sampled_from([None, "[UNK]", "a", "the"]),
    }
)
word_lists = st.none() | st.sampled_from(
    ["english", ["a", "the"], ("x" * 8,), {"中文", "a"}, frozenset(["don't"]), Vocabulary(["a"])]
)
cleanings = st.fixed_dictionaries(
    {
        "strip_html": st.booleans(),
        "normalization": st.sampled_from([None, "NFC", "NFKC"]),
        "lowercase": st.booleans(),
        "strip_accents": st.booleans(),
        "strip_punctuation": st.sampled_from([True, False, "delete"]),
        "alphabetic_only": st.booleans(),
        "stop_words": word_lists,
        "vocabulary": word_lists.filter(lambda words: words != "english"),
        "min_token_length": st.integers(1, 3),
        "keep_line_breaks": st.booleans(),
    }
)


@contextmanager
def few_up_to(limit):
    """Let a dict number the words of texts of so many characters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "_FEW_CHARACTERS", limit)
        yield


def split(texts, parameters, limit):
    with few_up_to(limit):
        return splitting.split_words(texts, **parameters)


@settings(max_examples=400, deadline=None)
@given(corpora, of_words)
def test_a_dict_numbers_words_as_arrays_do(texts, parameters):
    few, many = split(texts, parameters, 10**9), split(texts, parameters, -1)
    assert few.words == many.words
    for name in ("codes", "lengths"):
        one, other = getattr(few, name), getattr(many, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@settings(max_examples=300)
@given(documents, st.sampled_from([cleaning._SEPARATED, cleaning._DELETED]))
def test_signs_are_replaced_as_translate_does(text, table):
    assert table.replace_in(text) == text.translate(table)


@settings(max_examples=300)
@given(documents, of_words)
def test_words_are_separated_as_translate_does(text, parameters):
    filters, separator = parameters["filters"], parameters["split"]
    known = filters + (splitting.FURTHER_FILTERS if separator == " " else "")
    expected = text.translate(str.maketrans(dict.fromkeys(known, separator)))
    assert splitting._separator(filters, separator)(text) == expected


def test_which_texts_are_few(monkeypatch):
    taken = []
    for name in ("_number_few", "_number_many"):
        original = getattr(splitting, name)
        monkeypatch.setattr(
            splitting, name, lambda *args, n=name, f=original: (taken.append(n), f(*args))[1]
        )
    limit = splitting._FEW_CHARACTERS
    for texts in (["a" * limit], ["a"] * limit, ["a" * limit, "a"]):
        splitting.split_words(texts, FILTERS, True, " ")
    assert taken == ["_number_few", "_number_few", "_number_many"]


@pytest.mark.filterwarnings("ignore:.*never found:UserWarning")
@pytest.mark.filterwarnings("ignore::skembed.errors.UnsplitTextWarning")
@settings(max_examples=300, deadline=None)
@given(
    corpora,
    cleanings,
    st.one_of(
        st.tuples(
            st.just(KerasTokenizerTransformer),
            st.one_of(of_words, of_characters, analyzers),
            vocabularies,
        ),
        st.tuples(
            st.just(HashingTokenizerTransformer), of_words | analyzers, st.just({"n_buckets": 50})
        ),
    ),
    st.sampled_from(["pre", "post"]),
    limits,
)
def test_text_steps_do_not_depend_on_the_number_of_documents(
    texts, cleaned_as, tokenizing, side, limit
):
    kind, splitting_as, others = tokenizing
    steps = [
        TextCleaner(**cleaned_as),
        kind(**splitting_as, **others),
        PadSequences(5, padding=side, truncating=side),
    ]
    found = ["known words a a the the", *texts] * MIN_CACHED_DOCUMENTS
    try:
        with few_up_to(-1):
            for step in steps:
                found = step.fit(found).transform(found)
    except EmptyVocabularyError:  # the cleaning left no word
        reject()
    with few_up_to(limit):
        for text, expected in zip(texts, found[1 : len(texts) + 1].to_array()):
            single = [text]
            for step in steps:
                single = step.transform(single)
            np.testing.assert_array_equal(single.to_array(), [expected])


def test_the_recommended_pipeline_does_not_depend_on_the_number_of_documents(feedback):
    texts, labels = feedback
    model = make_text_classifier(random_state=0).fit(texts[::2], labels[::2])
    single = np.concatenate([model.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(single, model.predict_proba(texts), atol=1e-12)


def test_networks_do_not_depend_on_the_number_of_documents(feedback):
    texts, labels = feedback
    steps = [
        TextCleaner(),
        KerasTokenizerTransformer(),
        PadSequences(),
        KerasTextClassifier(filters=3, embedding_dim=5, epochs=1, random_state=0),
    ]
    model = make_pipeline(*steps).fit(texts, labels)
    single = np.concatenate([model.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(single, model.predict_proba(texts), atol=1e-6)
