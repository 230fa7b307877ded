"""Write what was measured on a card into the page about cards."""

from pathlib import Path
from typing import Any

from benchmarks.figures import Figure

__all__ = ["NOT_RUN", "PAGE", "write_figures"]

PAGE = Path(__file__).parents[1] / "docs" / "card.md"
NOT_RUN = "*Not run on a card yet.*"


def write_figures(backend: str, card: str, facts: dict[str, Any], figures: list[Figure]) -> str:
    """Replace the figures of a backend in ``docs/card.md``, and return them as Markdown.

    Parameters
    ----------
    backend : str
        The backend; its figures stand between two comments of the page that name it.
    card : str
        The name of the card.
    facts : dict
        The machine; see `describe_machine`.
    figures : list of Figure
        What was measured.
    """
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    rows = "\n".join(map(_row, figures))
    text = (
        f"*{card}; {facts['cores']} cores, Python {facts['python']}; {packages}; {facts['date']}. "
        f"Written by `KERAS_BACKEND={backend} python -m benchmarks card`.*\n\n"
        f"| | measured | compared with | ratio | bound |\n|---|---|---|---|---|\n{rows}"
    )
    start, end = f"<!-- figures of {backend} -->", f"<!-- end of {backend} -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(start)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")
    return text


def _row(figure: Figure) -> str:
    measured = f"{figure.ours:.3g} {figure.unit}"
    rival = "" if figure.theirs is None else f"{figure.rival}: {figure.theirs:.3g} {figure.unit}"
    ratio = "" if figure.theirs is None else f"{figure.value:.2f}"
    bounds = {"≥": figure.at_least, "≤": figure.at_most}
    bound = " ".join(f"{sign} {number:g}" for sign, number in bounds.items() if number is not None)
    missed = " (missed)" if figure.holds is False else ""
    return f"| {figure.what} | {measured} | {rival} | {ratio} | {bound}{missed} |"
