"""The page of a report as one HTML file, which loads nothing and runs no script."""

from datetime import datetime
from importlib.resources import files
from string import Template

import skembed
from skembed.inspection.explanations.shaded_text import STYLES
from skembed.inspection.report.markup import Markup, element

__all__ = ["report_page"]


def report_page(title: str, figures: list[tuple[str, str, str]], sections: list[Markup]) -> str:
    """Write the page as text.

    Parameters
    ----------
    title : str
        Its heading.
    figures : list of tuple of (value, name, comment)
        The most important figures, to be read first.
    sections : list of Markup
        The sections, as the function `section` makes them.

    Returns
    -------
    str
        An HTML document. Its content security policy allows nothing but its own styles.
    """
    folder = files(__package__)
    template = Template((folder / "page.html").read_text(encoding="utf-8"))
    made = f"Made by skembed {skembed.__version__} on {datetime.now():%d %B %Y, %H:%M}."
    return template.substitute(
        title=element("h1", title),
        name=element("title", title),
        style=(folder / "page.css").read_text(encoding="utf-8"),
        styles=STYLES,
        made=element("p", made, class_="note"),
        figures=element("ul", [_figure(*figure) for figure in figures], class_="key-figures"),
        contents=element("nav", map(_link, sections), aria_label="Contents"),
        sections="\n".join(sections),
    )


def _figure(value: str, name: str, comment: str) -> Markup:
    return element("li", element("b", value), element("span", name), element("small", comment))


def _link(section: Markup) -> Markup:
    """Return a link to a section, which begins with its id and its heading."""
    name = section.split('id="', 1)[1].split('"', 1)[0]
    heading = section.split("<h2>", 1)[1].split("</h2>", 1)[0]
    return element("a", Markup(heading), href=f"#{name}")
