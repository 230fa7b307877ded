"""Section of the report: the words that speak most for each class."""

from typing import Any

import numpy as np

from skembed.errors import ExplanationError
from skembed.inspection.explanations.class_words import telling_words
from skembed.inspection.explanations.predictions import explain
from skembed.inspection.explanations.reading import OCCLUSION
from skembed.inspection.report.markup import Markup, bar, element, note, section, table
from skembed.inspection.report.predicted import Predictions

__all__ = ["words_section"]

_N_DOCUMENTS = 500  # explaining takes longer than predicting
_MOST_SCORES = 50_000  # of documents for classes
_FEWEST = 50
_N_WORDS = 10


def words_section(estimator: Any, predictions: Predictions) -> Markup:
    """Return the section: a list of words for each class."""
    texts = predictions.texts
    n = min(_N_DOCUMENTS, max(_FEWEST, _MOST_SCORES // len(predictions.classes)))
    if len(texts) > n:
        chosen = np.random.default_rng(0).choice(len(texts), n, replace=False)
        texts = [texts[place] for place in np.sort(chosen)]
    title = "Words that speak for each class"
    try:
        found = telling_words(explain(estimator, texts, classes="all"), None, n_words=_N_WORDS)
    except ExplanationError as error:
        reason = str(error).removesuffix(OCCLUSION)
        return section(title, element("p", f"They could not be found: {reason}"))
    lists = [
        element("div", element("h3", label), _list(words, label))
        for label, words in found.groupby("class", sort=False)
    ]
    return section(
        title,
        element("div", lists, class_="columns"),
        note(
            f"What an occurrence of the word adds to the score of the class on average, in "
            f"{len(texts):,} of the test documents, and in how many of them it occurs. Words with "
            "a space between them are a sequence. The score is the logarithm of the odds with two "
            "classes, otherwise of the probability compared with that of the other classes."
        ),
    )


def _list(words: Any, label: Any) -> Markup:
    largest = words["contribution"].max()
    rows = [
        [element("bdi", token), bar(value / largest), f"{value:+.2f}", int(n)]
        for token, value, n in zip(words["token"], words["contribution"], words["documents"])
    ]
    return table(["word", "", "adds", "documents"], rows, name=f"Words that speak for {label}")
