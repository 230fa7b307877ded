"""Bars of contributions, to both sides of zero."""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["AGAINST", "FOR", "draw_bars"]

#: Colors of Okabe and Ito, which all kinds of color vision tell apart.
FOR, AGAINST = "#0072b2", "#d55e00"


def draw_bars(
    ax: Any, names: list[str], values: npt.NDArray[np.float64], sides: tuple[str, str] | None = None
) -> None:
    """Draw a bar per name, the first one at the top.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes to draw on.
    names : list of str
        The tokens.
    values : ndarray of shape (n_names,)
        Their contributions.
    sides : tuple (str, str), default=None
        What positive and negative values speak for, for a legend to the right of the axes.
    """
    places = np.arange(len(names))[::-1]
    for is_side, color, hatch in ((values >= 0, FOR, None), (values < 0, AGAINST, "///")):
        bars = ax.barh(places[is_side], values[is_side], color=color, hatch=hatch)
        for bar in bars:
            bar.set(edgecolor="white", linewidth=0)
        if sides is not None:
            bars.set_label(_plain(f"for {sides[0] if hatch is None else sides[1]}"))
    ax.axvline(0, color="0.3", linewidth=0.8)
    ax.set_yticks(places, [_plain(name) for name in names])
    ax.spines[["top", "right"]].set_visible(False)
    if sides is not None:
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0, frameon=False)


def _plain(name: str) -> str:
    """Return a name in which Matplotlib finds no formula, of a length that a label may have."""
    shown = name if len(name) <= 30 else f"{name[:29]}…"
    return " ".join(shown.split()).replace("$", r"\$")
