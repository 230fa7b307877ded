"""Section of the report: the mistakes of which the model was most certain, explained."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.errors import ExplanationError
from skembed.inspection.explanations.explanation import Explanation
from skembed.inspection.explanations.predictions import explain
from skembed.inspection.explanations.shaded_text import shaded_html
from skembed.inspection.report.markup import Markup, element, note, percent, section
from skembed.inspection.report.predicted import Predictions

__all__ = ["mistakes_section", "most_certain_mistakes"]

_LONG = 400  # characters of texts that are folded
_BEGINNING = 120
_MOST_CHARACTERS = 20_000  # that are shown
_MOST_WORDS_LEFT_OUT = 300  # of a text that is explained by leaving out one word at a time


def mistakes_section(estimator: Any, predictions: Predictions, n_mistakes: int) -> Markup:
    """Return the section: the mistakes, each with the words that led to it."""
    n_wrong = int((~predictions.correct).sum())
    if not n_wrong:
        return section("Mistakes", element("p", "There are none in the test documents."))
    places, certainty, labels = most_certain_mistakes(estimator, predictions, n_mistakes)
    texts = [predictions.texts[place] for place in places]
    explanations, method = _explanations(estimator, texts, labels, predictions.classes)
    order = "of which the model was most certain"
    if certainty is None and not hasattr(estimator, "decision_function"):
        order = "in their order, because the model does not say how certain it was"
    cards = [
        _card(predictions, place, None if certainty is None else certainty[i], explanations[i], k)
        for i, (place, k) in enumerate(zip(places, labels))
    ]
    count = f"{n_wrong:,} of {len(predictions.texts):,} test documents got a wrong prediction. "
    shown = f"Below are {len(cards):,} of them, {order}." if len(cards) > 1 else "It is below."
    return section("Mistakes", element("p", count, shown), method, cards)


def most_certain_mistakes(
    estimator: Any, predictions: Predictions, n_mistakes: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64] | None, npt.NDArray[np.int64]]:
    """Return the places of wrong predictions, how certain they were, and the labels to explain.

    The certainty is the probability of the predicted class; with several labels per document,
    that of the most certain wrong decision on a label. It is None if the classifier has no
    probabilities; its `decision_function` gives the order then.
    """
    wrong, probabilities = np.flatnonzero(~predictions.correct), predictions.probabilities
    predicted = predictions.predicted[wrong]
    if predictions.multilabel:
        is_wrong = predicted != predictions.truth[wrong]
        labels = is_wrong.argmax(axis=1)
        if probabilities is not None:
            decided = np.where(predicted > 0, probabilities[wrong], 1 - probabilities[wrong])
            labels = np.where(is_wrong, decided, -1).argmax(axis=1)
            certainty = decided[np.arange(len(wrong)), labels]
    else:
        labels = predicted
        if probabilities is not None:
            certainty = probabilities[wrong, predicted]
    if probabilities is None:
        certainty = _decisions(estimator, [predictions.texts[place] for place in wrong])
    order = np.argsort(-certainty, kind="stable")[:n_mistakes]
    shown = None if probabilities is None else certainty[order]
    return wrong[order], shown, labels[order]


def _decisions(estimator: Any, texts: list[Any]) -> npt.NDArray[np.float64]:
    """Return the largest value of the decision function for each document; zeros without one."""
    if not hasattr(estimator, "decision_function"):
        return np.zeros(len(texts))
    values = np.abs(np.asarray(estimator.decision_function(texts), np.float64))
    return np.asarray(values if values.ndim == 1 else values.max(axis=1))


def _explanations(
    estimator: Any, texts: list[Any], labels: npt.NDArray[np.int64], classes: Any
) -> tuple[list[Explanation | None], Markup]:
    """Explain each text for its label, by occlusion if there is no better way."""
    found: list[Explanation | None] = [None] * len(texts)
    key = (
        "Shaded words led to the prediction, or away from it; the stronger the shade, the more "
        "they did."
    )
    method, chosen = "auto", [*range(len(texts))]
    try:
        _explain_by_label(estimator, texts, labels, classes, found, chosen, method)
    except ExplanationError:
        short = [i for i in chosen if _n_words(texts[i]) <= _MOST_WORDS_LEFT_OUT]
        try:
            _explain_by_label(estimator, texts, labels, classes, found, short, "occlusion")
            if len(short) < len(chosen):
                key += f" Texts of more than {_MOST_WORDS_LEFT_OUT} words are not explained."
        except ExplanationError as error:
            key = f"The predictions could not be explained: {error}"
    return found, note(key)


def _explain_by_label(
    estimator: Any,
    texts: list[Any],
    labels: Any,
    classes: Any,
    found: list[Explanation | None],
    chosen: list[int],
    method: Any,
) -> None:
    for k in np.unique(labels[chosen]):
        members = [i for i in chosen if labels[i] == k]
        some = explain(estimator, [texts[i] for i in members], classes=[classes[k]], method=method)
        for i, explanation in zip(members, some):
            found[i] = explanation


def _n_words(text: Any) -> int:
    return len(text.split() if isinstance(text, str) else text)


def _card(
    predictions: Predictions,
    place: int,
    certainty: float | None,
    explanation: Explanation | None,
    label: int,
) -> Markup:
    text = predictions.texts[place]
    text = text if isinstance(text, str) else " ".join(text)
    facts = [
        ("true", predictions.name(predictions.truth[place])),
        ("predicted", predictions.name(predictions.predicted[place])),
    ]
    if certainty is not None:
        decision = "probability"
        if predictions.multilabel:
            verb = "" if predictions.predicted[place, label] else "not "
            decision = f"probability of {verb}{predictions.classes[label]}"
        facts.append((decision, percent(certainty)))
    facts.append(("place in X_test", f"{place}"))
    body = (
        element("p", _cut(text), class_="text", dir="auto")
        if explanation is None
        else Markup(shaded_html(explanation, _MOST_CHARACTERS))
    )
    if len(text) > _LONG:
        body = element("details", element("summary", _beginning(text), dir="auto"), body)
    head = [element("span", f"{name}: ", element("b", value)) for name, value in facts]
    return element("article", element("p", head, class_="facts"), body)


def _beginning(text: str) -> str:
    """Return the first words of a text, or its first characters if it has no spaces there."""
    start = " ".join(text[:_BEGINNING].split())
    return f"{start.rpartition(' ')[0] or start} …"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]} …"
