"""Word vectors of a fitted estimator, scaled to length 1."""

from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.errors import NoVectorsFoundError
from skembed.inspection.final_step import embedding_step, path_to
from skembed.vectors.lookup import words_and_values

__all__ = ["rows_of", "source_of_vectors", "unit_vectors"]

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
    lengths = np.linalg.norm(values, axis=1).astype(np.float64)
    kept = np.flatnonzero(lengths)
    rows = {words[i]: row for row, i in enumerate(kept.tolist())}
    return rows, values[kept] / lengths[kept, np.newaxis]


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
