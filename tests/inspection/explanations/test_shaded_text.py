"""Explanations as HTML, in a terminal and as a picture."""

import html
import re
import sys
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from skembed.errors import NotInstalledError
from skembed.inspection import Explanation, Explanations
from skembed.inspection.explanations.contribution_bars import AGAINST, FOR


@pytest.fixture(autouse=True)
def _pictures_are_closed():
    mpl.use("agg")
    yield
    plt.close("all")


def explanation(text="Not good, good work", **changes):
    facts = {
        "text": text,
        "tokens": np.array(["not", "not good", "good", "good", "work"], object),
        "offsets": np.array([[0, 3], [0, 8], [4, 8], [10, 14], [15, 19]]),
        "contributions": np.array([[-0.5], [-1.0], [2.0], [1.0], [0.001]]),
        "base": np.array([0.25]),
        "scores": np.array([1.751]),
        "classes": np.array(["yes"]),
        "opposites": ("no",),
        "method": "exact",
    }
    return Explanation(**facts | changes)


class Page(HTMLParser):
    """Collects elements and text, as a browser would read them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.marks, self.text, self._mark = [], [], "", None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._mark = dict(attrs) if tag == "mark" else None

    def handle_data(self, data):
        self.text += data
        if self._mark is not None:
            self.marks.append((data, self._mark))
            self._mark = None


def test_words_are_shaded_by_their_contribution():
    page = Page(explanation().to_html())
    shown = [(word, mark["class"], mark["title"]) for word, mark in page.marks if "title" in mark]
    assert shown == [
        ("Not", "against", "-1.000"),  # its own, and half of that of the pair
        ("good", "for", "+1.500"),
        ("good", "for", "+1.000"),
    ]
    assert "Not good, good work" in page.text
    assert "for yes" in page.text
    assert "for no" in page.text
    assert "“not good” -1.00" in page.text
    assert "score +1.75 = +0.25 without words +1.50 of words (exact)" in page.text


def test_the_sign_is_visible_without_color():
    styles = explanation().to_html()
    assert re.search(r"\.for\{[^}]*solid", styles)
    assert re.search(r"\.against\{[^}]*dashed", styles)
    assert "color:inherit" in styles  # the color of the page, light or dark


EVIL = "<script>alert(1)</script> <img src=x onerror=alert(2)> \" ' & bad"


def test_markup_in_documents_labels_and_tokens_is_escaped():
    token = np.array([EVIL], object)
    evil = explanation(
        EVIL,
        tokens=token,
        offsets=np.array([[0, 25]]),
        contributions=np.array([[1.0, -1.0]]),
        base=np.zeros(2),
        scores=np.array([1.0, -1.0]),
        classes=np.array([EVIL, "x"], object),
        opposites=(EVIL, EVIL),
        method="occlusion",
    )
    page = Page(evil.to_html())
    assert set(page.tags) == {"style", "div", "p", "b", "mark"}
    assert page.text.count("<script>alert(1)</script>") >= 6
    assert html.escape(EVIL) in evil.to_html()


def test_styles_are_written_once():
    many = Explanations([explanation()] * 30)
    assert many.to_html().count("<style>") == 1
    assert many.to_html().count('skembed-explanation"') == 30
    assert many._repr_html_().count('skembed-explanation"') == 20
    assert "and 10 more" in many._repr_html_()


def test_overlapping_and_unknown_places_do_not_change_the_text():
    torn = explanation(offsets=np.array([[0, 3], [-1, -1], [2, 8], [10, 14], [-1, -1]]))
    assert "Not good, good work" in Page(torn.to_html()).text
    assert "Not good, +good work" in torn.to_text()
    assert torn.by_word().contributions.sum() == pytest.approx(1.501)


def test_a_document_without_words():
    nothing = explanation(
        "",
        tokens=np.array([], object),
        offsets=np.zeros((0, 2), int),
        contributions=np.zeros((0, 1)),
    )
    assert "without words +0.00 of words +1.50 unexplained" in nothing.to_text()
    assert "<mark" in nothing.to_html()
    assert len(nothing.to_frame()) == 0
    assert len(nothing.plot().patches) == 0


def test_terminal(monkeypatch):
    plain = explanation().to_text(color=False)
    assert plain.splitlines()[1] == "-Not +good, +good work"
    colored = explanation().to_text(color=True)
    assert "\x1b[1;94m+good\x1b[0m" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain
    assert str(explanation()) == plain
    assert str(Explanations([explanation()] * 2)) == f"{plain}\n\n{plain}"

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert explanation().to_text() == colored
    monkeypatch.setenv("NO_COLOR", "1")
    assert explanation().to_text() == plain
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert explanation().to_text() == plain


def test_a_document_cannot_control_the_terminal():
    shown = explanation(
        "Not good\x1b]0;x\x07, good\r work", classes=np.array(["\x1b[2J"])
    ).to_text()
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert "\ufffd" in shown


def test_picture():
    ax = explanation().plot()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["good", "not good", "not", "work"]  # equal tokens are added
    widths = [bar.get_width() for bar in ax.patches]
    assert sorted(widths) == [-1.0, -0.5, 0.001, 3.0]
    colors = {mpl.colors.to_hex(bar.get_facecolor()): bar.get_width() > 0 for bar in ax.patches}
    assert colors == {FOR: True, AGAINST: False}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["for yes", "for no"]
    assert "natural logarithm" in ax.get_xlabel()
    assert "score of yes: +1.75 = +0.25 (no words) +1.50" in ax.get_title()
    _, given = plt.subplots()
    assert explanation().plot(given, n_tokens=2) is given
    assert len(given.patches) == 2


def test_labels_are_not_taken_for_formulas_or_cut():
    tokens = np.array(["$x^2$ & $y$", "a" * 200, "\n", "b", "c"], object)
    ax = explanation(tokens=tokens, classes=np.array(["$"]), opposites=("_^",)).plot()
    ax.figure.canvas.draw()
    box = ax.figure.get_tightbbox()
    width, height = ax.figure.get_size_inches()
    assert 0 <= box.x0 <= box.x1 <= width
    assert 0 <= box.y0 <= box.y1 <= height


def test_matplotlib_is_needed_for_pictures_only(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert explanation().to_html()
    with pytest.raises(NotInstalledError, match="pip install matplotlib"):
        explanation().plot()
