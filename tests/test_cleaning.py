import string
import subprocess
import sys
import unicodedata

import numpy as np
import pandas as pd
import pytest
from sklearn.utils._param_validation import InvalidParameterError

from skembed import KerasTokenizerTransformer, TextCleaner


@pytest.mark.parametrize(
    ("parameters", "text", "cleaned"),
    [
        ({}, "Good.Bad, and/or state-of-the-art", "good bad  and or state of the art"),
        ({}, "Don’t, isn't, l'été, м'ята", "don't  isn't  l'été  м'ята"),
        ({}, "'rock 'n' roll', the dogs' ''", " rock  n  roll   the dogs    "),
        ({}, "“Curly” — quotes… ¿too?", " curly    quotes   too "),
        ({}, "snake_case 日本語。とても", "snake case 日本語 とても"),
        ({"strip_punctuation": "delete"}, "Good.Bad, isn't it?", "goodbad isnt it"),
        ({"strip_punctuation": "delete"}, "“Curly” — quotes… ¿too?", "curly  quotes too"),
        ({"lowercase": False}, "A Fine Essay!", "A Fine Essay "),
        ({"strip_punctuation": False}, "A fine essay!", "a fine essay!"),
        ({"strip_accents": True}, "Zoë's naïve café", "zoe's naive cafe"),
        ({}, "e\u0301te\u0301's l'e\u0301te\u0301'", "e\u0301te\u0301's l'e\u0301te\u0301 "),
        ({"strip_accents": True}, "です パリ ﾊﾞｽ", "です パリ バス"),
        ({"strip_accents": True}, "мой ёж ї", "мой ёж ї"),
        ({"strip_accents": True}, "ά ϊ हिन्दी ดี שָׁלוֹם مَرحَبًا 각", "ά ϊ हिन्दी ดี שָׁלוֹם مَرحَبًا 각"),
        ({"strip_accents": True}, "Tiếng Việt, Đà", "tieng viet  đa"),
        ({"strip_accents": True}, "İstanbul ısı ø ß æ ǖ", "istanbul ısı ø ß æ u"),
        ({"strip_accents": True}, "e\u0301 e\u0323\u0301 q\u0308", "e e q"),
        ({"strip_accents": True}, "ﬁn ｃａｆé²", "fin cafe2"),
        ({"strip_accents": True}, "𝐀 ℍ ㎎ ㏂", "a h mg a m "),
        ({"strip_accents": True, "normalization": "NFC"}, "ﬁn ｃａｆé²", "ﬁn ｃａｆe²"),
        ({"strip_accents": True, "normalization": "NFKC"}, "ﬁn ｃａｆé²", "fin cafe2"),
        ({}, "e\u0301 ﬁ Ａ ²", "e\u0301 ﬁ ａ ²"),
        ({"normalization": "NFC"}, "e\u0301 ﬁ Ａ ²", "é ﬁ ａ ²"),
        ({"normalization": "NFKC"}, "e\u0301 ﬁ Ａ ² ™", "é fi a 2 tm"),
        ({"normalization": "NFKC"}, "ｇｏｏｄ！Ｂａｄ", "good bad"),
        ({"strip_html": True, "normalization": "NFC"}, "e&#769;", "é"),
        ({"strip_html": True, "strip_accents": True}, "caf&eacute; &#201;", "cafe e"),
        ({"strip_html": True}, "&#201;T&Eacute;", "été"),
        ({"strip_html": True, "min_token_length": 2}, "good&nbsp;food", "good food"),
        ({"alphabetic_only": True}, "หนังดีมาก שָׁלוֹם می\u200cخواهم क्\u200dष", None),
        ({"strip_html": True}, "good<br /><br />plot &amp; <!-- no -->cast", "good  plot    cast"),
        ({"strip_html": True}, "1 < 2 and 3 > 2", "1   2 and 3   2"),
        ({"alphabetic_only": True}, "grade 7 of 10, b2 level", "grade of level"),
        ({"alphabetic_only": True}, "isn't 'it' y2k's", "isn't it"),
        ({"alphabetic_only": True}, "यह बहुत अच्छी फिल्म है", "यह बहुत अच्छी फिल्म है"),
        ({"alphabetic_only": True}, "e\u0301te\u0301 நல்ல படம்", "e\u0301te\u0301 நல்ல படம்"),
        (
            {"alphabetic_only": True, "strip_punctuation": False},
            "it's ' 'tis o' dogs’ one!",
            "it's",
        ),
        ({"stop_words": "english"}, "this is a very good essay", "good essay"),
        ({"stop_words": ["good"]}, "good essay, GOOD", "essay"),
        ({"stop_words": {"good"}, "lowercase": False}, "good Good", "Good"),
        ({"min_token_length": 3}, "it is an essay", "essay"),
        ({"vocabulary": ["good", "essay"]}, "a good long essay", "good essay"),
        ({"stop_words": ["all", "words"]}, "all words", ""),
        ({}, "first\nsecond line", "first\nsecond line"),
        ({"keep_line_breaks": True}, "A  fine\tessay\nToo long!", "a fine essay \n too long"),
    ],
)
def test_each_step(parameters, text, cleaned):
    expected = text if cleaned is None else cleaned
    assert TextCleaner(**parameters).fit_transform([text]).tolist() == [expected]


