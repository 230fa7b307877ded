"""What all displays share, and the measuring of pictures by the tests."""

import re

import numpy as np
import pytest
from drawn import assert_legible, drawn_texts
from matplotlib import pyplot as plt

from skembed.inspection.displays.drawing import fonts_for, legend_outside, shades, wrap
from skembed.inspection.displays.label_placement import place_labels


def axes_with(*texts, **how):
    figure, axes = plt.subplots(figsize=(4, 3), layout="constrained")
    for x, y, text in texts:
        axes.text(x, y, text, **how)
    return figure, axes


# The measuring itself


def test_a_clean_picture_is_legible():
    figure, axes = axes_with((0.1, 0.1, "one"), (0.5, 0.5, "two"))
    axes.plot([0.2, 0.9], [0.9, 0.2], "o")
    assert_legible(figure)
    assert {"one", "two"} < {text.get_text() for text in drawn_texts(figure)}


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda axes: axes.text(0.11, 0.1, "two"), "'one' overlaps 'two'"),
        (lambda axes: axes.text(0.9, 0.9, "far too long", in_layout=False), "is cut by"),
        (lambda axes: axes.plot([0.13], [0.12], "o"), "touches a mark"),
        (lambda axes: axes.scatter([0.13], [0.12]), "touches a mark"),
        (lambda axes: axes.bar([0.13], [0.12], 0.1), "touches a mark"),
        (lambda axes: axes.legend(axes.plot([0, 1], [1, 0]), ["line"]), "a legend covers"),
    ],
)
def test_what_is_illegible_is_found(spoil, complaint):
    figure, axes = axes_with((0.1, 0.1, "one"), in_layout=False)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    spoil(axes)
    with pytest.raises(AssertionError, match=complaint):
        assert_legible(figure)


# Labels of points


@pytest.mark.parametrize("n", [2, 20, 50])
def test_labels_are_apart(n, style):
    figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
    points = np.random.RandomState(0).normal(size=(n, 2))
    axes.plot(*points.T, "o", markersize=5)
    labels = place_labels(axes, points, [f"label{i}" * (1 + i % 2) for i in range(n)], radius=2.5)
    assert sum(label is not None for label in labels) >= 0.8 * n
    for i, label in enumerate(labels):
        assert label is None or label.get_text().startswith(f"label{i}")
    assert_legible(figure)
    figure.set_dpi(200)
    assert_legible(figure)


def test_points_in_one_place_get_lines_to_their_labels():
    figure, axes = plt.subplots(layout="constrained")
    points = np.zeros((12, 2))
    axes.plot(*points.T, "o", markersize=5)
    labels = place_labels(axes, points, ["a word"] * 12, radius=2.5)
    drawn = [label for label in labels if label is not None]
    assert len(drawn) >= 8  # no line crosses a label, so the point is surrounded at last
    assert_legible(figure)
    lines = [child for child in axes.texts if not child.get_text()]
    assert len(lines) == len(drawn) - 4  # near labels have none


def test_without_room_a_label_is_left_out():
    figure, axes = plt.subplots(figsize=(2.5, 2), layout="constrained")
    points = np.random.RandomState(0).uniform(size=(30, 2))
    axes.plot(*points.T, "o", markersize=5)
    labels = place_labels(axes, points, ["a word"] * 30, radius=2.5)
    assert 0 < sum(label is not None for label in labels) < 30
    assert_legible(figure)


def test_boxes_are_avoided_where_possible():
    _, axes = plt.subplots(layout="constrained")
    point, beside = np.array([[0.5, 0.5]]), np.array([[0.5, -1.0, 2.0, 2.0]])
    axes.set(xlim=(0, 1), ylim=(0, 1))
    (label,) = place_labels(axes, point, ["word"], radius=3, avoid=beside)
    middle = axes.transData.transform(point)[0, 0]
    assert label.get_window_extent().x1 < middle
    everywhere = np.array([[-1.0, -1.0, 2.0, 2.0]])
    assert place_labels(axes, point, ["word"], radius=3, avoid=everywhere) != [None]


# Texts, colours, legends


def test_settings_are_broken_after_commas_first():
    assert wrap("a=1, b=2", 20) == "a=1, b=2"
    assert wrap("alpha=1, beta=2, gamma=3", 16) == "alpha=1, beta=2,\n\xa0\xa0\xa0\xa0gamma=3"
    broken = wrap("x=1, embed=PretrainedEmbeddingMatrix('glove_6B_100d.txt')", 20)
    assert max(map(len, broken.split("\n"))) <= 20
    assert (
        re.sub(r"\n\s+", "", broken) == "x=1,embed=PretrainedEmbeddingMatrix('glove_6B_100d.txt')"
    )
    assert max(map(len, wrap("y" * 100, 20, "").split("\n"))) == 20


@pytest.mark.parametrize("n", [1, 2, 6, 7, 20, 40])
def test_shades_are_different_and_seen_on_white_and_black(n):
    found = shades(n)
    assert len({(str(colour), marker) for colour, marker in found}) == n
    for colour, _ in found:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(colour)]
        luminance = np.dot([0.2126, 0.7152, 0.0722], linear)
        assert (luminance + 0.05) / 0.05 > 2  # contrast with black
        assert 1.05 / (luminance + 0.05) > 2  # and with white


def _rgb(colour):
    from matplotlib.colors import to_rgb

    return to_rgb(colour)


def test_other_fonts_have_what_the_first_one_lacks():
    assert fonts_for(["word", "مرحبا"]) == plt.rcParams["font.family"]  # DejaVu has both
    with plt.rc_context({"font.family": ["cmr10"]}):
        assert fonts_for(["word"]) == ["cmr10"]
        first, second = fonts_for(["word", "مرحبا"])
        assert (first, second[:6]) == ("cmr10", "DejaVu")


def test_a_legend_has_names_as_they_are():
    figure, axes = plt.subplots(layout="constrained")
    lines = axes.plot([0, 1], [[0, 1, 2], [1, 2, 3]])
    names = ["_hidden", "$x_1$", "100 % \\alpha"]
    legend_outside(axes, lines, names)
    assert_legible(figure)
    drawn = [text.get_text() for text in drawn_texts(figure)]
    assert {*names} < {*drawn}
    assert not any(text.get_parse_math() for text in axes.get_legend().get_texts())
