"""HTML in which all text is escaped, unless it is markup that these functions made."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["Markup", "bar", "breakable", "element", "facts", "note", "percent", "section", "table"]


class Markup(str):
    """HTML that :func:`element` and other trusted functions made."""

    __slots__ = ()


def element(name: str, *content: Any, **attributes: Any) -> Markup:
    """Return an element.

    Parameters
    ----------
    name : str
        Its name.
    *content : Markup, str, number, None, or iterable of these
        What it holds; anything but markup is escaped.
    **attributes : str, number or None
        Its attributes. ``class_`` stands for ``class`` and ``aria_label`` for ``aria-label``.
        None leaves an attribute out.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>{''.join(map(_escaped, content))}</{name}>")


def _escaped(content: Any) -> str:
    if isinstance(content, Markup):
        return content
    if content is None:
        return ""
    if isinstance(content, Iterable) and not isinstance(content, str):
        return "".join(map(_escaped, content))
    return html.escape(str(content))


def section(title: str, *content: Any) -> Markup:
    """Return a section of the page with a heading, to which the table of contents leads."""
    name = "-".join(title.lower().split())
    return element("section", element("h2", title), *content, id=name)


def note(*content: Any) -> Markup:
    """Return a paragraph that says how to read what stands beside it."""
    return element("p", *content, class_="note")


def table(
    head: Sequence[Any], rows: Iterable[Sequence[Any]], *, name: str, kind: str = "figures"
) -> Markup:
    """Return a table that is scrolled in a box of its own where the screen is too narrow.

    Parameters
    ----------
    head : sequence
        The headings of the columns.
    rows : iterable of sequences
        The cells. The first one of each row is its heading.
    name : str
        What the table shows, for those who do not see it.
    kind : {"figures", "words"}, default="figures"
        Whether all columns but the first one are figures, to be set flush right.
    """
    headings = [element("th", cell, scope="col") for cell in head]
    body = [
        element("tr", element("th", first, scope="row"), [_cell(cell) for cell in cells])
        for first, *cells in rows
    ]
    found = element(
        "table",
        element("thead", element("tr", headings)),
        element("tbody", body),
        class_=kind,
    )
    return element("div", found, class_="wide", role="region", aria_label=name, tabindex=0)


def _cell(content: Any) -> Markup:
    if isinstance(content, Markup) and content.startswith("<td"):
        return content
    return element("td", f"{content:,}" if isinstance(content, int) else content)


def breakable(text: Any) -> Markup:
    """Return code that a line may break after its punctuation."""
    return Markup(re.sub(r"([(=,/_])(?=.)", r"\1<wbr>", html.escape(str(text))))


def facts(pairs: Iterable[tuple[Any, Any]]) -> Markup:
    """Return a list of names with their values."""
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in pairs]
    return element("dl", rows)


def bar(share: float, mark: float | None = None) -> Markup:
    """Return a bar from 0 to 1, with a mark if one is given; the figures stand beside it."""
    style = f"--v:{share:.4f}" + ("" if mark is None else f";--m:{mark:.4f}")
    kind = "bar" if mark is None else "bar marked"
    return element("span", class_=kind, style=style, aria_hidden="true")


def percent(share: float) -> str:
    """Return a share in percent, with one decimal."""
    return f"{share:.1%}"
