"""Which token of a document became which id of a sequence."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed._embedding_step import EmbeddingStep
from skembed.errors import ExplanationError
from skembed.inspection.explanations.reading import OCCLUSION, Documents, Terms, read_tokens
from skembed.padding import PadSequences
from skembed.sequences import TokenSequences

__all__ = ["read_sequences"]


def read_sequences(
    tokenizer: Any, steps: list[Any], documents: Documents
) -> tuple[list[Terms], TokenSequences]:
    """Read documents as sequences of ids.

    Parameters
    ----------
    tokenizer : KerasTokenizerTransformer or HashingTokenizerTransformer
        The fitted tokenizer.
    steps : list of PadSequences, PretrainedEmbeddingMatrix or TrainedEmbeddingMatrix
        The steps after it.
    documents : Documents
        The documents that the tokenizer gets.

    Returns
    -------
    terms : list of Terms
        The tokens of each document. Their columns are their places in the row of ids, without
        padding that is not stored; -1 for unknown and truncated words.
    sequences : TokenSequences
        The documents as the last step returns them.

    Raises
    ------
    ExplanationError
        If a step may change the ids in another way.
    """
    sequences = tokenizer.transform(documents.current)
    terms = [_numbered(of_document) for of_document in read_tokens(tokenizer, documents)]
    for step in steps:
        if isinstance(step, PadSequences):
            terms = [_padded(of_document, step) for of_document in terms]
        elif not isinstance(step, EmbeddingStep):
            raise ExplanationError(
                f"{type(step).__name__} between tokenizer and classifier may change the ids, so it "
                f"is not known which word each of them stands for. {OCCLUSION}"
            )
        sequences = step.transform(sequences)
    return terms, sequences


def _numbered(terms: Terms) -> Terms:
    is_known = terms.columns >= 0
    return replace(terms, columns=np.where(is_known, np.cumsum(is_known) - 1, -1))


def _padded(terms: Terms, step: PadSequences) -> Terms:
    places: npt.NDArray[np.int64] = terms.columns
    n_ids = places.max(initial=-1) + 1
    cut = max(0, n_ids - step.maxlen_) if step.truncating == "pre" else 0
    moved = places - cut
    moved[(places < 0) | (moved < 0) | (moved >= step.maxlen_)] = -1
    if step.value != 0 and step.padding == "pre":  # padding that is stored, as words
        moved[moved >= 0] += max(0, step.maxlen_ - n_ids)
    return replace(terms, columns=moved)
