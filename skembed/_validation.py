"""The one place where documents and sequences are checked on their way in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from pandas import isna
from pandas.api.types import is_scalar
from sklearn.utils import check_array

from skembed.errors import DocumentsError, NotSequencesError, VocabularyMismatchError
from skembed.sequences import TokenSequences

__all__ = ["check_documents", "check_sequences", "check_vocabulary"]


def check_documents(X: Any) -> list[str]:
    """Return the documents of a text column as a list of ``str``.

    Parameters
    ----------
    X : list, tuple, ndarray or Series of str; or one text column of shape (n, 1)
        The documents.

    Raises
    ------
    DocumentsError
        For a bare string, no documents, more than one column, and anything among
        the documents that is not text: the message names the first and its place.
    """
    if isinstance(X, str | bytes):
        raise DocumentsError(
            f"Expected a collection of documents, got a bare {type(X).__name__}; "
            "for one document pass [text]."
        )
    if isinstance(X, TokenSequences):
        raise DocumentsError("Expected text, got TokenSequences: these are tokenized already.")
    if isinstance(X, Mapping) or not (isinstance(X, Sequence) or hasattr(X, "shape")):
        raise DocumentsError(
            f"Expected a list, tuple, array or Series of str, got {type(X).__name__}."
        )
    documents = _one_column(X) if hasattr(X, "shape") else list(X)
    if not documents:
        raise DocumentsError("Expected at least one document, got none.")
    if not set(map(type, documents)) <= {str}:
        documents = [_text(document, place) for place, document in enumerate(documents)]
    return documents


def _one_column(X: Any) -> list[Any]:
    if len(X.shape) == 2 and X.shape[1] == 1:
        X = np.asarray(X)[:, 0]
    if len(X.shape) != 1:
        raise DocumentsError(
            f"Expected one column of documents, got shape {tuple(X.shape)}; pick the text "
            'column first, as in frame["text"].'
        )
    documents: list[Any] = X.tolist()
    return documents


def _text(document: Any, place: int) -> str:
    if isinstance(document, str):
        return str(document)
    if isinstance(document, bytes):
        mend = 'decode it first, as in document.decode("utf-8")'
    elif is_scalar(document) and isna(document):
        mend = 'drop missing documents, or replace them, as in series.fillna("")'
    elif isinstance(document, Iterable):
        mend = 'join its words first, as in " ".join(words)'
    else:
        mend = "convert it first, as in series.astype(str)"
    raise DocumentsError(
        f"Document {place} is {type(document).__name__} ({document!r:.60}), expected str: {mend}."
    )


def check_sequences(X: Any) -> TokenSequences:
    """Return token sequences; lists of ids and integer arrays are converted.

    Parameters
    ----------
    X : TokenSequences, list of lists of int, or integer array of shape (n, width)
        The documents as ids.

    Raises
    ------
    NotSequencesError
        If there are no documents, or they are not rows of integers.
    IdRangeError
        If an id is negative.
    """
    sequences = X if isinstance(X, TokenSequences) else _to_sequences(X)
    if len(sequences) == 0:
        raise NotSequencesError("Expected at least one document, got none.")
    return sequences


def _to_sequences(X: Any) -> TokenSequences:
    is_column = len(getattr(X, "shape", ())) == 1
    if isinstance(X, list | tuple) or (is_column and X.dtype.kind == "O"):
        sequences = TokenSequences.from_lists(X)
        widths = {*sequences.lengths.tolist()}
        return sequences.padded(*widths) if len(widths) == 1 else sequences
    try:
        table = check_array(X, dtype="numeric")
    except (TypeError, ValueError) as error:
        raise NotSequencesError(
            f"Expected documents as rows of integer ids, such as a tokenizer makes: {error}"
        ) from error
    if table.dtype.kind == "f" and (table == np.trunc(table)).all():
        table = table.astype(np.int64)
    return TokenSequences.from_array(table)


def check_vocabulary(sequences: TokenSequences, known: Any) -> TokenSequences:
    """Return sequences whose ids stand for what they stood for in training.

    Parameters
    ----------
    sequences : TokenSequences
        The documents as ids.
    known : Vocabulary, HashBuckets or None
        What they stood for; None where that is not known.

    Raises
    ------
    VocabularyMismatchError
        If they stand for something else.
    """
    given = sequences.vocabulary
    if known is not None and given is not None and given != known:
        raise VocabularyMismatchError(
            f"These sequences were made with another vocabulary ({given!r}) than the one seen "
            f"in fit ({known!r}): use the tokenizer that this step was fitted with."
        )
    return sequences
