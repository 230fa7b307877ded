"""Where tokens stand in the raw text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skembed import NgramVectorizer, TextCleaner
from skembed.inspection.explanations.raw_offsets import TextChanges, locate_tokens
from skembed.inspection.explanations.reading import Documents, read_counted

DROPPED = TextChanges(keeps_all=False)
HTML = TextChanges(html=True)


def found(text, tokens, changes):
    spans = locate_tokens(text, tokens, changes).tolist()
    return [None if start < 0 else text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "tokens", "changes", "expected"),
    [
        ("Good, GOOD!", ["good", "good"], TextChanges(), ["Good", "GOOD"]),
        ("the cat at a hat", ["at", "hat"], DROPPED, ["at", "hat"]),
        ("<b title='fine'>x</b> fine", ["x", "fine"], HTML, ["x", "fine"]),
        (
            "good&nbsp;caf&eacute; &amp; x",
            ["good", "cafe", "x"],
            HTML,
            ["good", "caf&eacute;", "x"],
        ),
        ("<!-- bad --> bad < 3", ["bad", "3"], HTML, ["bad", "3"]),
        ("Ete\u0301, caf\u00e9", ["ete", "cafe"], TextChanges(), ["Ete\u0301", "caf\u00e9"]),
        (
            "\ufb01ne \uff21 x\u00b2",
            ["fine", "a", "x2"],
            TextChanges(),
            ["\ufb01ne", "\uff21", "x\u00b2"],
        ),
        ("nice 😀 👍🏽!", ["nice", "😀", "👍🏽", "!"], TextChanges(), ["nice", "😀", "👍🏽", "!"]),
        ("これは良い。", list("これは良い"), TextChanges(), list("これは良い")),
        (
            "don't well-known",
            ["dont", "wellknown"],
            TextChanges(deletes_punctuation=True),
            ["don't", "well-known"],
        ),
        ("don't do", ["do", "n't", "do"], TextChanges(), ["do", "n't", "do"]),
        ("İzmir ok", ["i̇zmir", "ok"], TextChanges(), ["İzmir", "ok"]),
        ("ΟΔΟΣ, Οδός", ["οδος", "οδός"], TextChanges(), ["ΟΔΟΣ", "Οδός"]),
        ("a b", ["a", "z", "b"], TextChanges(), ["a", None, "b"]),
        ("a b", [" ", "\n"], TextChanges(), [" ", None]),
        ("", [], TextChanges(), []),
    ],
)
def test_tokens_are_found(text, tokens, changes, expected):
    assert found(text, tokens, changes) == expected


CLEANERS = [
    TextCleaner(),
    TextCleaner(strip_html=True, strip_accents=True, stop_words="english"),
    TextCleaner(strip_punctuation="delete", min_token_length=2),
    TextCleaner(normalization="NFKC", alphabetic_only=True),
]
PIECES = st.sampled_from(
    [
        *"aAbé ß'’.,-&<>",
        " ",
        " ",
        "the ",
        "<b>",
        "</i>",
        "&amp;",
        "&eacute;",
        "ﬁ",
        "e\u0301",
        "良",
        "😀",
        "İ",
    ]
)


@pytest.mark.parametrize("cleaner", CLEANERS)
@given(text=st.lists(PIECES, max_size=40).map("".join))
def test_places_are_in_order_and_hold_what_was_read(cleaner, text):
    documents = Documents.of([text]).after(cleaner)
    vectorizer = NgramVectorizer().fit([*documents.current, "a word"])
    (terms,) = read_counted(vectorizer, documents)
    located = terms.offsets[terms.offsets[:, 0] >= 0]
    assert (located[:, 0] < located[:, 1]).all()
    for name, (start, end) in zip(terms.names, terms.offsets.tolist()):
        if start >= 0 and " " not in name and name.isascii() and name.isalpha():
            letters = unicodedata.normalize("NFKD", cleaner._normalize([text[start:end]])[0])
            assert name in "".join(c for c in letters if not unicodedata.combining(c)).replace(
                " ", ""
            )


def test_long_texts_take_linear_time():
    text = "a" * 20_000 + " <!--" * 5_000
    assert locate_tokens(text, ["b"] * 5_000, HTML).max() == -1
    assert (locate_tokens("!?" * 50_000, [*"!?"] * 50_000, TextChanges())[:, 1] > 0).all()


def test_many_tokens_that_are_nowhere():
    nowhere = [f"x{i}" for i in range(20_000)]
    for changes in (TextChanges(), DROPPED):
        text = "ab " * 50_000
        spans = locate_tokens(text, ["ab", *nowhere, "ab", "ab"], changes)
        assert spans[[0, -2, -1]].tolist() == [[0, 2], [3, 5], [6, 8]]
        assert spans[1:-2].max() == -1
        spans = locate_tokens(
            "ab" * 50_000, [f"{'b' * (i % 2)}a{i}" for i in range(5_000)], changes
        )
        assert spans.max() == -1
