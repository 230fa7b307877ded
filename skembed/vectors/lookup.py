"""Look up word vectors in any supported source."""

from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from skembed.errors import VectorFileError, VectorSourceError
from skembed.vectors.encoders import encode_words
from skembed.vectors.files.fasttext_bin import is_fasttext, load_fasttext_vectors
from skembed.vectors.files.read import read_vectors
from skembed.vectors.result import FoundVectors, number_rows, pick_rows, to_finite_floats

__all__ = ["find_vectors", "has_every_word", "subword_vectors", "words_and_values"]


def find_vectors(source: Any, words: Collection[str] | None, **reading: Any) -> FoundVectors:
    """Look up the vectors of words in a source.

    Parameters
    ----------
    source : str, path-like, KeyedVectors, mapping, DataFrame or object with ``encode``
        Source of the vectors. A gensim model is replaced by its ``wv`` attribute. A
        DataFrame is indexed by word. ``encode`` takes a list of str and returns an array
        with one row per str.
    words : collection of str or None
        Words to look up; None returns all words of the source.
    **reading
        Options for reading a file: see :func:`skembed.vectors.files.read.read_vectors`.

    Raises
    ------
    VectorFileError
        If a file cannot be read, or the vectors are not finite or differ in length.
    VectorSourceError
        If the type of `source` is not supported, or `member` is set and it is no file.
    """
    source = getattr(source, "wv", source)
    if isinstance(source, str | PathLike):
        return read_vectors(source, words, **reading)
    if reading.get("member") is not None:
        raise VectorSourceError(
            f"member={reading['member']!r} names a file in a zip archive, but the vectors were "
            f"given as {type(source).__name__}: leave member=None."
        )
    if hasattr(source, "key_to_index") and hasattr(source, "vectors"):
        return pick_rows(source.key_to_index, source.vectors, words, type(source).__name__)
    if isinstance(source, pd.DataFrame):
        return _from_frame(source, words)
    if isinstance(source, Mapping):
        return _from_mapping(source, words)
    if has_every_word(source) and words is not None:
        return encode_words(source, words)
    raise VectorSourceError(
        "Expected word vectors as a path, a gensim KeyedVectors, a mapping from word to vector, a "
        "DataFrame indexed by word or an object with encode(list of str), got "
        f"{type(source).__name__}."
    )


def words_and_values(source: Any) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Return all words of a source, and a matrix of their vectors in the same order.

    Parameters
    ----------
    source : fitted estimator, Pipeline, or as in :func:`find_vectors`
        For an estimator, its ``keyed_vectors_``; for a pipeline, those of its last step.
    """
    if hasattr(source, "steps"):
        source = source[-1]
    if hasattr(type(source), "keyed_vectors_"):
        source = source.keyed_vectors_
    if isinstance(source, dict) and source and all(hasattr(x, "vectors") for x in source.values()):
        raise VectorSourceError(
            "This classifier was fitted on a table and has word vectors for each text: pass "
            f"those of one, as classifier.keyed_vectors_[{next(iter(source))!r}]."
        )
    found = find_vectors(source, None)
    invalid = [word for word in found.rows if not isinstance(word, str)]
    if invalid:
        raise VectorSourceError(
            f"Expected words as str, got {invalid[0]!r}: convert the words to str."
        )
    return [*found.rows], found.values


def has_every_word(source: Any) -> bool:
    """Whether a source can encode any word, as sentence encoders can."""
    encode = getattr(source, "encode", None)
    return callable(encode) and not isinstance(source, str | type)


def subword_vectors(
    source: Any,
    words: Sequence[str],
    *,
    member: str | None = None,
    decode_error: Literal["strict", "replace"] = "strict",
    cache: bool = True,
) -> npt.NDArray[np.float32] | None:
    """Compute vectors for out-of-vocabulary words from the subwords of a fastText model.

    Parameters
    ----------
    source : object
        Source as in :func:`find_vectors`.
    words : sequence of str
        Words that the source does not contain.
    member : str, default=None
        File to read from a zip archive.
    decode_error : {"strict", "replace"}, default="strict"
        Whether a word in a file that is not valid UTF-8 raises an error.
    cache : bool, default=True
        Keep a model loaded from a file in memory for later calls.

    Returns
    -------
    ndarray of shape (n_words, vector_size), dtype float32, or None
        Vectors of the words; None if the source is not a fastText model with subwords.

    Raises
    ------
    VectorFileError
        If a file cannot be read, or a vector is not finite.
    """
    source = getattr(source, "wv", source)
    name: object = type(source).__name__
    if isinstance(source, str | PathLike):
        path = Path(source)
        if is_fasttext(path, member):
            (source, _), name = load_fasttext_vectors(path, member, decode_error, cache=cache), path
    if not (getattr(source, "max_n", 0) and getattr(source, "bucket", 0)):  # it has no subwords
        return None
    values = [source.get_vector(_without_surrogates(word)) for word in words]
    return to_finite_floats(words, values, name).values


def _without_surrogates(word: str) -> str:
    """Replace halves of surrogate pairs, which have no UTF-8 and therefore no subwords."""
    return word.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _from_frame(vectors: pd.DataFrame, words: Collection[str] | None) -> FoundVectors:
    if vectors.empty:
        raise VectorFileError("The DataFrame of word vectors is empty: pass at least one row.")
    names = vectors.index.tolist()
    invalid = [name for name in names if not isinstance(name, str)]
    if invalid:
        raise VectorSourceError(
            f"Expected a DataFrame indexed by word, got {invalid[0]!r} in its index: set the words "
            "as its index with set_index()."
        )
    rows = number_rows(names, "The DataFrame", words)
    found = [word for word in (rows if words is None else words) if word in rows]
    try:
        values = vectors.iloc[[rows[word] for word in found]].to_numpy(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise VectorFileError(
            f"The DataFrame contains values that are not numbers ({error}): keep only the columns "
            "of the vectors."
        ) from error
    return to_finite_floats(found, values, "the DataFrame")


def _from_mapping(vectors: Mapping[str, Any], words: Collection[str] | None) -> FoundVectors:
    if not vectors:
        raise VectorFileError("The mapping of word vectors is empty: pass at least one word.")
    size = _size(next(iter(vectors.values())))
    found = [word for word in (vectors if words is None else words) if word in vectors]
    values = np.zeros((len(found), size))
    for row, word in enumerate(found):
        try:
            vector = np.asarray(vectors[word], np.float64)
        except (TypeError, ValueError, OverflowError):
            vector = np.zeros(0)
        if size == 0 or vector.shape != (size,):
            raise VectorFileError(
                f"The vector of {word!r} is {vectors[word]!r:.60}; expected a 1-D array of "
                f"{size or 'one or more'} numbers, the size of the first vector of the mapping."
            )
        values[row] = vector
    return to_finite_floats(found, values, "the mapping")


def _size(vector: Any) -> int:
    """Return how many numbers a vector has; 0 for lists in lists of other lengths."""
    try:
        return np.size(vector)
    except ValueError:
        return 0
