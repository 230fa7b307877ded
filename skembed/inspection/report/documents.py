"""Section of the report: how many documents there are, and how long they are."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.errors import NotRecordedError
from skembed.inspection.displays.sequence_lengths import token_lengths
from skembed.inspection.report.known_words import known_words
from skembed.inspection.report.markup import Markup, element, note, percent, section, table
from skembed.inspection.report.predicted import Predictions
from skembed.inspection.report.training import Training

__all__ = ["documents_section"]

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def documents_section(
    estimator: Any, predictions: Predictions, training: Training | None
) -> Markup:
    """Return the section.

    Parameters
    ----------
    estimator : estimator
        The fitted pipeline.
    predictions : Predictions
        The test documents.
    training : Training or None
        The documents that the pipeline learned from, if they are known.
    """
    lengths, unit, how, maxlen = _lengths(estimator, predictions.texts)
    scale = max(float(np.quantile(lengths, _QUANTILES[-1])), 1.0)
    members = predictions.true_members.astype(bool)
    head: list[Any] = ["", "test", "share"]
    rows: list[list[Any]] = []
    for k, name in enumerate(predictions.classes):
        n = int(members[:, k].sum())
        rows.append([name, n, percent(n / len(lengths))])
    if training is not None:
        head.append("training")
        for row, n in zip(rows, training.counts.tolist()):
            row.append(n)
    head += ["median", "length"]
    for row, of_class in zip(rows, members.T):
        row += _summary(lengths[of_class], scale)
    cut = ""
    if maxlen is not None:
        cut = f" Documents longer than {maxlen:,} are cut."
        head.append("cut")
        for row, of_class in zip(rows, members.T):
            row.append(percent(float((lengths[of_class] > maxlen).mean())) if row[1] else "–")
    return section(
        "Documents",
        element("p", _sentence(predictions, lengths, unit)),
        training and element("p", training.sentence),
        table(head, rows, name="Documents by class"),
        note(
            f"Length in {unit}, {how}. The box reaches from the first to the third quartile, the "
            f"line from the 5% to the 95% quantile; the scale ends at {scale:,.0f}.{cut}"
        ),
        known_words(estimator, predictions.texts),
    )


def _lengths(
    estimator: Any, texts: list[Any]
) -> tuple[npt.NDArray[np.int64], str, str, int | None]:
    """Return the lengths of documents, their unit, what it means, and where they are cut."""
    try:
        lengths, maxlen = token_lengths(estimator, texts)
    except NotRecordedError:
        words = [len(text.split() if isinstance(text, str) else text) for text in texts]
        return np.array(words), "words", "split at white space", None
    return lengths, "tokens", "as the pipeline reads them", maxlen


def _sentence(predictions: Predictions, lengths: Any, unit: str) -> str:
    several = ""
    if predictions.multilabel:
        mean = float(predictions.true_members.sum(axis=1).mean())
        several = f" A document has {mean:.1f} labels on average."
    return (
        f"{len(lengths):,} test documents with {len(predictions.classes):,} "
        f"{'labels' if predictions.multilabel else 'classes'}. Their median length is "
        f"{np.median(lengths):,.0f} {unit}, the longest has {lengths.max():,}.{several}"
    )


def _summary(lengths: Any, scale: float) -> list[Any]:
    """Return the median as text, and a box plot."""
    if not len(lengths):
        return ["–", ""]
    quantiles = np.quantile(lengths, _QUANTILES)
    places = zip("abcde", np.minimum(quantiles / scale, 1))
    style = ";".join(f"--{name}:{place:.4f}" for name, place in places)
    title = ", ".join(f"{q:.0%}: {x:,.0f}" for q, x in zip(_QUANTILES, quantiles))
    return [
        f"{quantiles[2]:,.0f}",
        element("span", element("i", ""), class_="box", style=style, title=title),
    ]
