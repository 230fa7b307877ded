"""Explain any classifier of text by leaving out one word after the other."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed._characters import UNSPACED
from skembed.errors import ExplanationError
from skembed.inspection.explanations.class_scores import class_scores
from skembed.inspection.explanations.linear_explanation import Parts
from skembed.inspection.explanations.reading import Documents, Terms

__all__ = ["explain_by_occlusion"]

_WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")
_DOCUMENTS_AT_ONCE = 1000


def explain_by_occlusion(
    estimator: Any, documents: Documents, targets: npt.NDArray[np.int64], multilabel: bool
) -> list[Parts]:
    """Return by how much the scores fall if a word is left out, for each word.

    Words are what white space separates; in scripts without spaces, letters.

    Parameters
    ----------
    estimator : estimator
        The fitted pipeline.
    documents : Documents
        The documents.
    targets : ndarray of int of shape (n_documents, n_targets)
        The places of the classes to explain.
    multilabel : bool
        Whether a document may have several labels.

    Returns
    -------
    list of Parts
        One per document.

    Raises
    ------
    ExplanationError
        If the estimator has no ``predict_proba``.
    """
    if not hasattr(estimator, "predict_proba"):
        raise ExplanationError(
            "Occlusion compares probabilities, but the pipeline has no predict_proba: use a "
            "classifier with probabilities, such as CalibratedClassifierCV around this one."
        )

    def scores_of(changed: list[Any]) -> npt.NDArray[np.float64]:
        starts = range(0, len(changed), _DOCUMENTS_AT_ONCE)
        batches = (changed[start : start + _DOCUMENTS_AT_ONCE] for start in starts)
        found = [class_scores(estimator.predict_proba(batch), multilabel) for batch in batches]
        return np.concatenate(found)

    parts: list[Parts] = []
    for given, of_document in zip(documents.given, targets):
        terms, without = _left_out(given)
        scores = scores_of([given, type(given)(), *without])[:, of_document]
        parts.append(([(terms, scores[0] - scores[2:])], scores[1], scores[0]))
    return parts


def _left_out(document: Any) -> tuple[Terms, list[Any]]:
    """Return the words of a document, and the document without each of them."""
    if isinstance(document, str):
        found = [*_WORD.finditer(document)]
        names = [word.group() for word in found]
        spans = [word.span() for word in found]
        without: list[Any] = [document[:start] + " " + document[end:] for start, end in spans]
    else:
        names, without = document, [document[:i] + document[i + 1 :] for i in range(len(document))]
        ends = np.cumsum([len(token) + 1 for token in document]) - 1
        spans = [(end - len(token), end) for token, end in zip(document, ends)]
    offsets = np.array(spans, np.int64).reshape(-1, 2)
    return Terms(names, offsets, np.arange(len(names))), without
