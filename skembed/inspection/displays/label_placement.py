"""Place the labels of points where they cover neither a mark nor each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.inspection.displays.drawing import PLAIN, fonts_for

__all__ = ["place_labels"]

Float64 = npt.NDArray[np.float64]

_FIRST_ANGLES = [45, -45, 0, 135, -135, 180, 90, -90]
_ANGLES = np.deg2rad([*_FIRST_ANGLES, *(a for a in range(0, 360, 9) if a % 45)])
_DISTANCES = np.array([1, 4, 9, 15, 22, 30, 40, 52, 66, 80])  # points
_WITH_A_LINE = 9  # points; labels further away are joined to their mark
_MAX_TRIES = 60  # free places that are tried, since a line to most of them is barred
_NOTHING = np.zeros((0, 4))
_MARGIN = 1.5  # pixels, since a text is wider or narrower by a part of a pixel at another dpi


def place_labels(
    axes: Any,
    points: Float64,
    texts: Sequence[str],
    *,
    radius: float,
    others: Float64 = _NOTHING[:, :2],
    avoid: Float64 = _NOTHING,
    **style: Any,
) -> list[Any]:
    """Write labels next to points.

    Each label gets the nearest free place within the axes, in the order of the points. Labels
    further away are joined to their point by a thin line. A label without a free place may lie on
    boxes to avoid; if there is no room beside marks and labels, it is left out.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes whose marks and legend have been drawn.
    points : ndarray of shape (n_points, 2)
        Positions in the units of the axes.
    texts : sequence of str of length n_points
        The labels.
    radius : float
        Radius of the marks in points.
    others : ndarray of shape (n_others, 2)
        Positions of further marks.
    avoid : ndarray of shape (n_boxes, 4)
        Boxes to keep free if possible, as x0, y0, x1, y1 in the units of the axes.
    **style
        Properties of the texts.

    Returns
    -------
    list of matplotlib.text.Annotation or None of length n_points
        The labels; None for one that was left out.
    """
    axes.get_figure(root=True).draw_without_rendering()  # the layout moves the axes
    pixel = axes.get_figure(root=True).dpi / 72
    frame = np.array(axes.bbox.extents)
    centres = axes.transData.transform(points)
    marks = axes.transData.transform(np.vstack([points, others]))
    marks = marks[np.isfinite(marks).all(axis=1)]
    marks = np.hstack([marks - radius * pixel, marks + radius * pixel])
    written, avoid = _NOTHING, _to_pixels(axes, avoid)
    style = PLAIN | {"ha": "center", "va": "center", "family": fonts_for(texts)} | style
    labels: list[Any] = []
    for point, centre, text in zip(points, centres, texts):
        label = axes.annotate(text, point, (0, 0), textcoords="offset points", **style)
        label.set_in_layout(False)
        half = np.array([*label.get_window_extent().bounds[2:]]) / 2 + _MARGIN
        apart = abs(marks[:, :2] + radius * pixel - centre).max(axis=1) > 2 * radius * pixel
        barred = np.vstack([written, marks[apart]])  # to a line, which begins in its own mark
        room = centre, half, radius * pixel, pixel, barred, frame
        offset = _find_room(*room, np.vstack([written, marks, avoid]))
        if offset is None:
            offset = _find_room(*room, np.vstack([written, marks]))
        if offset is None:
            label.remove()
            labels.append(None)
            continue
        label.set_position(offset / pixel)
        box = np.hstack([centre + offset - half, centre + offset + half])
        line = _line(centre, offset, half, pixel)
        if len(line):
            end = line[-1]
            axes.annotate(
                "",
                point,
                (end - centre) / pixel,
                textcoords="offset points",
                arrowprops={"arrowstyle": "-", "linewidth": 0.6, "color": label.get_color()},
            ).set_in_layout(False)
        written = np.vstack([written, box, np.hstack([line, line])])
        labels.append(label)
    return labels


def _to_pixels(axes: Any, boxes: Float64) -> Float64:
    corners = axes.transData.transform(boxes.reshape(-1, 2)).reshape(-1, 4)
    low, high = (
        np.minimum(corners[:, :2], corners[:, 2:]),
        np.maximum(corners[:, :2], corners[:, 2:]),
    )
    return np.hstack([low - _MARGIN, high + _MARGIN])


def _find_room(
    centre: Float64,
    half: Float64,
    radius: float,
    pixel: float,
    barred: Float64,
    frame: Float64,
    taken: Float64,
) -> Float64 | None:
    """Return the offset in pixels from a mark to the middle of its label; None without room."""
    angles, distances = np.tile(_ANGLES, len(_DISTANCES)), np.repeat(_DISTANCES, len(_ANGLES))
    reach = half + radius + distances[:, None] * pixel
    offsets = np.column_stack([np.cos(angles), np.sin(angles)])
    # A label moves along a rectangle around the mark, so that it is as near on every side.
    offsets = reach * offsets / np.maximum(abs(offsets[:, :1]), abs(offsets[:, 1:]))
    beside = abs(np.sin(angles)) < 0.3
    offsets[beside, 1] = reach[beside, 1] * np.sin(angles[beside])
    low, high = centre + offsets - half, centre + offsets + half
    inside = (low >= frame[:2]).all(axis=1) & (high <= frame[2:]).all(axis=1)
    apart = (low[:, None] >= taken[:, 2:]) | (high[:, None] <= taken[:, :2])
    free = np.flatnonzero(inside & apart.any(axis=2).all(axis=1))
    for place in free[:_MAX_TRIES].tolist():
        line = _line(centre, offsets[place], half, pixel)
        touches = (line[:, None] > barred[:, :2]) & (line[:, None] < barred[:, 2:])
        if not touches.all(axis=2).any():
            return np.array(offsets[place])
    return None


def _line(centre: Float64, offset: Float64, half: Float64, pixel: float) -> Float64:
    """Return positions on the line from a mark to a label; none if the label is near."""
    end = np.sign(offset) * np.maximum(abs(offset) - half, 0)
    length = float(np.hypot(*end))
    if length < _WITH_A_LINE * pixel + 4:
        return np.zeros((0, 2))
    return np.array(centre + np.linspace(0, 1, 2 + int(length / 3))[:, None] * end)
