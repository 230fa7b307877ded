import difflib
import re
from collections import Counter
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from skembed.datasets import load_feedback


def bare(text):
    return " ".join(re.findall(r"\w+", text.lower()))


def test_is_balanced():
    data = load_feedback()
    assert len(data.data) >= 600
    counts = Counter(zip(data.sentiment, data.topic))
    assert set(data.sentiment) == {"negative", "positive"}
    assert set(data.topic) == {"argument", "effort", "language", "structure"}
    assert len(counts) == 8
    assert min(counts.values()) >= 0.9 * max(counts.values())
    # in random order: no half holds more than 60 % of a sentiment
    first_half = Counter(data.sentiment[: len(data.data) // 2])
    assert max(first_half.values()) < 0.6 * len(data.data) / 2


def test_no_comment_stands_twice():
    texts = [bare(text) for text in load_feedback().data]
    words = [set(text.split()) for text in texts]
    assert len(set(texts)) == len(texts)
    for i, j in combinations(range(len(texts)), 2):
        overlap = len(words[i] & words[j]) / len(words[i] | words[j])
        assert overlap < 0.5, (texts[i], texts[j])
        if overlap > 0.25:
            assert difflib.SequenceMatcher(None, texts[i], texts[j]).ratio() < 0.8


def test_no_template_was_filled_in():
    texts = [bare(text).split() for text in load_feedback().data]
    openings = Counter(tuple(words[:3]) for words in texts)
    fours = Counter(tuple(words[i : i + 4]) for words in texts for i in range(len(words) - 3))
    assert openings.most_common(1)[0][1] <= 5
    assert fours.most_common(1)[0][1] <= 5


def test_comments_are_short_and_messy_in_every_class():
    data = load_feedback()
    assert all(2 <= len(text.split()) <= 60 for text in data.data)
    untidy = np.array([not (text[0].isupper() and text[-1] in ".!?\"')") for text in data.data])
    for sentiment in data.target_names:
        assert 0.1 < untidy[data.sentiment == sentiment].mean() < 0.5


@pytest.mark.parametrize("target", ["sentiment", "topic"])
def test_forms_of_the_answer(target):
    bunch = load_feedback(target=target)
    assert bunch.target.tolist() == bunch[target].tolist()
    assert bunch.target_names == sorted(set(bunch[target]))
    assert bunch.frame is None
    assert "feedback" in bunch.DESCR.lower() or "Comments on students' work" in bunch.DESCR
    X, y = load_feedback(target=target, return_X_y=True)
    assert X.tolist() == bunch.data.tolist()
    assert y.tolist() == bunch.target.tolist()
    framed = load_feedback(target=target, as_frame=True)
    assert isinstance(framed.frame, pd.DataFrame)
    assert [*framed.frame] == ["text", "sentiment", "topic"]
    assert isinstance(framed.data, pd.Series)
    assert framed.target.name == target
    X, y = load_feedback(target=target, return_X_y=True, as_frame=True)
    assert isinstance(X, pd.Series)
    assert isinstance(y, pd.Series)


def test_an_unknown_target_is_refused():
    with pytest.raises(ValueError, match=r"'target' parameter .*sentiment"):
        load_feedback(target="mood")
