"""Explain pipelines that end in a network."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skembed._validation import check_vocabulary
from skembed.errors import ExplanationError
from skembed.inspection.explanations.class_scores import class_contrasts
from skembed.inspection.explanations.integrated_gradients import integrated_gradients
from skembed.inspection.explanations.linear_explanation import Parts
from skembed.inspection.explanations.reading import OCCLUSION, Documents, Terms
from skembed.inspection.explanations.sequence_reading import read_sequences
from skembed.tokenization import HashingTokenizerTransformer, KerasTokenizerTransformer

__all__ = ["explain_network", "network_input"]


def network_input(steps: list[Any], documents: Documents) -> tuple[list[Terms], Any]:
    """Return tokens, with their places in the row of ids, and sequences as the network gets them.

    Parameters
    ----------
    steps : list of estimator
        The fitted steps from a tokenizer to a KerasTextClassifier.
    documents : Documents
        The documents that the tokenizer gets.

    Raises
    ------
    ExplanationError
        If the first step is no tokenizer of skembed.
    """
    from skembed.networks.rows import rows_for

    classifier, tokenizer = steps[-1], steps[0]
    if not isinstance(tokenizer, KerasTokenizerTransformer | HashingTokenizerTransformer):
        raise ExplanationError(
            f"The ids of the network come from {type(tokenizer).__name__}, so it is not known "
            f"which words they stand for. {OCCLUSION}"
        )
    terms, sequences = read_sequences(tokenizer, steps[1:-1], documents)
    check_vocabulary(sequences, classifier.vocabulary_)
    rows: Any = rows_for(classifier._network.spec, sequences.with_index(None))
    if rows.width is None or rows.side == "post":
        return terms, rows
    shifts = rows.width - rows.lengths
    moved = [
        Terms(t.names, t.offsets, np.where(t.columns < 0, -1, t.columns + shift))
        for t, shift in zip(terms, shifts)
    ]
    return moved, rows


def explain_network(
    steps: list[Any], documents: Documents, targets: npt.NDArray[np.int64]
) -> list[Parts]:
    """Divide the scores of a network among words, by integrated gradients.

    Parameters
    ----------
    steps : list of estimator
        The fitted steps from a tokenizer to a KerasTextClassifier.
    documents : Documents
        The documents that the tokenizer gets.
    targets : ndarray of int of shape (n_documents, n_targets)
        The places of the classes to explain.

    Returns
    -------
    list of Parts
        One per document.
    """
    terms, sequences = network_input(steps, documents)
    facts = steps[-1]._network.spec.facts
    contrasts = class_contrasts(facts.n_classes, facts.multilabel)[targets]
    if steps[-1]._network.model.outputs[0].shape[1] == 1:  # the log-odds of the second class
        contrasts = np.sign(contrasts[..., 1:])
    parts: list[Parts] = []
    results = integrated_gradients(steps[-1]._network, sequences, contrasts)
    for of_document, (values, base, scores) in zip(terms, results):
        is_known = of_document.columns >= 0
        contributions = np.zeros((len(is_known), contrasts.shape[1]))
        contributions[is_known] = values[of_document.columns[is_known]]
        of_padding = values.sum(axis=0) - contributions.sum(axis=0)  # if that has vectors
        parts.append(([(of_document, contributions)], base + of_padding, scores))
    return parts
