"""What all displays share: the late import of Matplotlib, axes, colours, fonts and legends."""

import re
from collections.abc import Iterable, Sequence
from numbers import Integral
from types import ModuleType
from typing import Any
from unicodedata import east_asian_width

from sklearn.utils._param_validation import Interval

from skembed.errors import NotInstalledError

__all__ = [
    "AT_LEAST_ONE",
    "PLAIN",
    "fonts_for",
    "inches",
    "legend_outside",
    "new_axes",
    "pyplot",
    "shades",
    "short_numbers",
    "wrap",
]

#: Rule of parameters that are a number of things to draw.
AT_LEAST_ONE = Interval(Integral, 1, None, closed="left")

#: Keywords for texts that come from the user: a ``$`` or ``_`` in them is no markup.
PLAIN = {"parse_math": False, "usetex": False}

# The colours of Okabe and Ito (2008) that can be told from a white and from a black background.
_OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = "osD^vPX"


def pyplot() -> ModuleType:
    """Return ``matplotlib.pyplot``.

    Raises
    ------
    NotInstalledError
        If Matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise NotInstalledError(
            "Plotting needs Matplotlib, which is not installed: run pip install matplotlib."
        ) from error
    return pyplot


def new_axes(width: float, height: float, **grid: Any) -> Any:
    """Return the axes of a new figure, which keeps everything in sight.

    The size in inches is for texts of 10 points; with larger texts, the figure is larger.
    """
    plt = pyplot()
    scale = plt.rcParams["font.size"] / 10
    size = width * scale, height * scale
    _, axes = plt.subplots(figsize=size, layout="constrained", **grid)
    return axes


def shades(n: int) -> list[tuple[Any, str]]:
    """Return `n` pairs of a colour and a marker that readers can tell apart.

    Up to six colours are those of Okabe and Ito. More are taken from viridis, without its ends,
    which white or black pages would swallow; neighbours in it also differ by their markers.
    """
    colours: list[Any] = [*_OKABE_ITO[:n]]
    if n > len(_OKABE_ITO):
        viridis = pyplot().get_cmap("viridis")
        colours = [viridis(0.22 + 0.54 * i / (n - 1)) for i in range(n)]
    return [(colour, _MARKERS[i % len(_MARKERS)]) for i, colour in enumerate(colours)]


def wrap(text: str, width: int = 40, indent: str = "\xa0" * 4) -> str:  # browsers keep these
    """Break a list of settings into lines, after a comma or, in longer ones, after any sign."""
    lines = [""]
    for setting in re.findall("[^,]+,? ?|,", text):
        if len(lines[-1]) + len(setting.rstrip()) > width and lines[-1].strip():
            lines.append(indent)
        while len(lines[-1]) + len(setting.rstrip()) > width:
            room = width - len(lines[-1])
            end = max(setting.rfind(sign, 0, room) for sign in " =([{/_.-") + 1 or room
            lines[-1] += setting[:end]
            setting = setting[end:]
            lines.append(indent)
        lines[-1] += setting
    return "\n".join(line.rstrip() for line in lines)


def fonts_for(texts: Iterable[str]) -> list[str]:
    """Return the font families to draw texts with.

    These are the families of the settings of Matplotlib and, for characters that they lack, such
    as Chinese ones, the first installed fonts that have them.
    """
    from matplotlib import font_manager, rcParams

    families = [*rcParams["font.family"]]
    first = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    lacking = {c for text in texts for c in text if c.isprintable() and not c.isspace()}
    lacking = {c for c in lacking if not first.get_char_index(ord(c))}
    for entry in sorted(font_manager.fontManager.ttflist, key=lambda entry: entry.name):
        if not lacking:
            break
        # A font of last resort has a box for every character.
        if (entry.style, entry.weight) == ("normal", 400) and "Last" not in entry.name:
            font = font_manager.get_font(entry.fname)
            found = {c for c in lacking if font.get_char_index(ord(c))}
            if found:
                families.append(entry.name)
                lacking -= found
    return families


def inches(texts: Iterable[str]) -> float:
    """Return the approximate width of the longest line of texts of 10 points in inches."""
    wide = {"W": 1.05, "F": 1.05, "A": 1.0}  # of a line, as East Asian characters are
    lines = (line for text in texts for line in text.split("\n"))
    ems = (sum(wide.get(east_asian_width(c), 0.62) for c in line) for line in lines)
    return max(ems, default=0) * 10 / 72


def short_numbers(axis: Any, highest: float) -> None:
    """Put a few numbers on a linear axis, with a letter for thousands if they are long."""
    from matplotlib.ticker import EngFormatter, MaxNLocator, StrMethodFormatter

    axis.set_major_locator(MaxNLocator(5))
    short = highest >= 10_000
    axis.set_major_formatter(EngFormatter(sep="") if short else StrMethodFormatter("{x:,g}"))


def legend_outside(
    axes: Any, handles: Sequence[Any], labels: Sequence[str], *, above: bool = False, **how: Any
) -> Any:
    """Draw a legend to the right of the axes, or above them, with its texts as they are."""
    where: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.02, 1)}
    if above:
        where = {"loc": "lower left", "bbox_to_anchor": (0, 1.02), "ncols": len(labels)}
    # Matplotlib leaves out labels that begin with an underscore, so the texts are set afterwards.
    legend = axes.legend(
        handles=[*handles],
        labels=[f"entry {i}" for i in range(len(labels))],
        borderaxespad=0,
        frameon=False,
        prop={"family": fonts_for(labels), "size": "medium"},
        **where | how,
    )
    for text, label in zip(legend.get_texts(), labels):
        text.update({"text": label} | PLAIN)
    return legend
