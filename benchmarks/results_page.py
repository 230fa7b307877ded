"""The page of results: published figures beside ours, as tables and as a picture."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.outcome import Outcome

_PAGE = """\
# Results

Published figures, and ours. Every experiment is a script in `examples`, a few lines of estimators.

*Written by `python -m benchmarks.reproduce --full`, which `tox -e reproduce` runs, not by hand.
{processor}, {cores} cores, {system}, Python {python}; {packages}. {setting} All together took
{hours:.1f} hours.*

```{{image}} results.png
:alt: Published figures beside the mean and the spread of ours
```

The spread is the standard deviation over the seeds. Times are for all seeds together; memory is the
most that the script's process held.

{sections}
"""


def write_page(folder: Path, outcomes: list[Outcome]) -> None:
    """Write results.md and its pictures, results.png and results_curves.png, into the folder."""
    (choices,) = (x for x in outcomes if x.name == "against_tfidf")
    experiments = [x for x in outcomes if x is not choices]
    facts = choices.facts
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    small = "A SMALL SETTING: no figure here means anything."
    page = _PAGE.format(
        **facts | {"packages": packages},
        setting="Seeds 0, 1 and 2." if choices.full else small,
        hours=sum(x.seconds for x in outcomes) / 3600,
        sections="\n".join([*map(_section, experiments), _choices(choices)]),
    )
    draw(experiments).savefig(folder / "results.png", dpi=120)
    for outcome in outcomes:
        if outcome.curves:
            (folder / "results_curves.png").write_bytes(base64.b64decode(outcome.curves))
    (folder / "results.md").write_text(page, encoding="utf-8")


def _heading(outcome: Outcome) -> str:
    """Return the script's docstring, without how to run it, and what the run took."""
    title, _, body = outcome.about.strip().split("\n", 2)
    about = re.split(r"\s*Run it as", body.strip())[0]
    took = f"{outcome.seconds / 60:.1f} minutes, {outcome.megabytes:,.0f} MB"
    date = outcome.facts["date"]
    return f"## {title}\n\n{about}\n\n`examples/{outcome.name}.py`, {date}: {took}.\n"


def _rows(outcome: Outcome) -> list[Any]:
    from experiment import Row  # of the examples, which only some know where to find

    return [Row(**row) for row in outcome.found]


def _section(outcome: Outcome) -> str:
    rows = _rows(outcome)
    lines = [
        "| | published | ours | spread | by seed | minutes |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row.experiment} | {row.published} | **{row.mean:.3f}** | {row.spread:.3f} | "
            f"{', '.join(f'{x:.3f}' for x in row.scores)} | {row.seconds / 60:.1f} |"
            for row in rows
        ),
    ]
    notes = [f"\n*{row.experiment}:* {row.note}" for row in rows if row.note]
    if outcome.printed:
        notes.append(f"\nIt printed:\n\n```text\n{outcome.printed.rstrip()}\n```")
    if outcome.curves:
        notes.append("\n```{image} results_curves.png\n:alt: Loss and accuracy by epoch\n```")
    return "\n".join([_heading(outcome), *lines, *notes, ""])


def _choices(choices: Outcome) -> str:
    """Return the table of the two, and the sets on which each is the better."""
    from against_tfidf import Choice

    found = [Choice(**choice) for choice in choices.found]
    lines = [
        "| set | model | accuracy | spread over folds | fit, s | predict 1,000, s | file, MB |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {c.on} | {c.model} | **{np.mean(c.accuracies):.3f}** | "
            f"{f'{np.std(c.accuracies, ddof=1):.3f}' if len(c.accuracies) > 1 else 'one part'} | "
            f"{c.fit_seconds:.1f} | {c.predict_seconds:.2f} | {c.megabytes:.1f} |"
            for c in found
        ),
    ]
    accuracy = {(c.on, c.model): np.mean(c.accuracies) for c in found}
    better = [
        f"\n{model} is the better by "
        + ", ".join(
            f"{accuracy[on, model] - accuracy[on, rival]:.3f} on {on}"
            for on in dict.fromkeys(on for on, _ in accuracy)
            if accuracy[on, model] > accuracy[on, rival]
        )
        for model, rival in (("TF-IDF", "skembed"), ("skembed", "TF-IDF"))
        if any(accuracy[on, model] > accuracy[on, rival] for on, _ in accuracy)
    ]
    return "\n".join([_heading(choices), *lines, *(f"{sentence}." for sentence in better)])


def draw(outcomes: list[Outcome]) -> Figure:
    """Draw each row's published figure, or range, beside the mean and the spread of ours."""
    lines = [line for x in outcomes for line in (x.name, *_rows(x))]
    figure = Figure(figsize=(8, 0.8 + 0.25 * len(lines)), layout="constrained")
    axes = figure.subplots()
    published = {"marker": "D", "color": "0.6", "markerfacecolor": "white", "markersize": 7}
    ours = {"fmt": "o", "color": "C0", "markersize": 5, "capsize": 3}
    for place, row in enumerate(lines):
        if isinstance(row, str):
            continue
        if figures := [float(x) for x in re.findall(r"\d?\.\d+", row.published)]:
            axes.plot(figures, [place] * len(figures), **published)
        axes.errorbar(row.mean, place, xerr=row.spread, **ours)
    axes.plot([], [], **published, label="published")
    axes.errorbar([], [], xerr=[], **ours, label="ours, and its spread")
    names = [row.replace("_", " ") if isinstance(row, str) else row.experiment for row in lines]
    axes.set_yticks(range(len(lines)), names)
    for label, row in zip(axes.get_yticklabels(), lines):
        label.set_fontweight("bold" if isinstance(row, str) else "normal")
    axes.set(ylim=(len(lines) - 0.5, -0.5), xlim=(0, 1.02), xlabel="accuracy")
    axes.grid(axis="x", color="0.9")
    axes.tick_params(axis="y", length=0)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper right", ncols=2, frameon=False)
    return figure
