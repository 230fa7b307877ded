"""Checks of tables of texts and numbers, and of what a fitted network expects of them."""

from typing import Any

import numpy as np
from scipy import sparse

from skembed._validation import check_sequences, check_vocabulary
from skembed.errors import MixedColumnsError, NotSequencesError, VocabularyMismatchError
from skembed.sequences import TokenSequences
from skembed.token_table import TokenTable

__all__ = [
    "Documents",
    "check_numbers_as_fitted",
    "check_texts_as_fitted",
    "check_token_input",
    "known_vocabularies",
    "vocabularies",
]

#: The documents of a network: one text each, or several beside numbers.
Documents = TokenSequences | TokenTable


def check_token_input(X: Any) -> Documents:
    """Return `X` as token sequences, or unchanged if it is a table of them.

    Parameters
    ----------
    X : TokenTable, TokenSequences, list of lists of int, or integer array of shape (n, width)
        The documents as ids.

    Raises
    ------
    NotSequencesError
        If there are no documents, if they are not rows of integers, or if a number beside them is
        NaN or infinite.
    IdRangeError
        If an id is negative.
    """
    if not isinstance(X, TokenTable):
        return check_sequences(X)
    if len(X) == 0:
        raise NotSequencesError("Expected at least one document, got none.")
    if X.numbers is not None:
        _check_finite(X)
    return X


def _check_finite(table: TokenTable) -> None:
    numbers: Any = table.numbers
    is_sparse = sparse.issparse(numbers)
    wrong = np.flatnonzero(~np.isfinite(numbers.data if is_sparse else numbers))
    if not len(wrong):
        return
    if is_sparse:
        row = int(np.searchsorted(numbers.indptr, wrong[0], side="right")) - 1
        column, value = int(numbers.indices[wrong[0]]), numbers.data[wrong[0]]
    else:
        row, column = map(int, np.unravel_index(wrong[0], numbers.shape))
        value = numbers[row, column]
    raise NotSequencesError(
        f"The number in column {_column(table.number_names, column)} of row {row} is {value}, and "
        "a network needs finite numbers: fill missing values first, for example with SimpleImputer."
    )


def _column(names: tuple[str, ...], i: int) -> str:
    return repr(names[i]) if names else str(i)


def check_texts_as_fitted(documents: Documents, known: Any) -> Documents:
    """Check that documents have the texts and the vocabularies seen in ``fit``.

    Parameters
    ----------
    documents : TokenSequences or TokenTable
        The documents.
    known : Vocabulary, HashBuckets or None, or dict of these by text
        The vocabularies seen in ``fit``, by name if it got a table.

    Returns
    -------
    TokenSequences or TokenTable
        The documents; the texts of a table in the order of ``fit``.

    Raises
    ------
    MixedColumnsError
        If the documents are a table and those of ``fit`` were not, or the other way round, or if
        their texts have other names.
    VocabularyMismatchError
        If a text has another vocabulary.
    """
    if isinstance(documents, TokenSequences):
        if isinstance(known, dict):
            raise MixedColumnsError(
                f"This classifier was fitted on a table with the texts {_listed(known)}, and these "
                "documents are one text: pass a TokenTable with the same texts, as the "
                "TextColumnTransformer that it was fitted with returns."
            )
        return check_vocabulary(documents, known)
    if not isinstance(known, dict):
        raise MixedColumnsError(
            "This classifier was fitted on one text, and these documents are a table with the "
            f"texts {_listed(documents.texts)}: pass one of them, as table.texts"
            f"[{next(iter(documents.texts))!r}]."
        )
    missing, unknown = (
        [name for name in some if name not in others]
        for some, others in ((known, documents.texts), (documents.texts, known))
    )
    if missing or unknown:
        what = f"lacks {_listed(missing)}" if missing else f"has {_listed(unknown)} besides"
        raise MixedColumnsError(
            f"This classifier was fitted on a table with the texts {_listed(known)}; this table "
            f"{what}. Use the TextColumnTransformer that it was fitted with."
        )
    for name, vocabulary in known.items():
        try:
            check_vocabulary(documents.texts[name], vocabulary)
        except VocabularyMismatchError as error:
            raise VocabularyMismatchError(f"Text {name!r}: {error}") from error
    texts = {name: documents.texts[name] for name in known}
    return TokenTable(texts, documents.numbers, documents.number_names)


def _listed(names: Any) -> str:
    return ", ".join(map(repr, names))


def check_numbers_as_fitted(table: TokenTable, n_numbers: int, names: tuple[str, ...]) -> None:
    """Check that a table has the columns of numbers seen in ``fit``.

    Parameters
    ----------
    table : TokenTable
        The documents.
    n_numbers : int
        The number of columns seen in ``fit``.
    names : tuple of str
        Their names, empty if they had none.

    Raises
    ------
    MixedColumnsError
        If there are more or fewer columns, or if they have other names or another order.
    """
    given = table.number_names
    is_renamed = bool(names and given) and given != names
    if table.n_numbers == n_numbers and not is_renamed:
        return
    found = f"{table.n_numbers} columns of numbers"
    if names and given and {*names} != {*given}:
        missing = [name for name in names if name not in given]
        unknown = [name for name in given if name not in names]
        found += f", without {_listed(missing)}" * bool(missing)
        found += f", and with {_listed(unknown)} besides" * bool(unknown)
    elif is_renamed:
        found += f" in the order {_listed(given)}"
    raise MixedColumnsError(
        f"This classifier was fitted on {n_numbers} columns of numbers"
        f"{f' ({_listed(names)})' if names else ''}; this table has {found}. Use the "
        "TextColumnTransformer that it was fitted with."
    )


def vocabularies(documents: Documents) -> Any:
    """Return the vocabulary of documents, or None; of a table, a dict of them by text."""
    if isinstance(documents, TokenSequences):
        return documents.vocabulary
    return {name: text.vocabulary for name, text in documents.texts.items()}


def known_vocabularies(given: Any, fitted: Any) -> Any:
    """Return the vocabularies of new documents, and those seen in ``fit`` where they have none."""
    if isinstance(fitted, dict):
        return {name: known_vocabularies(given[name], fitted[name]) for name in fitted}
    return fitted if given is None else given
