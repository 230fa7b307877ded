"""Texts with shaded words, as HTML and for a terminal."""

import html
import os
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["STYLES", "in_page", "shaded_html", "shaded_lines"]

#: The styles of all explanations in a page. Shades are transparent, and texts have the color of
#: the page, so both are readable on light and on dark pages.
STYLES = """<style>
.skembed-explanation{margin:.5em 0 1em;max-width:60em;line-height:1.7;overflow-wrap:anywhere}
.skembed-explanation p{margin:.2em 0}
.skembed-explanation .text{white-space:pre-wrap}
.skembed-explanation .key{font-size:.85em;opacity:.85}
.skembed-explanation mark{color:inherit;padding:.1em 0;border-radius:2px}
.skembed-explanation .key mark{white-space:nowrap}
.skembed-explanation .for{background:rgba(0,114,178,var(--s));border-bottom:2px solid #0072b2}
.skembed-explanation .against{background:rgba(213,94,0,var(--s));border-bottom:2px dashed #d55e00}
</style>"""

_STRONGEST = 0.6  # opacity
_WEAKEST = 0.05  # words with a smaller part of the largest contribution are not shaded
_MARKED = 0.1  # those with a smaller part are not marked in a terminal
_N_SEQUENCES = 5
_BLUE, _ORANGE, _PLAIN = "\x1b[1;94m", "\x1b[1;33m", "\x1b[0m"


def in_page(fragments: list[str]) -> str:
    """Return HTML of explanations with the styles that they need, once."""
    return "\n".join([STYLES, *fragments])


def shaded_html(explanation: Any, n_characters: int | None = None) -> str:
    """Return an explanation as HTML without styles: a key and the text for each class.

    Words that speak for the class are blue and underlined, others orange and underlined with
    a dashed line. The contribution of a word is shown when the pointer is on it.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    n_characters : int or None, default=None
        How much of a longer text is shown; None for all of it.
    """
    words, blocks = explanation.by_word(), []
    for k, label in enumerate(explanation.classes):
        name, opposite = html.escape(str(label)), html.escape(str(explanation.opposites[k]))
        blocks.append(
            f'<p class="key"><b>{name}</b>: score {explanation.scores[k]:+.2f} = '
            f"{explanation.base[k]:+.2f} without words {_sum(explanation, k):+.2f} of words"
            f"{_remainder(explanation, k)} ({explanation.method}). "
            f'<mark class="for" style="--s:.4">for {name}</mark> '
            f'<mark class="against" style="--s:.4">for {opposite}</mark></p>'
            f'<p class="text" dir="auto">{_shaded(words, k, n_characters)}</p>'
            f"{_sequences(explanation, k)}"
        )
    return f'<div class="skembed-explanation">{"".join(blocks)}</div>'


def _sum(explanation: Any, k: int) -> float:
    return float(explanation.contributions[:, k].sum())


def _remainder(explanation: Any, k: int) -> str:
    rest = explanation.remainder[k]
    return f" {rest:+.2f} unexplained" if abs(rest) >= 0.005 else ""


def _shaded(words: Any, k: int, n_characters: int | None) -> str:
    parts: list[str] = []
    n_shown = 0
    largest = np.abs(words.contributions[:, k]).max(initial=0)
    for piece, value in _pieces(words, k):
        if n_characters is not None and n_shown + len(piece) > n_characters:
            return "".join([*parts, html.escape(piece[: n_characters - n_shown]), " …"])
        n_shown += len(piece)
        strength = abs(value) / largest if largest else 0.0
        if strength < _WEAKEST:
            parts.append(html.escape(piece))
            continue
        side, shade = "for" if value > 0 else "against", _STRONGEST * strength
        parts.append(
            f'<mark class="{side}" style="--s:{shade:.2f}" title="{value:+.3f}">'
            f"{html.escape(piece)}</mark>"
        )
    return "".join(parts)


def _pieces(words: Any, k: int) -> Iterator[tuple[str, float]]:
    """Yield the text in pieces, each with its contribution; those of other text are zero."""
    place = 0
    for (start, end), value in zip(words.offsets.tolist(), words.contributions[:, k].tolist()):
        if start < place or end <= start:  # not located, or within the word before
            continue
        if start > place:
            yield words.text[place:start], 0.0
        yield words.text[start:end], value
        place = end
    if place < len(words.text):
        yield words.text[place:], 0.0


def _sequences(explanation: Any, k: int) -> str:
    """Return the n-grams with the largest contributions, if the model has n-grams."""
    names = [*map(str, explanation.tokens)]
    of_several = [i for i, name in enumerate(names) if " " in name.strip()]
    of_several.sort(key=lambda i: -abs(explanation.contributions[i, k]))
    shown = [
        f"“{html.escape(names[i])}” {explanation.contributions[i, k]:+.2f}"
        for i in of_several[:_N_SEQUENCES]
    ]
    if not shown:
        return ""
    return f'<p class="key">Word sequences, shared by their words above: {"; ".join(shown)}</p>'


def shaded_lines(explanation: Any, color: bool | None) -> list[str]:
    """Return an explanation as lines for a terminal.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    color : bool or None
        Whether to use colors; None to find out.
    """
    with_color = _is_colorful() if color is None else color
    words, lines = explanation.by_word(), []
    for k, label in enumerate(explanation.classes):
        lines.append(
            _visible(
                f"{label}: score {explanation.scores[k]:+.2f} = {explanation.base[k]:+.2f} without "
                f"words {_sum(explanation, k):+.2f} of words{_remainder(explanation, k)} "
                f"({explanation.method}); +word: for {label}, -word: for "
                f"{explanation.opposites[k]}"
            )
        )
        largest = np.abs(words.contributions[:, k]).max(initial=0)
        pieces = (_marked(*piece, largest, with_color) for piece in _pieces(words, k))
        lines.append("".join(pieces))
    return lines


def _marked(piece: str, value: float, largest: float, with_color: bool) -> str:
    text = _visible(piece)
    if value == 0 or abs(value) < _MARKED * largest:
        return text
    marked = f"{'+' if value > 0 else '-'}{text}"
    return f"{_BLUE if value > 0 else _ORANGE}{marked}{_PLAIN}" if with_color else marked


def _visible(text: str) -> str:
    """Return a text without control characters, which a terminal would obey."""
    return "".join([c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text])


def _is_colorful() -> bool:
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