@pytest.mark.parametrize(
    ("parameters", "words", "found"),
    [
        ({}, ["Good"], "'Good' to 'good'"),
        ({}, ["don’t"], "'don’t' to \"don't\""),
        ({}, ["state-of-the-art"], "'state-of-the-art' to 'state of the art'"),
        ({}, ["New York", "york"], "'New York' to 'new york'"),
        ({"strip_punctuation": "delete"}, ["don't"], "\"don't\" to 'dont'"),
        ({"strip_accents": True}, ["für"], "'für' to 'fur'"),
        ({"normalization": "NFKC"}, ["ﬁn"], "'ﬁn' to 'fin'"),
        ({"strip_html": True}, ["&eacute;"], "'&eacute;' to 'é'"),
    ],
)
@pytest.mark.parametrize("name", ["stop_words", "vocabulary"])
def test_words_that_are_never_found_are_warned_of(name, parameters, words, found):
    cleaner = TextCleaner(**parameters, **{name: words})
    text = [words[0]]
    for use in (cleaner.fit, cleaner.fit_transform):
        with pytest.warns(UserWarning, match=f"1 of {len(words)} words in '{name}' .* {found}"):
            use(text)
    written = TextCleaner(**parameters).transform([" ".join(words)])[0].split()
    assert TextCleaner(**parameters, **{name: written}).fit(text) is not None


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, ["Good", "good"]),
        ({}, ["don’t", "don't"]),
        ({}, [",", "...", "\n", ""]),
        ({}, ["and/or", "and", "or"]),
        ({"lowercase": False, "strip_punctuation": False}, ["Good,", "and/or"]),
        ({"strip_accents": True}, ["для", "です", "fur"]),
    ],
)
@pytest.mark.parametrize("name", ["stop_words", "vocabulary"])
def test_words_without_harm_are_not_warned_of(name, parameters, words):
    cleaner = TextCleaner(**parameters, **{name: words})
    expected = "" if name == "stop_words" else words[-1].strip()
    assert cleaner.fit_transform([words[-1]]).tolist() == [expected]


@pytest.fixture
def normalized_lengths(monkeypatch):
    """The lengths of texts that are normalized, which takes time quadratic in a run of marks."""
    lengths, original = [], unicodedata.normalize

    def normalize(form, text):
        lengths.append(len(text))
        return original(form, text)

    monkeypatch.setattr(unicodedata, "normalize", normalize)
    return lengths


@pytest.mark.parametrize("parameters", [{"strip_accents": True}, {"normalization": "NFC"}])
@pytest.mark.parametrize("letter", ["e", "a\u0301", "で", "й", "\u05d0"])
def test_unicode_sees_only_short_runs_of_marks(parameters, letter, normalized_lengths):
    (cleaned,) = TextCleaner(**parameters).transform([letter + "\u0323\u0301" * 20_000 + " end"])
    assert max(normalized_lengths) < 100
    assert cleaned.endswith(" end")
    if parameters == {"strip_accents": True} and letter[0].isascii():
        assert cleaned == f"{letter[0]} end"
    else:
        assert cleaned.count("\u0323") >= 19_999  # the first may be part of the letter


