"""Split documents as the parameters of an estimator say, or as its `analyzer` does."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from sklearn.utils._param_validation import InvalidParameterError

from skembed._validation import check_texts_or_tokens
from skembed.errors import DocumentsError
from skembed.tokenization.splitting import (
    FILTERS,
    SplitDocuments,
    split_characters,
    split_tokens,
    split_words,
    split_words_once,
)
from skembed.tokenization.unsplit import warn_if_unsplit

__all__ = ["Analyzer", "check_splitting", "name_of", "split_documents", "texts_or_tokens"]

Analyzer = Callable[[Any], Iterable[str]]

_OF_TEXT: dict[str, tuple[Any, ...]] = {
    "filters": (FILTERS, ""),
    "split": (" ",),
    "char_level": (False,),
}


def check_splitting(tokenizer: Any) -> None:
    """Raise an error if the separator is empty, or if a parameter has no effect."""
    name, filters = type(tokenizer).__name__, tokenizer.filters
    if tokenizer.split == "":
        raise InvalidParameterError(
            f"The 'split' parameter of {name} must be a non-empty str. Got '' "
            "instead; for single characters, use KerasTokenizerTransformer(char_level=True)."
        )
    ignored = _set_for_text(tokenizer)
    if tokenizer.analyzer is not None and ignored:
        raise InvalidParameterError(
            f"{ignored[0]} has no effect with an 'analyzer', which receives the text as it is: "
            "leave it at its default."
        )
    if getattr(tokenizer, "char_level", False) and ignored[:-1]:  # the last one is char_level
        raise InvalidParameterError(
            f"{ignored[0]} has no effect with char_level=True, where each character is a token: "
            "leave it at its default."
        )
    capitals = [c for c in tokenizer.split if c != c.lower()]
    capitals += [c for c in filters if c.lower() not in filters]
    if tokenizer.lower and capitals:
        raise InvalidParameterError(
            f"The 'filters' and 'split' parameters of {name} contain {capitals[0]!r}, which text "
            "in lower case does not: write it in lower case, or set lower=False."
        )


def _set_for_text(tokenizer: Any) -> list[str]:
    """Return the parameters that matter for text only and are not at their default."""
    values = {name: getattr(tokenizer, name, usual[0]) for name, usual in _OF_TEXT.items()}
    return [f"{name}={v!r}" for name, v in values.items() if v not in _OF_TEXT[name]]


def split_documents(tokenizer: Any, X: Any, *, fitting: bool, once: bool = False) -> SplitDocuments:
    """Split documents as the parameters of a tokenizer say.

    Parameters
    ----------
    tokenizer : KerasTokenizerTransformer or HashingTokenizerTransformer
        Its parameters.
    X : list, tuple, ndarray or Series of str, or of lists of str
        The documents.
    fitting : bool
        Whether to warn if the text is in scripts without spaces and is not split.
    once : bool, default=False
        Whether to cache the result for other candidates of a search.
    """
    documents = texts_or_tokens(tokenizer, X)
    if isinstance(documents[0], list):
        ignored = _set_for_text(tokenizer)
        if ignored:
            raise DocumentsError(
                f"The documents are lists of tokens, on which {ignored[0]} has no effect: leave it "
                "at its default, or pass text."
            )
        return split_tokens(documents, tokenizer.lower)
    if getattr(tokenizer, "char_level", False):
        return split_characters(documents, tokenizer.lower)
    split = split_words_once if once else split_words
    found = split(documents, tokenizer.filters, tokenizer.lower, tokenizer.split)
    if fitting:
        warn_if_unsplit(found)
    return found


def texts_or_tokens(estimator: Any, X: Any) -> Any:
    """Return documents as a list of ``str`` or, if they are such, as lists of tokens.

    Parameters
    ----------
    estimator : estimator
        Its `analyzer` is None, or returns the tokens of a document.
    X : list, tuple, ndarray or Series of str, or of lists of str
        The documents.

    Raises
    ------
    DocumentsError
        If the documents are neither texts nor lists of tokens.
    InvalidParameterError
        If the analyzer returns anything but tokens.
    """
    documents = check_texts_or_tokens(X)
    if estimator.analyzer is None:
        return documents
    return [_tokens(estimator, document) for document in documents]


def _tokens(estimator: Any, document: str | list[str]) -> list[str]:
    found = estimator.analyzer(document)
    wrong = found
    if isinstance(found, Iterable) and not isinstance(found, str | bytes):
        tokens = [*found]
        if set(map(type, tokens)) <= {str}:
            return tokens
        not_text = [token for token in tokens if not isinstance(token, str)]
        if not not_text:
            return [*map(str, tokens)]
        wrong = not_text[0]
    raise InvalidParameterError(
        f"The 'analyzer' parameter of {type(estimator).__name__} must be a function from a "
        f"document to its tokens, each a str, but for {document!r:.60} it returned "
        f"{'' if wrong is found else 'a token of type '}{type(wrong).__name__} ({wrong!r:.60}). "
        "With spaCy, use [token.text for token in nlp(text)]."
    )


def name_of(analyzer: Analyzer) -> str:
    """Return the module and name of a function, or of the class of another callable."""
    if isinstance(analyzer, partial):
        return name_of(analyzer.func)
    named: Any = analyzer if hasattr(analyzer, "__qualname__") else type(analyzer)
    return f"{getattr(named, '__module__', None)}.{named.__qualname__}"
