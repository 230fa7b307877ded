"""Explain the predictions of a pipeline."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import StrOptions, validate_params
from sklearn.utils.validation import check_is_fitted

from skembed.inspection.explanations.class_scores import places_of_classes
from skembed.inspection.explanations.explanation import Explanation, Explanations
from skembed.inspection.explanations.linear_explanation import (
    Parts,
    explain_linear,
    read_texts,
    steps_of,
)
from skembed.inspection.explanations.network_explanation import explain_network
from skembed.inspection.explanations.occlusion import explain_by_occlusion
from skembed.inspection.explanations.reading import Documents, Terms

__all__ = ["explain"]

_DOCUMENTS_AT_ONCE = 100


@validate_params(
    {"method": [StrOptions({"auto", "occlusion"})]}, prefer_skip_nested_validation=True
)
def explain(
    pipeline: Any,
    texts: Any,
    *,
    classes: Any = None,
    method: Literal["auto", "occlusion"] = "auto",
) -> Explanations:
    """Explain predictions: what each word and n-gram adds to the score of a class.

    The score of one of two classes is its log-odds against the other; that of a label of
    multilabel targets, its log-odds; that of one of several classes, its log-probability minus
    the mean of those of all classes.

    - Linear models of counts, such as those of :func:`~skembed.make_text_classifier`, and of pooled
      word vectors: the score is a sum over the features of the document, which is divided among
      their terms. It is added to the score of a document without words. With several classes,
      and where a vote limits probabilities, the features grow from zero in proportion, and the
      slopes of the score are integrated on the way [1]_.
    - Networks: integrated gradients [1]_ by word. All word vectors of the document grow from
      zero in proportion, and the number of steps is raised until the contributions add up. For
      ``"cnn"`` and ``"multichannel_cnn"`` the integral is computed without steps.
    - Any classifier with ``method="occlusion"``: by how much the score falls without a word
      [2]_. These contributions need not add up.

    Parameters
    ----------
    pipeline : Pipeline, or a search with ``best_estimator_``
        A fitted pipeline from text to classes.
    texts : list, tuple, ndarray or Series of str, or of lists of str
        The documents, as for ``pipeline.predict``.
    classes : label, list of labels, "all" or None, default=None
        The classes to explain. None: the second one of two classes, otherwise the most
        probable class or label of each document.
    method : {"auto", "occlusion"}, default="auto"
        ``"auto"`` takes the method that fits the pipeline.

    Returns
    -------
    Explanations
        A sequence of one :class:`Explanation` per document.

    Raises
    ------
    NotFittedError
        If the pipeline is not fitted.
    DocumentsError
        If `texts` is not a column of text or of lists of tokens.
    ExplanationError
        If the pipeline has a step that this function cannot see through; the message names the
        step and what to do.
    InvalidParameterError
        If a class is unknown to the pipeline.

    Warns
    -----
    ExplanationWarning
        If the contributions of a network differ in sum from the difference of the scores by
        more than 1 % of it, or 0.01 if it is below 1, although the steps were made small.

    See Also
    --------
    telling_words : The words that speak most for each class in many documents.
    filter_windows : The windows of words that fire the filters of a convolution most.

    Notes
    -----
    A contribution says what the model made of a word, not whether it was right to do so. Words
    that the model does not know, and words that were cut off, contribute zero.

    References
    ----------
    .. [1] Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017.
    .. [2] Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014.

    Examples
    --------
    >>> from skembed import make_text_classifier
    >>> from skembed.inspection import explain
    >>> texts = ["good work", "very good", "poor work", "very poor"]
    >>> model = make_text_classifier(random_state=0).fit(texts, ["yes", "yes", "no", "no"])
    >>> (explanation,) = explain(model, ["Good work!"])
    >>> explanation.by_word().to_frame().round(1)
      token  start  end  for yes
    0  good      0    4      1.6
    1  work      5    9      0.4
    2     !      9   10      0.0
    """
    estimator = getattr(pipeline, "best_estimator_", pipeline)
    check_is_fitted(estimator)
    documents, steps = Documents.of(texts), steps_of(estimator)
    multilabel = _is_multilabel(estimator)
    known = np.asarray(estimator.classes_)
    places = places_of_classes(classes, known, multilabel)
    if places is None:
        targets = estimator.predict_proba(texts).argmax(axis=1)[:, np.newaxis]
    else:
        targets = np.tile(places, (len(documents.given), 1))
    if method == "occlusion":
        parts = explain_by_occlusion(estimator, documents, targets, multilabel)
        name = "occlusion"
    else:
        parts, name = _parts(steps, documents, targets)
    return Explanations(
        _explanation(
            text, *of_document, known[of_targets], _opposites(known, of_targets, multilabel), name
        )
        for text, of_document, of_targets in zip(documents.texts, parts, targets)
    )


def _parts(
    steps: list[Any], documents: Documents, targets: npt.NDArray[np.int64]
) -> tuple[list[Parts], str]:
    if hasattr(steps[-1], "_network"):
        return explain_network(*read_texts(steps, documents), targets), "integrated gradients"
    parts: list[Parts] = []
    for start in range(0, len(targets), _DOCUMENTS_AT_ONCE):
        some = slice(start, start + _DOCUMENTS_AT_ONCE)
        parts += explain_linear(steps, Documents.of(documents.given[some]), targets[some])
    return parts, "exact"


def _is_multilabel(estimator: Any) -> bool:
    classifier = steps_of(estimator)[-1]
    if hasattr(classifier, "_network"):
        return bool(classifier._network.spec.facts.multilabel)
    return bool(getattr(classifier, "_multilabel", getattr(classifier, "multilabel_", False)))


def _opposites(known: Any, targets: Any, multilabel: bool) -> tuple[Any, ...]:
    if len(known) == 2 and not multilabel:
        return tuple(known[1 - k] for k in targets)
    return tuple(f"not {known[k]}" for k in targets)


def _explanation(
    text: str,
    terms: list[tuple[Terms, Any]],
    base: Any,
    scores: Any,
    classes: Any,
    opposites: tuple[Any, ...],
    method: str,
) -> Explanation:
    """Join what several models read; contributions of the same part of the text are added."""
    names: list[str] = []
    offsets: list[Any] = []
    contributions: list[Any] = []
    row_at: dict[tuple[int, int], int] = {}
    for read, values in terms:
        for name, span, value in zip(read.names, map(tuple, read.offsets.tolist()), values):
            row = row_at.get(span, -1) if span[0] >= 0 else -1
            if row >= 0:
                contributions[row] = contributions[row] + value
                continue
            row_at[span] = len(names)
            names.append(name)
            offsets.append(span)
            contributions.append(value)
    spans = np.array(offsets, np.int64).reshape(-1, 2)
    values = np.array(contributions, np.float64).reshape(-1, len(classes))
    order = np.lexsort((spans[:, 1], spans[:, 0])) if len(terms) > 1 else np.arange(len(names))
    tokens = np.empty(len(names), object)
    tokens[:] = names
    return Explanation(
        text, tokens[order], spans[order], values[order], base, scores, classes, opposites, method
    )
