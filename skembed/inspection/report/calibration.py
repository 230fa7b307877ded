"""Section of the report: whether probabilities are what they claim to be."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skembed.inspection.report.intervals import wilson_interval
from skembed.inspection.report.markup import Markup, bar, element, note, percent, section, table
from skembed.inspection.report.predicted import Predictions
from skembed.inspection.report.scores import interval_text

__all__ = ["Calibration", "calibration_section"]

_N_BINS = 10


@dataclass(frozen=True)
class Calibration:
    """How often predictions are right, by how probable they claim to be.

    Attributes
    ----------
    counts, hits : ndarray of int of shape (10,)
        Predictions by confidence, in ten bins of equal width; those of them that are right.
    confidences : ndarray of shape (10,)
        The sum of the confidences of each bin.
    """

    counts: npt.NDArray[np.int64]
    hits: npt.NDArray[np.int64]
    confidences: npt.NDArray[np.float64]

    @classmethod
    def of(cls, predictions: Predictions) -> "Calibration | None":
        """Count; None without probabilities.

        The confidence is the probability of the predicted class. With several labels per document
        it is the probability of each label, and "right" means that the document has the label.
        """
        probabilities = predictions.probabilities
        if probabilities is None:
            return None
        if predictions.multilabel:
            confidence, right = probabilities.ravel(), predictions.truth.ravel() > 0
        else:
            confidence = probabilities[np.arange(len(probabilities)), predictions.predicted]
            right = predictions.correct
        bins = np.minimum((confidence * _N_BINS).astype(np.int64), _N_BINS - 1)
        return cls(
            np.bincount(bins, minlength=_N_BINS),
            np.bincount(bins[right], minlength=_N_BINS),
            np.bincount(bins, confidence, _N_BINS).astype(np.float64),
        )

    @property
    def error(self) -> float:
        """The expected calibration error (Guo et al. 2017)."""
        return float(np.abs(self.confidences - self.hits).sum() / self.counts.sum())

    @property
    def excess(self) -> float:
        """The mean confidence, minus the share of predictions that are right."""
        return float((self.confidences - self.hits).sum() / self.counts.sum())


def calibration_section(predictions: Predictions, calibration: Calibration | None) -> Markup:
    """Return the section, which says so if there are no probabilities."""
    if calibration is None:
        text = "The classifier has no probabilities (no predict_proba), so there is no calibration."
        return section("Calibration", element("p", text))
    what = "a label" if predictions.multilabel else "the predicted class"
    rows = []
    for i in np.flatnonzero(calibration.counts):
        n, hits = int(calibration.counts[i]), int(calibration.hits[i])
        mean = float(calibration.confidences[i] / n)
        rows.append(
            [
                f"{100 * i // _N_BINS}–{100 * (i + 1) // _N_BINS}%",
                bar(hits / n, mean),
                percent(hits / n),
                percent(mean),
                n,
                interval_text(wilson_interval(hits, n)),
            ]
        )
    right = "has it" if predictions.multilabel else "right"
    head = ["probability", "", right, "claimed", "cases", "95% interval"]
    return section(
        "Calibration",
        element("p", _verdict(calibration, predictions.multilabel)),
        table(head, rows, name="Calibration"),
        note(
            f"When the model gives {what} a probability of 80%, it should be right in 80 of 100 "
            "cases. The bar is the share that is right, the upright line the mean of the claimed "
            "probabilities; the bar should end at the line. The expected calibration error is the "
            "mean distance of the two, over all cases."
        ),
    )


def _verdict(calibration: Calibration, multilabel: bool) -> str:
    error = f"The expected calibration error is {calibration.error:.3f}."
    points = f"{100 * abs(calibration.excess):.1f} percentage points"
    if multilabel:
        side = "high" if calibration.excess > 0 else "low"
        return f"{error} On average, the probability of a label is {points} too {side}."
    more = "more" if calibration.excess > 0 else "less"
    return f"{error} On average, the model is {points} {more} certain than it is right."
