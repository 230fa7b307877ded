import string

import numpy as np
import pandas as pd
import pytest

from skembed import TextCleaner


@pytest.mark.parametrize(
    ("parameters", "text", "cleaned"),
    [
        ({}, "A Fine essay, isn't it?", "a fine essay isnt it"),
        ({}, "“Curly” — quotes… ¿too?", "curly  quotes too"),
        ({"lowercase": False}, "A Fine Essay!", "A Fine Essay"),
        ({"strip_punctuation": False}, "A fine essay!", "a fine essay!"),
        ({"strip_accents": True}, "Zoë's naïve café", "zoes naive cafe"),
        ({"strip_html": True}, "good<br /><br />plot &amp; <!-- no -->cast", "good  plot   cast"),
        ({"strip_html": True}, "1 < 2 and 3 > 2", "1  2 and 3  2"),
        ({"alphabetic_only": True}, "grade 7 of 10, b2 level", "grade of level"),
        ({"stop_words": "english"}, "this is a very good essay", "good essay"),
        ({"stop_words": ["good"]}, "good essay, GOOD", "essay"),
        ({"stop_words": {"good"}, "lowercase": False}, "good Good", "Good"),
        ({"min_token_length": 3}, "it is an essay", "essay"),
        ({"vocabulary": ["good", "essay"]}, "a good long essay", "good essay"),
        ({"stop_words": ["all", "words"]}, "all words", ""),
        ({}, "first\nsecond line", "first\nsecond line"),
    ],
)
def test_each_step(parameters, text, cleaned):
    assert TextCleaner(**parameters).fit_transform([text]).tolist() == [cleaned]


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
        lowercase=False, alphabetic_only=True, stop_words=stop_words, min_token_length=2
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
