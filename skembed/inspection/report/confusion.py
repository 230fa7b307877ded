"""Section of the report: which classes are taken for which."""

from typing import Any

import numpy as np

from skembed.inspection.report.markup import Markup, element, note, percent, section, table
from skembed.inspection.report.predicted import Predictions

__all__ = ["confusion_section"]

_NAMED = 4  # columns of more classes, or with longer names, have numbers
_SHORT = 14  # characters
_AT_A_GLANCE = 10  # classes of a matrix that is not folded
_MOST = 50  # classes of a matrix
_N_PAIRS = 15
_DARKEST = 0.55  # opacity


def confusion_section(predictions: Predictions) -> Markup:
    """Return a matrix; with many classes, the pairs before it; for several labels, a table."""
    if predictions.multilabel:
        return section("Wrong labels", *_by_label(predictions))
    n = len(predictions.classes)
    counts = np.zeros((n, n), np.int64)
    np.add.at(counts, (predictions.truth, predictions.predicted), 1)
    if n > _MOST:
        return section("Confusion", *_pairs(counts, predictions.classes))
    matrix = [_matrix(counts, predictions.classes), note(_KEY)]
    if n <= _AT_A_GLANCE:
        return section("Confusion", *matrix)
    summary = element("summary", f"All {n:,} classes as a matrix")
    return section(
        "Confusion", *_pairs(counts, predictions.classes), element("details", summary, *matrix)
    )


_KEY = (
    "A row for each true class, a column for each predicted one. Numbers are documents; the "
    "stronger the shade of a cell, the larger its share of the row. Right predictions stand on the "
    "diagonal, in bold."
)


def _matrix(counts: Any, classes: Any) -> Markup:
    n, shares = len(classes), counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [f"{k} {name}" for k, name in enumerate(map(str, classes), 1)]
    head: list[Any] = ["true", *range(1, n + 1)]
    if n <= _NAMED and max(len(str(name)) for name in classes) <= _SHORT:
        names = [*map(str, classes)]
        head = ["true \\ predicted", *names]
    rows = [
        [names[i], *(_cell(int(counts[i, k]), shares[i, k], i == k) for k in range(n))]
        for i in range(n)
    ]
    return table(head, rows, name="Confusion matrix", kind="figures matrix")


def _cell(count: int, share: float, is_right: bool) -> Markup:
    style = f"--s:{_DARKEST * share:.3f}"
    kind = "right" if is_right else ("none" if not count else None)
    return element("td", f"{count:,}", class_=kind, style=style, title=percent(share))


def _pairs(counts: Any, classes: Any) -> list[Markup]:
    wrong = counts * (1 - np.eye(len(counts), dtype=np.int64))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_N_PAIRS]
    pairs = [np.unravel_index(place, wrong.shape) for place in order if wrong.flat[place]]
    if not pairs:
        return [element("p", "No document was put into a wrong class.")]
    rows = [
        [
            classes[i],
            classes[k],
            int(wrong[i, k]),
            percent(wrong[i, k] / counts[i].sum()),
        ]
        for i, k in pairs
    ]
    head = ["true", "predicted", "documents", "of the true class"]
    covered = sum(int(wrong[pair]) for pair in pairs)
    return [
        element(
            "p",
            f"The pairs of classes that are confused most make up {covered:,} of "
            f"{int(wrong.sum()):,} wrong predictions.",
        ),
        table(head, rows, name="Pairs of classes that are confused most", kind="figures pairs"),
    ]


def _by_label(predictions: Predictions) -> list[Markup]:
    true, found = predictions.true_members, predictions.predicted_members
    rows = [
        [
            predictions.classes[k],
            int((true[:, k] & found[:, k]).sum()),
            int((true[:, k] & (1 - found[:, k])).sum()),
            int((found[:, k] & (1 - true[:, k])).sum()),
        ]
        for k in range(len(predictions.classes))
    ]
    decisions = percent(float((true == found).mean()))
    return [
        element(
            "p",
            "A document may have several labels, so none is taken for another one, and there is no "
            f"confusion matrix. Of all decisions on a label of a document, {decisions} are right.",
        ),
        table(["", "right", "missed", "wrongly given"], rows, name="Wrong labels"),
    ]
