"""Section of the report: which candidates a search compared, and how well they did."""

from typing import Any

import numpy as np
import pandas as pd

from skembed.errors import NotRecordedError
from skembed.inspection.displays.score_name import score_name
from skembed.inspection.report.markup import Markup, bar, breakable, element, note, section, table
from skembed.inspection.report.size_and_speed import duration
from skembed.inspection.table import search_table, short, shown_parameters

__all__ = ["search_section"]

_N_SHOWN = 10
_N_FOLDED = 190


def search_section(search: Any) -> Markup | None:
    """Return the section; None for what is no search."""
    if not hasattr(search, "cv_results_"):
        return None
    try:
        candidates, name = search_table(search), score_name(search)
    except NotRecordedError as error:
        return section("Search", element("p", f"The candidates cannot be ranked: {error}"))
    head, rows = _rows(candidates, name)
    folded = rows[_N_SHOWN : _N_SHOWN + _N_FOLDED]
    seconds = float(np.nansum(candidates["total_fit_time"]))
    return section(
        "Search",
        element(
            "p",
            f"{type(search).__name__} compared {_count(search, rows)} by {name}, on "
            f"{search.n_splits_} splits of the training documents. All fits together took "
            f"{duration(seconds)}.",
        ),
        table(head, rows[:_N_SHOWN], name="Candidates, best first", kind="search"),
        folded
        and element(
            "details",
            element("summary", f"{len(folded):,} more of {len(rows):,}"),
            table(head, folded, name="More candidates", kind="search"),
        ),
        note(
            "Best first, with the mean score of the splits and its standard deviation over them. "
            "The score of the best of many candidates is a little too good, because it was chosen "
            "for it; the score on the test documents is not."
        ),
    )


def _rows(candidates: pd.DataFrame, name: str) -> tuple[list[Any], list[list[Any]]]:
    parameters = shown_parameters(candidates)
    scores = candidates["mean_test_score"].to_numpy(np.float64)
    finite = scores[np.isfinite(scores)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    rows = []
    for place, (label, values) in enumerate(parameters.iterrows()):
        row = candidates.iloc[place]
        share = (scores[place] - low) / (high - low) if high > low else 1.0
        rows.append(
            [
                label,
                *(breakable(short(value)) for value in values),
                f"{scores[place]:.4g}\xa0±\xa0{row['std_test_score']:.2g}",
                bar(float(np.nan_to_num(share))),
                duration(float(row["mean_fit_time"])),
            ]
        )
    return ["candidate", *map(breakable, parameters.columns), name, "", "fit, per split"], rows


def _count(search: Any, rows: list[Any]) -> str:
    rounds = getattr(search, "n_candidates_", None)  # of a halving search
    n = len(rows) if rounds is None else int(rounds[0])
    counted = f"{n:,} candidate{'s' * (n != 1)}"
    return counted if rounds is None else f"{counted} in {len(rounds)} rounds"
