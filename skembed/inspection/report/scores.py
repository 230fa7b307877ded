"""Section of the report: accuracy, F1, and scores by class, with intervals."""

from dataclasses import dataclass

import numpy as np

from skembed.inspection.report.intervals import f1_interval, f1_scores, wilson_interval
from skembed.inspection.report.markup import Markup, bar, element, note, percent, section, table
from skembed.inspection.report.predicted import Predictions

__all__ = ["Scores", "interval_text", "score_section"]


@dataclass(frozen=True)
class Scores:
    """Scores of predictions, with 95 % intervals.

    Attributes
    ----------
    accuracy, macro_f1, baseline : float
        Share of documents that are all right; mean F1 of the classes; share of the most frequent
        class, or set of labels.
    accuracy_interval, f1_interval : tuple of float
        The intervals.
    most_frequent : str
        The most frequent class, or set of labels.
    """

    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    f1_interval: tuple[float, float]
    baseline: float
    most_frequent: str

    @classmethod
    def of(cls, predictions: Predictions) -> "Scores":
        """Compute the scores."""
        correct, truth = predictions.correct, predictions.truth
        true, found = predictions.true_members, predictions.predicted_members
        f1 = f1_scores((true & found).sum(axis=0), true.sum(axis=0), found.sum(axis=0))
        outcomes, counts = np.unique(truth, axis=0, return_counts=True)
        return cls(
            float(correct.mean()),
            wilson_interval(int(correct.sum()), len(correct)),
            float(np.nanmean(f1)),
            f1_interval(true, found),
            float(counts.max() / len(truth)),
            predictions.name(outcomes[counts.argmax()]),
        )


def interval_text(interval: tuple[float, float]) -> str:
    """Return an interval of a share in percent."""
    low, high = interval
    return f"{low:.1%} to {high:.1%}"


def score_section(predictions: Predictions, scores: Scores) -> Markup:
    """Return the section."""
    kind = "set of labels" if predictions.multilabel else "class"
    classes = "labels" if predictions.multilabel else "classes"
    rows = [
        ["accuracy", percent(scores.accuracy), interval_text(scores.accuracy_interval)],
        [f"mean F1 of the {classes}", percent(scores.macro_f1), interval_text(scores.f1_interval)],
        [f"always “{scores.most_frequent}”", percent(scores.baseline), ""],
    ]
    one = "label" if predictions.multilabel else "class"
    right = "all labels are right" if predictions.multilabel else "the class is right"
    return section(
        "Score",
        table(["", "value", "95% interval"], rows, name="Scores with their intervals"),
        note(
            f"Accuracy is the share of documents of which {right}; its interval is Wilson's. "
            "The interval of F1 is that of 1,000 bootstrap samples of the test documents. Both say "
            "what to expect on other documents of the same kind, not on documents of another one. "
            f"“{scores.most_frequent}” is the most frequent {kind}.",
        ),
        element("h3", "By label" if predictions.multilabel else "By class"),
        _by_class(predictions),
        note(
            f"Precision: of the documents that get this {one}, the share that has it. Recall: of "
            f"the documents that have this {one}, the share that gets it. F1: their harmonic mean."
        ),
    )


def _by_class(predictions: Predictions) -> Markup:
    true, found = predictions.true_members, predictions.predicted_members
    hits, n_true, n_found = (true & found).sum(axis=0), true.sum(axis=0), found.sum(axis=0)
    f1 = f1_scores(hits, n_true, n_found)
    rows = [
        [
            predictions.classes[k],
            _share(hits[k], n_found[k]),
            _share(hits[k], n_true[k]),
            "–" if np.isnan(f1[k]) else percent(f1[k]),
            int(n_true[k]),
            bar(float(np.nan_to_num(f1[k]))),
        ]
        for k in range(len(predictions.classes))
    ]
    head = ["", "precision", "recall", "F1", "documents", "F1"]
    return table(head, rows, name="Precision, recall and F1 by class", kind="figures by-class")


def _share(n: int, of: int) -> str:
    return percent(n / of) if of else "–"
