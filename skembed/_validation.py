"""Validate documents and token sequences."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from pandas import Index, isna
from pandas.api.types import is_scalar
from scipy.sparse import issparse
from sklearn.utils import check_array, get_tags
from sklearn.utils.validation import _num_samples, validate_data

from skembed.errors import DocumentsError, NotSequencesError, VocabularyMismatchError
from skembed.sequences import TokenSequences

__all__ = [
    "check_documents",
    "check_features",
    "check_sequences",
    "check_texts_or_tokens",
    "check_vocabulary",
    "count_documents",
    "list_documents",
    "row_index",
]


def check_documents(X: Any) -> list[str]:
    """Return the documents of a text column as a list of ``str``.

    Parameters
    ----------
    X : list, tuple, or anything that NumPy makes an array of shape (n,) or (n, 1) of
        The documents.

    Raises
    ------
    DocumentsError
        If `X` is a bare string, contains no documents, has more than one column, or
        contains a value that is not text; the message names the first such value and its
        position.
    """
    documents = list_documents(X)
    if set(map(type, documents)) <= {str}:
        return documents
    return [_check_text(document, i) for i, document in enumerate(documents)]


def check_texts_or_tokens(X: Any) -> list[str] | list[list[str]]:
    """Return documents as a list of ``str``, or as lists of tokens if they are such.

    Parameters
    ----------
    X : as for :func:`check_documents`
        Each document is a ``str``, or each is a list, tuple or array of ``str``.

    Raises
    ------
    DocumentsError
        As :func:`check_documents`, or if a token is not a ``str``, or if only some documents
        are lists.
    """
    documents = list_documents(X)
    if set(map(type, documents)) <= {str}:
        return documents
    if any(map(_is_token_list, documents)):
        return [_check_tokens(document, i) for i, document in enumerate(documents)]
    return [_check_text(document, i) for i, document in enumerate(documents)]


def list_documents(X: Any) -> list[Any]:
    """Return the documents of a column, of any type, as a list.

    Parameters
    ----------
    X : as for :func:`check_documents`
        The documents.

    Raises
    ------
    DocumentsError
        If `X` is a bare string, is no column, or has no documents.
    """
    _refuse_bare_text(X)
    if isinstance(X, TokenSequences):
        raise DocumentsError("Expected text, got TokenSequences: pass the text, not its ids.")
    is_array = hasattr(X, "shape") or hasattr(X, "__array__")
    if isinstance(X, Mapping) or not (isinstance(X, Sequence) or is_array):
        raise DocumentsError(
            f"Expected a list, tuple, array or Series of str, got {type(X).__name__}."
        )
    documents = _column_to_list(X) if is_array else list(X)
    if not documents:
        raise DocumentsError("Expected at least one document, got none.")
    return documents


def _refuse_bare_text(X: Any) -> None:
    if isinstance(X, str | bytes):
        raise DocumentsError(
            f"Expected a collection of documents, got a bare {type(X).__name__}; "
            "for one document pass [text]."
        )


def _column_to_list(X: Any) -> list[Any]:
    if np.ma.is_masked(X):
        X = X.tolist()  # with None for what is masked
    column = np.asarray(X, dtype=object)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        shape = tuple(getattr(X, "shape", column.shape))
        raise DocumentsError(
            f"Expected one column of documents, got shape {shape}; pick the text column first, "
            'for example frame["text"], if this takes one text; for lists of tokens of one length, '
            "pass X.tolist(); for one document, pass [text]."
        )
    documents: list[Any] = column.tolist()
    return documents


def _check_text(document: Any, position: int) -> str:
    if isinstance(document, str):
        return str(document)
    if is_scalar(document) and isna(document):
        advice = (
            'drop missing documents, or replace them, as in series.fillna(""); in a pipeline, '
            'SimpleImputer(missing_values=pandas.NA, strategy="constant", fill_value="") replaces '
            'them in a column such as frame[["text"]]'
        )
    elif isinstance(document, bytes):
        advice = 'decode it first, for example with document.decode("utf-8")'
    elif isinstance(document, Iterable):
        advice = (
            'join its words first, for example with " ".join(words); the tokenizers and '
            "NgramVectorizer also take lists of words, without a TextCleaner before them"
        )
    else:
        advice = "convert it first, for example with series.astype(str)"
    raise DocumentsError(
        f"Document {position} is {type(document).__name__} ({document!r:.60}), expected str: "
        f"{advice}."
    )


def _is_token_list(document: Any) -> bool:
    return isinstance(document, list | tuple) or (
        isinstance(document, np.ndarray) and document.ndim == 1
    )


def _check_tokens(document: Any, position: int) -> list[str]:
    if not _is_token_list(document):
        raise DocumentsError(
            f"Document {position} is {type(document).__name__} ({document!r:.60}), but others are "
            "lists of tokens: pass either texts or lists of tokens, [] for a document without "
            "tokens."
        )
    tokens = [*document]
    if set(map(type, tokens)) <= {str}:
        return tokens
    for token in tokens:
        if not isinstance(token, str):
            raise DocumentsError(
                f"Document {position} is {type(document).__name__} with {type(token).__name__} "
                f"({token!r:.60}) in it, expected a list of tokens, each a str."
            )
    return [*map(str, tokens)]


def count_documents(X: Any) -> int:
    """Return the number of documents in any container.

    Parameters
    ----------
    X : list, array or sparse matrix
        The documents.

    Raises
    ------
    DocumentsError
        If there are none, or if `X` is a bare string or no container.
    """
    _refuse_bare_text(X)
    try:
        n_documents = int(_num_samples(X))
    except TypeError as error:
        raise DocumentsError(f"Expected documents, one in each row: {error}") from error
    if n_documents == 0:
        raise DocumentsError("Expected at least one document, got none.")
    return n_documents


def row_index(X: Any) -> Any:
    """Return the pandas index of documents, or None if they have none.

    Parameters
    ----------
    X : DataFrame, Series, TokenSequences, or any other container
        The documents.
    """
    index = getattr(X, "index", None)  # of a list, this is a method
    return index if isinstance(index, Index) else None


def check_features(estimator: Any, X: Any, *, fitted: bool) -> Any:
    """Return documents that are rows of numbers as a float64 array or CSR matrix.

    Parameters
    ----------
    estimator : estimator
        The tags of the estimator say whether numbers may be negative.
    X : array-like or sparse of shape (n_documents, n_features)
        The documents; not changed, but returned if nothing has to be converted.
    fitted : bool
        Whether the names and the number of features must be those of `fit`.

    Raises
    ------
    DocumentsError
        If there are no documents, or they are not rows of as many finite numbers.
    """
    count_documents(X)
    positive_only = get_tags(estimator).input_tags.positive_only
    if fitted and _is_as_expected(estimator, X, positive_only):
        return X
    how: dict[str, Any] = {
        "accept_sparse": "csr",
        "dtype": np.float64,
        "order": "C",
        "ensure_non_negative": positive_only,
    }
    try:
        if fitted:
            return validate_data(estimator, X, reset=False, **how)
        return check_array(X, input_name="X", estimator=estimator, **how)
    except (TypeError, ValueError, OverflowError) as error:
        raise DocumentsError(f"Expected documents as rows of numbers: {error}") from error


def _is_as_expected(estimator: Any, X: Any, positive_only: bool) -> bool:
    """Tell of a sparse matrix, faster than scikit-learn does, that it has no fault."""
    is_sparse: bool = issparse(X)
    return (
        is_sparse
        and (X.format, X.dtype) == ("csr", np.float64)
        and X.shape[1] == getattr(estimator, "n_features_in_", None)
        and not hasattr(estimator, "feature_names_in_")
        and bool(np.isfinite(X.data).all())
        and not (positive_only and (X.data < 0).any())
    )


def check_sequences(X: Any) -> TokenSequences:
    """Return `X` as token sequences, converting lists of ids and integer arrays.

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
    sequences = X if isinstance(X, TokenSequences) else _to_sequences(X).with_index(row_index(X))
    if len(sequences) == 0:
        raise NotSequencesError("Expected at least one document, got none.")
    return sequences