@pytest.mark.parametrize("parameters", [{"strip_accents": True}, {"normalization": "NFKC"}])
@pytest.mark.parametrize("letter", ["ﾞ", "ﾟ"])
def test_letters_that_become_marks_count_as_marks(parameters, letter, normalized_lengths):
    (cleaned,) = TextCleaner(**parameters).transform(
        [f"\u05d0{letter}\u0301" + f"\u0301{letter}" * 999]
    )
    assert max(normalized_lengths) < 100
    assert cleaned.count(unicodedata.normalize("NFKC", letter)) == 1000


def test_no_other_letters_become_marks_that_unicode_sorts():
    normal = ((c, unicodedata.normalize("NFKD", c)[0]) for c in map(chr, range(0x110000)))
    letters = [c for c, first in normal if unicodedata.combining(first)]
    assert [c for c in letters if unicodedata.category(c)[0] != "M"] == ["ﾞ", "ﾟ"]


def test_comments_without_an_end_are_not_searched_again_and_again():
    """Each of them was searched to the end of the text, which would take an hour here."""
    program = (
        "from skembed import TextCleaner\n"
        "text = '<a><!-- b --> <b>c</b> ' + '<!--' * 500_000 + ' <b>d</b> <!--'\n"
        "(cleaned,) = TextCleaner(strip_html=True, strip_punctuation=False).transform([text])\n"
        "assert cleaned == '    c  ' + '<!--' * 500_000 + '  d  <!--'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a <!-- b -- > c", "a <!-- b -- > c"),
        ("a <!--> b --> c", "a   c"),
        ("a <!-- <b> --> c --> <b>d", "a   c -->  d"),
        ("a --> <!-- b <b>c", "a --> <!-- b  c"),
        ("a <b --> c --> d", "a   c --> d"),
        ("<b>", " "),
    ],
)
def test_comments_and_tags(text, cleaned):
    cleaner = TextCleaner(strip_html=True, strip_punctuation=False)
    assert cleaner.transform([text]).tolist() == [cleaned]


@pytest.mark.parametrize(
    ("digits", "character"),
    [
        ("65", "A"),
        ("0000065", "A"),
        ("0" * 5000 + "65", "A"),
        ("00128512", "😀"),
        ("1114111", ""),
        ("1114112", "\ufffd"),
        ("9" * 8, "\ufffd"),
        ("9" * 5000, "\ufffd"),
        ("0" * 5000 + "9" * 5000, "\ufffd"),
        ("x" + "f" * 5000, "\ufffd"),
    ],
)
@pytest.mark.parametrize("end", [";", " ", ""])
def test_references_of_any_length(digits, character, end):
    """Python refuses to convert 4,300 digits or more."""
    cleaner = TextCleaner(strip_html=True, lowercase=False, strip_punctuation=False)
    (cleaned,) = cleaner.transform([f"a&#{digits}{end}"])
    assert cleaned == f"a{character}{end.removeprefix(';')}"


def test_html_and_line_breaks_end_in_words_of_the_tokenizer():
    texts = ["good\r\nbad", "good&nbsp;food", "very\u3000fine\x85"]
    cleaned = TextCleaner(strip_html=True).transform(texts)
    assert [*KerasTokenizerTransformer().fit(cleaned).vocabulary_] == [
        "good",
        "bad",
        "food",
        "very",
        "fine",
    ]


def test_equals_the_reference_cleaning_of_movie_reviews():
    """White-space split, punctuation deleted, letters only, no stop words, no single letters."""
    generator = np.random.default_rng(0)
    alphabet = [*string.ascii_letters, *string.punctuation, *"   \n\t0129"]
    texts = ["".join(generator.choice(alphabet, 300)) for _ in range(50)]
    stop_words = {"ab", "x", "the"}
    table = str.maketrans("", "", string.punctuation)
    words = [[word.translate(table) for word in text.split()] for text in texts]
    expected = [
        " ".join(w for w in some if w.isalpha() and w not in stop_words and len(w) > 1)
        for some in words
    ]
    cleaner = TextCleaner(
        lowercase=False,
        strip_punctuation="delete",
        alphabetic_only=True,
        stop_words=stop_words,
        min_token_length=2,
    )
    assert cleaner.transform(texts).tolist() == expected


