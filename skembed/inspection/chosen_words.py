"""Word vectors of a fitted estimator, and the words that tell classes apart."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.errors import NoVectorsFoundError
from skembed.inspection.final_step import embedding_step, path_to
from skembed.inspection.word_counts import WordCounts, class_members
from skembed.sequences import TokenSequences
from skembed.vectors.lookup import words_and_values

__all__ = ["most_telling", "rows_of", "source_of_vectors", "telling_scores", "unit_vectors"]

Floats = npt.NDArray[np.float64]


def source_of_vectors(source: Any) -> Any:
    """Return what has the word vectors: a network before an embedding step, or `source` itself.

    Raises
    ------
    NotRecordedError
        If an estimator has no word vectors.
    """
    if not hasattr(source, "fit"):  # a mapping, a DataFrame, a KeyedVectors
        return source
    for wanted in (_is_network, _has_vectors):
        if path := path_to(source, wanted):
            return path[-1]
    return embedding_step(source)[-1]


def _has_vectors(step: Any) -> bool:
    return hasattr(type(step), "keyed_vectors_")


def _is_network(step: Any) -> bool:
    return _has_vectors(step) and hasattr(type(step), "embedding_weights_")


def unit_vectors(source: Any) -> tuple[dict[str, int], Floats]:
    """Return the row of each word that has a vector other than zero, and vectors of length 1.

    Parameters
    ----------
    source : object
        What `source_of_vectors` returned.
    """
    words, values = words_and_values(source)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    units = np.divide(values, lengths, out=np.zeros(values.shape), where=lengths > 0)
    return {words[i]: i for i in np.flatnonzero(lengths).tolist()}, units


def rows_of(words: list[str], rows: dict[str, int], at_least: int = 2) -> list[int]:
    """Return the rows of words.

    Raises
    ------
    NoVectorsFoundError
        If a word has no vector, or there are fewer than `at_least`.
    """
    absent = [word for word in words if word not in rows]
    if absent:
        raise NoVectorsFoundError(
            f"No vector for {', '.join(map(repr, absent[:5]))}{', …' * (len(absent) > 5)}: "
            f"expected words such as {', '.join(map(repr, [*rows][:3]))}, as the cleaning and "
            "tokenization steps leave them."
        )
    if len({*words}) < at_least:
        raise NoVectorsFoundError(
            f"Expected at least two words with a vector to draw, got {words!r}."
        )
    return [rows[word] for word in words]


def telling_scores(sequences: TokenSequences, y: Any) -> tuple[npt.NDArray[Any], Floats]:
    """Return how clearly each id speaks for each class.

    Parameters
    ----------
    sequences : TokenSequences
        The documents.
    y : array-like of shape (n_documents,) or (n_documents, n_labels)
        Their classes.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The classes.
    scores : ndarray of shape (n_classes, n_ids), dtype float64
        The log ratio of the share of the documents of the class that have the word, and the same
        share of the other documents, divided by its standard error. Counts are smoothed by 1/2.
    """
    classes, members = class_members(y, len(sequences))
    inside = WordCounts.of(sequences, y).documents + 0.5
    outside = WordCounts.of(sequences).documents - inside + 1.0
    n_inside = members.sum(axis=0)[:, None] + 1.0
    n_outside = len(sequences) - n_inside + 2.0
    log_ratio = np.log(inside / n_inside) - np.log(outside / n_outside)
    variance = 1 / inside - 1 / n_inside + 1 / outside - 1 / n_outside
    return classes, log_ratio / np.sqrt(variance)


def most_telling(scores: Floats, n: int) -> list[int]:
    """Return the columns that speak most clearly for the classes, in turn one for each class."""
    best = np.argsort(-scores, axis=1, kind="stable")
    return [*dict.fromkeys(best.T.ravel().tolist())][:n]