def _to_sequences(X: Any) -> TokenSequences:
    if issparse(X):
        raise NotSequencesError(
            "Expected documents as rows of integer ids, got a sparse matrix. For text beside other "
            "columns, use TextColumnTransformer in place of ColumnTransformer. For counts of "
            "words, use a classifier of rows of numbers, such as LogisticRegression."
        )
    is_column = len(getattr(X, "shape", ())) == 1
    if isinstance(X, list | tuple) or (is_column and X.dtype.kind == "O"):
        sequences = TokenSequences.from_lists(X)
        widths = {*sequences.lengths.tolist()}
        return sequences.padded(*widths) if len(widths) == 1 else sequences
    try:
        cells = np.asarray(X)
        if cells.dtype.kind == "O" and any(isinstance(cell, str) for cell in cells.flat):
            raise ValueError("it contains text")  # which scikit-learn would read as numbers
        table = check_array(X, dtype="numeric")
    except (TypeError, ValueError, OverflowError) as error:
        raise NotSequencesError(
            f"Expected documents as rows of integer ids, as returned by a tokenizer: {error}"
        ) from error
    if table.dtype.kind == "f" and (table == np.trunc(table)).all():
        table = np.clip(table, -(2.0**62), 2.0**62).astype(np.int64)  # more does not fit
    return TokenSequences.from_array(table)


def check_vocabulary(sequences: TokenSequences, known: Any) -> TokenSequences:
    """Check that sequences were made with the vocabulary seen in ``fit``.

    Parameters
    ----------
    sequences : TokenSequences
        The documents as ids.
    known : Vocabulary, HashBuckets or None
        The vocabulary seen in ``fit``; None if it is unknown.

    Raises
    ------
    VocabularyMismatchError
        If the sequences have a different vocabulary.
    """
    given = sequences.vocabulary
    if known is not None and given is not None and given != known:
        raise VocabularyMismatchError(
            f"These sequences have another vocabulary ({given!r}) than those seen in fit "
            f"({known!r}): use the tokenizer that this step was fitted with."
        )
    return sequences
