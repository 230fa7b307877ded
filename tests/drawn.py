"""Measure what a figure shows: every text in sight, apart from the others and from the marks."""

from itertools import combinations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.text import Text
from matplotlib.transforms import Bbox

_TOLERANCE = 0.5  # pixels


def drawn_texts(figure):
    """Draw a figure and return every text that became visible, with its box in pixels."""
    drawn, draw = {}, Text.draw

    def draw_and_note(self, renderer):
        if self.get_visible() and self.get_text().strip():
            drawn[self] = Text.get_window_extent(self, renderer)
        return draw(self, renderer)

    Text.draw = draw_and_note
    try:
        FigureCanvasAgg(figure).draw()
    finally:
        Text.draw = draw
    return drawn


def drawn_marks(figure):
    """The boxes of all markers and bars within the axes; those of a legend are not among them."""
    boxes = []
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_marker() not in ("None", "", " ", None):
                places = line.get_transform().transform(line.get_xydata())
                boxes += _around(places, line.get_markersize() / 2, figure)
        for collection in axes.collections:
            if isinstance(collection, PathCollection):
                places = collection.get_offset_transform().transform(collection.get_offsets())
                boxes += _around(places, np.sqrt(collection.get_sizes().max()) / 2, figure)
        boxes += [patch.get_window_extent() for patch in axes.patches]
    return [box for box in boxes if np.isfinite(box.extents).all()]


def _around(places, radius, figure):
    places = np.ma.getdata(places)
    pixels = radius * figure.dpi / 72 * 0.7  # the square within the circle
    return [Bbox([p - pixels, p + pixels]) for p in places if np.isfinite(p).all()]


def assert_legible(figure):
    """Fail if a text is cut, lies on another one or on a mark, or if a legend covers the data."""
    texts = drawn_texts(figure)
    assert texts
    whole = figure.bbox
    for text, box in texts.items():
        outside = max(whole.x0 - box.x0, whole.y0 - box.y0, box.x1 - whole.x1, box.y1 - whole.y1)
        assert outside <= _TOLERANCE, f"{text.get_text()!r} is cut by {outside:.1f} pixels"
    for (one, a), (two, b) in combinations(texts.items(), 2):
        assert not _overlap(a, b), f"{one.get_text()!r} overlaps {two.get_text()!r}"
    marks = drawn_marks(figure)
    for text, box in texts.items():
        for mark in marks:
            assert not _overlap(box, mark), f"{text.get_text()!r} touches a mark"
    for axes in figure.axes:
        for legend in filter(None, [axes.get_legend(), *figure.legends]):
            box = legend.get_window_extent()
            assert not _overlap(box, axes.bbox), "a legend covers the data"


def _overlap(a, b):
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return wide > _TOLERANCE and high > _TOLERANCE