@pytest.mark.parametrize("kind", [list, tuple, set, np.array, pd.Series])
def test_words_come_in_any_collection(kind):
    words = kind(["good", "essay"]) if kind is not set else {"good", "essay"}
    assert TextCleaner(stop_words=words).transform(["a good essay"]).tolist() == ["a"]
    assert TextCleaner(vocabulary=words).transform(["a good essay"]).tolist() == ["good essay"]


def test_keeps_the_shape_of_its_input():
    cleaner = TextCleaner()
    assert cleaner.transform(["A", "B"]).shape == (2,)
    assert cleaner.transform(np.array([["A"], ["B"]], dtype=object)).tolist() == [["a"], ["b"]]
    assert cleaner.transform(["A", "B"]).dtype == object


def test_gives_a_frame_when_asked():
    cleaner = TextCleaner().set_output(transform="pandas")
    frame = cleaner.fit_transform(["A", "B"])
    assert frame.to_dict("list") == {"text": ["a", "b"]}
    assert cleaner.get_feature_names_out(["comment"]).tolist() == ["comment"]


CLEANINGS = {
    "nothing else": {},
    "HTML": {"strip_html": True},
    "letters only": {"alphabetic_only": True},
    "stop words": {"stop_words": "english"},
    "a break as stop word": {"stop_words": ["\n"]},
    "short words": {"min_token_length": 2},
    "vocabulary": {"vocabulary": ["good", "work", "essay"]},
    "no vocabulary": {"vocabulary": []},
    "all": {
        "strip_html": True,
        "strip_accents": True,
        "alphabetic_only": True,
        "stop_words": "english",
        "min_token_length": 3,
    },
}


@pytest.mark.parametrize("kind", CLEANINGS)
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028"])
def test_line_breaks_stay_between_lines(kind, line_break):
    lines = ["Good <b>work</b>, 7/10.", "", "  an\tessay ", "!?", "b2"]
    cleaner = TextCleaner(**CLEANINGS[kind], keep_line_breaks=True)
    alone = [" ".join(cleaner.transform([line])[0].split()) for line in lines]
    for end in ("", line_break):
        (cleaned,) = cleaner.transform([line_break.join(lines) + end])
        assert cleaned == " \n ".join(alone)
        tokenizer = KerasTokenizerTransformer(filters="").fit([cleaned])
        assert tokenizer.word_counts_["\n"] == 4
        words = [word for word in tokenizer.vocabulary_ if word != "\n"]
        assert not any(character.isspace() for word in words for character in word)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("\n", ""),
        ("\n\n", " \n "),
        ("\nA", " \n a"),
        ("A\n\n\nB", "a \n  \n  \n b"),
        ("A &#10; B <br\n/> C", "a \n b c"),
    ],
)
def test_empty_lines_and_breaks_from_html(text, cleaned):
    cleaner = TextCleaner(strip_html=True, keep_line_breaks=True)
    assert cleaner.transform([text]).tolist() == [cleaned]


def test_a_line_break_is_white_space_to_the_usual_tokenizer():
    kept = TextCleaner(keep_line_breaks=True).transform(["A fine\nessay"])
    assert [*KerasTokenizerTransformer().fit(kept).vocabulary_] == ["a", "fine", "essay"]


@pytest.mark.parametrize("name", ["stop_words", "vocabulary"])
@pytest.mark.parametrize("kind", [list, set])
def test_words_that_change_in_place_are_heard(name, kind):
    words = kind(["fine"])
    cleaner = TextCleaner(**{name: words})
    cleaner.transform(["a fine work"])
    words.__init__(["work"])  # as many as before, in the same list or set
    expected = TextCleaner(**{name: ["work"]}).transform(["a fine work"])
    assert cleaner.transform(["a fine work"]).tolist() == expected.tolist()


@pytest.mark.parametrize(
    "bad", [{"min_token_length": 0}, {"stop_words": [1]}, {"vocabulary": "a"}, {"lowercase": "no"}]
)
def test_parameters_that_are_set_later_are_checked(bad):
    cleaner = TextCleaner(stop_words=["a"]).fit(["a fine work"])
    cleaner.transform(["a fine work"])
    cleaner.set_params(**bad)
    for _ in range(2):
        with pytest.raises(InvalidParameterError, match=next(iter(bad))):
            cleaner.transform(["a fine work"])
