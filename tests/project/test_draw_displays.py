"""The pictures of the documentation."""

import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from drawn import assert_legible
from matplotlib import pyplot as plt

from benchmarks.draw_displays import draw, figure_of, fit, pictures

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "../README.md",
    "index.md",
    "displays.md",
    "guide/displays_of_words.md",
    "guide/displays_of_searches.md",
    "explaining.md",
    "howto/telling_words.md",
)


def test_every_picture_is_drawn_for_light_and_dark_pages(feedback, tmp_path):
    texts, sentiment = feedback
    words = {word for text in texts for word in text.lower().split()}
    generator = np.random.RandomState(0)
    vectors = {word: generator.normal(size=4) for word in sorted({*words, "funny"})}
    texts = [*texts, *["it was funny"] * 3]
    sentiment = [*sentiment, *["positive"] * 3]
    drawing = pictures(texts, sentiment, *fit(texts, sentiment, vectors, epochs=2))
    draw(drawing, tmp_path)
    pages = [(DOCS / name).read_text(encoding="utf-8") for name in PAGES]
    shown = re.findall(r"display_\w+\.svg", "".join(pages))
    assert {*shown} == {path.name for path in tmp_path.glob("*.svg")}
    for display in drawing.values():
        assert_legible(figure_of(display()))
        plt.close("all")
    svg = (tmp_path / "display_neighbors_dark.svg").read_text(encoding="utf-8")
    assert ">funny</text>" in svg
    assert (DOCS / "display_neighbors_dark.svg").is_file()
