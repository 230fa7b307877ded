"""TextCleaner: any text, any parameters."""

import html
import pickle
import re
import unicodedata

import joblib
import pytest
from fuzz.strategies import (
    CONTAINERS,
    containers,
    corpora,
    documents_in,
    failed,
    outcome,
    parameters,
    texts,
    words,
)
from fuzzing import drawn
from hypothesis import assume
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from skembed import TextCleaner
from skembed._characters import _LATIN, is_alphabetic

pytestmark = pytest.mark.filterwarnings("ignore:.* are never found:UserWarning")

lists = st.none() | st.lists(words, max_size=4)
settings = parameters(
    TextCleaner,
    stop_words=lists | st.just("english"),
    vocabulary=lists,
    min_token_length=st.integers(1, 4) | st.integers(1, 2**70),
)


@drawn(40, 1200, texts=corpora, params=settings, container=containers)
def test_one_document_or_many_in_any_container(texts, params, container):
    X = CONTAINERS[container](texts)
    texts = documents_in(X)
    cleaner = TextCleaner(**params)
    cleaned = cleaner.transform(X)
    assert cleaned.shape == getattr(X, "shape", (len(texts),))
    assert cleaned.ravel().tolist() == [TextCleaner(**params).transform([t])[0] for t in texts]
    assert documents_in(X) == texts
    assert cleaner.fit_transform(X).tolist() == cleaned.tolist()
    assert cleaner.fit(X).transform(X).tolist() == cleaned.tolist()
    many = [*texts, *(f"{i}" for i in range(101))]  # enough for the cache
    assert clone(cleaner).fit_transform(many)[: len(texts)].tolist() == cleaned.ravel().tolist()
    loaded = pickle.loads(pickle.dumps(cleaner))
    assert loaded.transform(texts).tolist() == cleaned.ravel().tolist()
    assert joblib.hash(loaded.get_params()) == joblib.hash(TextCleaner(**params).get_params())
    assert cleaner.get_params() == TextCleaner(**params).get_params()


@drawn(40, 1200, text=texts, params=settings)
def test_the_steps_are_those_that_plain_python_takes(text, params):
    cleaned = TextCleaner(**params).transform([text])[0]
    assume(max(map(len, re.findall(r"\W+", text)), default=0) < 30)  # longer runs of marks are cut
    assert cleaned == expected_of(text, **params)


def expected_of(
    text,
    strip_html=False,
    normalization=None,
    lowercase=True,
    strip_accents=False,
    strip_punctuation=True,
    alphabetic_only=False,
    stop_words=None,
    min_token_length=1,
    vocabulary=None,
    keep_line_breaks=False,
):
    if strip_html:
        text = re.sub(r"(?s:<!--.*?-->)|</?[a-zA-Z][^<>]*>", " ", text)
        text = html.unescape(text)
    if normalization:
        text = unicodedata.normalize(normalization, text)
    if lowercase:
        text = text.lower()
    if strip_accents:
        text = unicodedata.normalize("NFD" if normalization else "NFKD", text)
        kept, on_latin = [], False
        for c in text:
            if unicodedata.category(c)[0] != "M" or ord(c) > 0xFFFF:
                on_latin = bool(re.match(f"[{_LATIN}]", c))
                kept.append(c)
            elif not on_latin:
                kept.append(c)
        text = unicodedata.normalize("NFC", "".join(kept))
        text = text.lower() if lowercase and not normalization else text
    if strip_punctuation == "delete":
        text = "".join([c for c in text if not is_sign(c)])
    elif strip_punctuation:
        text = text.replace("’", "'")
        text = "".join([" " if is_sign(c) and c != "'" else c for c in text])
        text = "".join(
            [" " if c == "'" and not is_inner(text, i) else c for i, c in enumerate(text)]
        )
    if not keep_line_breaks and not (
        alphabetic_only or stop_words is not None or min_token_length > 1 or vocabulary is not None
    ):
        return text
    dropped = ENGLISH_STOP_WORDS if stop_words == "english" else stop_words or ()
    lines = text.splitlines() if keep_line_breaks else [text]
    return " \n ".join(
        " ".join(
            word
            for word in line.split()
            if word not in dropped
            and len(word) >= min_token_length
            and (vocabulary is None or word in vocabulary)
            and (not alphabetic_only or is_alphabetic(word))
        )
        for line in lines
    )


def is_sign(c):
    return unicodedata.category(c)[0] == "P" or c in "$+<=>^`|~"


def is_inner(text, i):
    """Whether the apostrophe at a place stands between letters, marks or digits."""
    before, after = text[i - 1 : i] if i else "", text[i + 1 : i + 2]

    def is_part(c):
        return (
            re.match(r"\w", c)
            or c in "\u200c\u200d"
            or (unicodedata.category(c)[0] == "M" and ord(c) <= 0xFFFF)
        )

    return bool(before and is_part(before) and after and re.match(r"\w", after))


@drawn(40, 1000, text=texts)
def test_cleaning_twice_changes_nothing_more(text):
    for params in ({}, {"strip_accents": True}, {"alphabetic_only": True, "lowercase": False}):
        cleaner = TextCleaner(**params)
        once = cleaner.transform([text])
        assert cleaner.transform(once).tolist() == once.tolist()


@drawn(20, 300, piece=words, n=st.integers(2_000, 20_000), params=settings)
def test_long_repetitions_take_no_longer_than_others(piece, n, params):
    """The bounds of a case are those of the time: anything quadratic takes minutes."""
    text = (piece * n)[:100_000]
    assert not failed(outcome(TextCleaner(**params).transform, [text]))
