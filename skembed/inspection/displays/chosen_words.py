"""Choose words to draw: named, frequent, or telling classes apart."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skembed._embedding_step import vocabulary_of
from skembed.errors import NotRecordedError
from skembed.inspection.final_step import path_to, sequences_at
from skembed.inspection.word_counts import WordCounts, class_members
from skembed.sequences import TokenSequences

__all__ = ["choose_words"]

Floats = npt.NDArray[np.float64]
Classes = npt.NDArray[Any] | None
Leanings = npt.NDArray[np.int64] | None


def choose_words(
    estimator: Any, source: Any, known: list[str], X: Any, y: Any, words: Any
) -> tuple[list[str], Classes, Leanings]:
    """Return the chosen words and, with documents, the classes and which one each word speaks for.

    Parameters
    ----------
    estimator, X, y, words : object
        As for ``EmbeddingDisplay.from_estimator``.
    source : object
        What has the word vectors: a step of the estimator, or the estimator itself.
    known : list of str
        The words with a vector, most frequent first.

    Raises
    ------
    NotRecordedError
        If only one of `X` and `y` is given, or `source` is no step that gets documents.
    TargetError
        If `y` holds no class labels, has another length, or has only one class.
    """
    if (X is None) != (y is None):
        raise NotRecordedError(
            "Expected both X and y, to find the words that speak for a class, or neither; "
            f"got only {'y' if X is None else 'X'}."
        )
    is_number = isinstance(words, int | np.integer)
    chosen = known[: int(words)] if is_number else [*dict.fromkeys(map(str, words))]
    if X is None:
        return chosen, None, None
    path = path_to(estimator, lambda step: step is source and hasattr(step, "fit"))
    if not path:
        raise NotRecordedError(
            f"Counting the words of X needs an estimator, got {type(estimator).__name__}."
        )
    sequences = sequences_at(path, X)
    vocabulary = vocabulary_of(sequences)
    classes, scores = telling_scores(sequences, y)
    if is_number:
        known = [word for word in known if word in vocabulary]
        of_known = scores[:, [vocabulary[word] for word in known]]
        chosen = [known[i] for i in most_telling(of_known, int(words))]
    return chosen, classes, scores[:, [vocabulary.get(word, 0) for word in chosen]].argmax(axis=0)


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
