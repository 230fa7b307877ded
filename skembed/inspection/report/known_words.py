"""What the report says of words with and without vectors."""

from typing import Any

import numpy as np

from skembed.errors import NotRecordedError
from skembed.inspection.coverage_table import count_covered
from skembed.inspection.final_step import embedding_step
from skembed.inspection.report.markup import Markup, element, percent, table

__all__ = ["known_words"]

_N_MISSING = 10


def known_words(estimator: Any, texts: list[Any]) -> Markup | None:
    """Return which words of the documents have vectors; None for a pipeline without vectors."""
    try:
        step = embedding_step(estimator)[-1]
    except NotRecordedError:
        return None
    learned, counted = step.coverage_, count_covered(estimator, texts)
    tokens, documents = counted.tokens[0], counted.documents[0]
    covered = float(tokens[counted.has_vector].sum() / max(1, tokens.sum()))
    missing = np.flatnonzero(~counted.has_vector & counted.in_vocabulary)
    missing = missing[np.argsort(-documents[missing], kind="stable")][:_N_MISSING]
    rows = [[element("bdi", counted.words[i]), int(tokens[i]), int(documents[i])] for i in missing]
    head = ["word without a vector", "occurrences", "test documents"]
    return element(
        "div",
        element("h3", "Words with a vector"),
        element(
            "p",
            f"{learned.n_found:,} of the {learned.n_words:,} words of the vocabulary have a word "
            f"vector. Of the running words that the pipeline read, {percent(covered)} have one in "
            f"the test documents, and {percent(learned.token_fraction)} had one in training.",
        ),
        rows and table(head, rows, name="Frequent words without a vector"),
    )
