"""Section of the report: size, and the time to fit and to predict."""

import math
import os
import statistics
import time
from dataclasses import dataclass
from typing import Any

from skembed.inspection.costs import count_parameters, pickled_bytes
from skembed.inspection.final_step import final_step
from skembed.inspection.report.markup import Markup, facts, note, section
from skembed.inspection.report.predicted import Predictions

__all__ = ["Costs", "cost_section", "duration"]

_N_CALLS = 10
_MOST_SECONDS = 2.0


@dataclass(frozen=True)
class Costs:
    """Size and speed of a pipeline.

    Attributes
    ----------
    n_bytes : float
        Size of its pickle; NaN if it cannot be pickled.
    n_parameters : int
        Number of parameters of its network; 0 if it has none.
    one, all : float
        Seconds to predict one document, and all test documents.
    """

    n_bytes: float
    n_parameters: int
    one: float
    all: float

    @classmethod
    def of(cls, estimator: Any, predictions: Predictions) -> "Costs":
        """Measure them, with a document of median length."""
        by_length = sorted(predictions.texts, key=len)
        document: list[Any] = [by_length[len(by_length) // 2]]
        times: list[float] = []
        estimator.predict(document)
        while len(times) < _N_CALLS and sum(times) < _MOST_SECONDS:
            start = time.perf_counter()
            estimator.predict(document)
            times.append(time.perf_counter() - start)
        return cls(
            pickled_bytes(estimator),
            count_parameters(estimator)[0],
            statistics.median(times),
            predictions.seconds,
        )

    @property
    def size(self) -> str:
        """The size in megabytes, as text."""
        if math.isnan(self.n_bytes):
            return "cannot be pickled"
        return f"{self.n_bytes / 1e6:,.1f} MB"


def duration(seconds: float) -> str:
    """Return a time as text, with a unit of its size."""
    if math.isnan(seconds):
        return "unknown"
    if seconds < 1:
        return f"{1_000 * seconds:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7_200 else f"{seconds / 3_600:,.1f} h"


def cost_section(given: Any, estimator: Any, predictions: Predictions, costs: Costs) -> Markup:
    """Return the section.

    Parameters
    ----------
    given : search or pipeline
        What the report is made of.
    estimator : estimator
        The pipeline, or the best one of the search.
    predictions : Predictions
        The predictions of the test documents.
    costs : Costs
        What was measured.
    """
    n = len(predictions.texts)
    per_second = n / costs.all if costs.all else math.inf
    rows = [
        ("Size of the saved pipeline", costs.size),
        ("Prediction of one document", duration(costs.one)),
        (
            f"Prediction of the {n:,} test documents",
            f"{duration(costs.all)}, {per_second:,.0f} documents per second",
        ),
    ]
    if costs.n_parameters:
        rows.append(("Parameters of the network", f"{costs.n_parameters:,}"))
    training = getattr(final_step(estimator), "training_time_", math.nan)
    if not math.isnan(training):
        rows.append(("Training of the network", duration(training)))
    if hasattr(given, "refit_time_"):
        rows.append(("Fit of the best pipeline on all training documents", _refit_time(given)))
    cores = os.cpu_count()
    return section(
        "Size and speed",
        facts(rows),
        note(
            "Loaded into memory, the arrays of a pipeline take about as much as its file. "
            f"Predictions were timed by the clock while this report was made, on a machine with "
            f"{cores} processor cores, one document at a time and all at once."
        ),
    )


def _refit_time(search: Any) -> str:
    return duration(float(search.refit_time_))
