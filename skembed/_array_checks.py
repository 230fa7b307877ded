"""Checks of what token sequences lose as arrays, which hold only their ids."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from skembed.errors import LostVectorsWarning, MixedColumnsError, VocabularyMismatchError

__all__ = ["IdArray", "check_joined", "warn_of_lost_vectors"]


def _leaves(arrays: Any) -> list[Any]:
    if isinstance(arrays, list):
        return [leaf for array in arrays for leaf in _leaves(array)]
    return [arrays]


#: The functions that join arrays. Each entry returns the arrays and the axis along which they are
#: joined; all but 0 put arrays side by side.
_JOINING: dict[Any, Callable[..., tuple[Any, Any]]] = {
    np.hstack: lambda tup, **_: (tup, 1),
    np.column_stack: lambda tup: (tup, 1),
    np.dstack: lambda tup: (tup, 2),
    np.stack: lambda arrays, *_, **__: (arrays, 1),
    np.block: lambda arrays: (_leaves(arrays), 1),
    np.vstack: lambda tup, **_: (tup, 0),
    np.concatenate: lambda arrays, axis=0, *_, **__: (arrays, axis),
    np.append: lambda arr, values, axis=None: ((arr, values), axis),
    np.insert: lambda arr, obj, values, axis=None: ((arr, values), axis),
}


def check_joined(function: Any, args: Any, kwargs: Any) -> None:
    """Check that a NumPy function does not put token sequences beside other columns.

    Parameters
    ----------
    function : callable
        The NumPy function.
    args, kwargs : tuple, dict
        Its arguments.

    Raises
    ------
    MixedColumnsError
        If the function puts sequences beside other columns.
    VocabularyMismatchError
        If it puts sequences of different vocabularies below each other.
    """
    if function not in _JOINING:
        return
    parts, axis = _JOINING[function](*args, **kwargs)
    if not isinstance(parts, list | tuple):  # the rows of one array
        return
    if axis != 0 and len(parts) > 1:
        raise MixedColumnsError(
            f"Token sequences cannot stand beside other columns ({len(parts)} blocks of columns): "
            "an array keeps no vocabulary, so the same id would mean different words in two "
            "columns, and numbers would be read as words. For a network, use TextColumnTransformer "
            "of skembed in place of ColumnTransformer. For a classifier of rows of numbers, such "
            "as LogisticRegression, turn each text column into numbers, with EmbeddingVectorizer "
            "after its word vectors or with NgramVectorizer. Or join the texts of all columns into "
            "one text before the tokenizer."
        )
    known = [part.vocabulary for part in parts if getattr(part, "vocabulary", None) is not None]
    if any(vocabulary != known[0] for vocabulary in known):
        raise VocabularyMismatchError(
            "These sequences have different vocabularies, so the same id would mean different "
            "words: use one fitted tokenizer for all documents."
        )


class IdArray(np.ndarray[Any, Any]):
    """An array that refuses to be joined as token sequences do.

    ``numpy.asarray`` makes an ordinary array of it. ``numpy.c_`` keeps it until the columns are
    joined.
    """

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        check_joined(func, args, kwargs)
        return super().__array_function__(func, types, args, kwargs)


def warn_of_lost_vectors() -> None:
    """Warn that sequences with word vectors become an array of ids."""
    warnings.warn(
        "These sequences become an array of ids, without their word vectors: put "
        "EmbeddingVectorizer before estimators of numeric features, and use TextColumnTransformer "
        "in place of ColumnTransformer before KerasTextClassifier. If you want the ids only, use "
        "to_array().",
        LostVectorsWarning,
        stacklevel=3,
    )
