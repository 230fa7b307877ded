"""Word vectors from whatever holds them."""

from collections.abc import Collection, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skembed.errors import VectorFileError, VectorSourceError
from skembed.vectors.encoders import encoded
from skembed.vectors.files.fasttext_bin import fasttext_vectors
from skembed.vectors.files.formats import layout_of
from skembed.vectors.files.read import read_vectors
from skembed.vectors.result import FoundVectors, finite_floats, numbered, picked

__all__ = ["find_vectors", "has_every_word", "subword_vectors", "words_and_values"]


def find_vectors(source: Any, words: Collection[str] | None, **reading: Any) -> FoundVectors:
    """Look words up wherever vectors are.

    Parameters
    ----------
    source : str, path-like, KeyedVectors, mapping, DataFrame or object with ``encode``
        Where the vectors are. A gensim model with vectors in its ``wv`` is as good as
        these. A DataFrame has words as its index. ``encode`` takes a list of str and
        returns an array of as many rows.
    words : collection of str or None
        The words that are wanted; None for all.
    **reading
        How a file is read: see :func:`skembed.vectors.files.read.read_vectors`.

    Raises
    ------
    VectorFileError
        If a file cannot be read, or the vectors are no finite numbers of one length.
    VectorSourceError
        If `source` is none of these.
    """
    source = getattr(source, "wv", source)
    if isinstance(source, str | PathLike):
        return read_vectors(source, words, **reading)
    if hasattr(source, "key_to_index") and hasattr(source, "vectors"):
        return picked(source.key_to_index, source.vectors, words, type(source).__name__)
    if isinstance(source, pd.DataFrame):
        return _from_frame(source, words)
    if isinstance(source, Mapping):
        return _from_mapping(source, words)
    if has_every_word(source) and words is not None:
        return encoded(source, words)
    raise VectorSourceError(
        "Expected word vectors as a path, a gensim KeyedVectors, a mapping from word to vector, a "
        "DataFrame indexed by word or an object with encode(list of str), got "
        f"{type(source).__name__}."
    )


def words_and_values(source: Any) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Return all words of a source and their vectors, row by row.

    Parameters
    ----------
    source : fitted estimator, Pipeline, or as in :func:`find_vectors`
        An estimator gives its ``keyed_vectors_``, a pipeline those of its last step.
    """
    if hasattr(source, "steps"):
        source = source[-1]
    if hasattr(type(source), "keyed_vectors_"):
        source = source.keyed_vectors_
    found = find_vectors(source, None)
    odd = [word for word in found.rows if not isinstance(word, str)]
    if odd:
        raise VectorSourceError(f"Expected words to be str, got {odd[0]!r}.")
    return [*found.rows], found.values


def has_every_word(source: Any) -> bool:
    """Whether a source makes a vector for any word, as sentence encoders do."""
    encode = getattr(source, "encode", None)
    return callable(encode) and not isinstance(source, str | type)


def subword_vectors(
    source: Any, words: Collection[str], *, member: str | None = None, cache: bool = True
) -> npt.NDArray[np.float32] | None:
    """Make vectors for words that a source does not have, of the subwords that it has.

    Parameters
    ----------
    source : object
        As in :func:`find_vectors`.
    words : collection of str
        The words.
    member : str, default=None
        The file wanted from a zip archive.
    cache : bool, default=True
        Keep a model that is read from a file in memory for the next time.

    Returns
    -------
    ndarray of shape (n_words, vector_size), dtype float32, or None
        The vectors; None if the source is no fastText model with subwords.
    """
    source = getattr(source, "wv", source)
    if isinstance(source, str | PathLike) and layout_of(Path(source), member).kind == "fasttext":
        source = fasttext_vectors(Path(source), member, cache=cache)
    if not getattr(source, "max_n", 0):  # no fastText model, or one of whole words
        return None
    return np.array([source.get_vector(word) for word in words], np.float32)


def _from_frame(vectors: pd.DataFrame, words: Collection[str] | None) -> FoundVectors:
    if vectors.empty:
        raise VectorFileError("The DataFrame of word vectors is empty.")
    names = vectors.index.tolist()
    odd = [name for name in names if not isinstance(name, str)]
    if odd:
        raise VectorSourceError(
            f"Expected a DataFrame with words as its index, got {odd[0]!r} there: see set_index()."
        )
    rows = numbered(names, "The DataFrame")
    found = [word for word in (rows if words is None else words) if word in rows]
    try:
        values = vectors.iloc[[rows[word] for word in found]].to_numpy(np.float64)
    except (TypeError, ValueError) as error:
        raise VectorFileError(
            f"The DataFrame holds values that are no numbers ({error}): keep only the columns of "
            "the vectors."
        ) from error
    return finite_floats(found, values, "the DataFrame")


def _from_mapping(vectors: Mapping[str, Any], words: Collection[str] | None) -> FoundVectors:
    if not vectors:
        raise VectorFileError("The mapping of word vectors is empty.")
    size = np.size(next(iter(vectors.values())))
    found = [word for word in (vectors if words is None else words) if word in vectors]
    values = np.zeros((len(found), size))
    for row, word in enumerate(found):
        try:
            vector = np.asarray(vectors[word], np.float64)
        except (TypeError, ValueError):
            vector = np.zeros(0)
        if size == 0 or vector.shape != (size,):
            raise VectorFileError(
                f"The vector of {word!r} is {vectors[word]!r:.60}; expected {size or 'some'} "
                "numbers in a row, as the first word of the mapping has."
            )
        values[row] = vector
    return finite_floats(found, values, "the mapping")
