"""What a pipeline reads in documents: its tokens and n-grams, and where they stand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer

from skembed._validation import check_texts_or_tokens
from skembed.cleaning import TextCleaner
from skembed.errors import DocumentsError, ExplanationError
from skembed.inspection.explanations.raw_offsets import TextChanges, locate_tokens
from skembed.ngrams import NgramVectorizer
from skembed.tokenization import HashingTokenizerTransformer, KerasTokenizerTransformer
from skembed.tokenization.analyzer import split_documents
from skembed.tokenization.encoding import DROPPED

__all__ = ["Documents", "Terms", "read_counted", "read_tokens"]

OCCLUSION = "Use explain(..., method='occlusion'), which works for every classifier of text."


@dataclass(frozen=True)
class Terms:
    """The terms that a step read in a document, in order.

    Attributes
    ----------
    names : list of str
        The terms: words, n-grams with spaces between their words, or unknown words.
    offsets : ndarray of int of shape (n_terms, 2)
        Start and end in the raw text; -1 where they are not known.
    columns : ndarray of int of shape (n_terms,)
        The column or the id of each term; -1 if the model does not know the term.
    """

    names: list[str]
    offsets: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Documents:
    """Documents as they were handed in, and as a step of text gets them.

    Attributes
    ----------
    given : list of str or list of list of str
        The documents as handed in: texts or lists of tokens.
    current : list or ndarray
        The documents after the steps so far.
    changes : TextChanges
        What these steps did.
    """

    given: Any
    current: Any
    changes: TextChanges = field(default_factory=TextChanges)

    @classmethod
    def of(cls, X: Any) -> "Documents":
        """Check the documents that a pipeline gets."""
        given = check_texts_or_tokens(X)
        return cls(given, given)

    @property
    def texts(self) -> list[str]:
        """The raw texts; lists of tokens are joined by spaces."""
        return [x if isinstance(x, str) else " ".join(x) for x in self.given]

    def after(self, step: Any) -> "Documents":
        """Return the documents after a step from text to text.

        Raises
        ------
        ExplanationError
            If the step makes anything else of text.
        """
        changes = TextChanges(keeps_all=False)
        if isinstance(step, TextCleaner):
            changes = TextChanges(
                html=step.strip_html,
                deletes_punctuation=step.strip_punctuation == "delete",
                keeps_all=not step._drops_words(),
            )
        before = self.changes
        changes = TextChanges(
            before.html or changes.html,
            before.deletes_punctuation or changes.deletes_punctuation,
            before.keeps_all and changes.keeps_all,
        )
        try:
            current = check_texts_or_tokens(step.transform(self.current))
        except DocumentsError as error:
            raise ExplanationError(
                f"{type(step).__name__} makes anything but text or tokens of text, and is not one "
                f"of the tokenizers and vectorizers that can be explained. {OCCLUSION}"
            ) from error
        return Documents(self.given, current, changes)

    def locate(self, i: int, tokens: list[str]) -> npt.NDArray[np.int64]:
        """Return where the tokens of a document stand in its raw text."""
        given = self.given[i]
        if isinstance(given, str) or len(given) != len(tokens):
            return locate_tokens(self.texts_of(i), tokens, self.changes)
        ends = np.cumsum([len(token) + 1 for token in given], dtype=np.int64) - 1
        return np.stack([ends - [*map(len, given)], ends], axis=1).reshape(-1, 2)

    def texts_of(self, i: int) -> str:
        """Return the raw text of one document."""
        given = self.given[i]
        return given if isinstance(given, str) else " ".join(given)


def read_tokens(tokenizer: Any, documents: Documents) -> list[Terms]:
    """Return the tokens of a tokenizer in each document, and their ids.

    Parameters
    ----------
    tokenizer : KerasTokenizerTransformer or HashingTokenizerTransformer
        A fitted tokenizer.
    documents : Documents
        The documents that the tokenizer gets.
    """
    assert isinstance(tokenizer, KerasTokenizerTransformer | HashingTokenizerTransformer)
    split = split_documents(tokenizer, documents.current, fitting=False)
    if isinstance(tokenizer, KerasTokenizerTransformer):
        vocabulary = tokenizer.vocabulary_
        ids = np.array(vocabulary.ids_of(split.words, vocabulary.oov_id or DROPPED), np.int64)
    else:
        ids = np.array([tokenizer._bucket(word) for word in split.words], np.int64)
    ends = np.cumsum(split.lengths)
    terms = []
    for i, codes in enumerate(np.split(split.codes, ends[:-1])):
        names = [split.words[code] for code in codes.tolist()]
        terms.append(Terms(names, documents.locate(i, names), ids[codes]))
    return terms


def read_counted(vectorizer: Any, documents: Documents) -> list[Terms]:
    """Return the terms that a vectorizer counts in each document, and their columns.

    Words that it does not know are listed, too.

    Parameters
    ----------
    vectorizer : NgramVectorizer, CountVectorizer or TfidfVectorizer
        A fitted vectorizer.
    documents : Documents
        The documents that the vectorizer gets.

    Raises
    ------
    ExplanationError
        If the vectorizer counts sequences of characters.
    """
    texts, counter = documents.current, vectorizer
    if isinstance(vectorizer, NgramVectorizer):
        texts = vectorizer._texts_or_tokens(texts)
        counter = vectorizer._counter_for(texts)
    tokens_of = _token_function(counter)
    shortest, longest = counter.ngram_range if counter.analyzer == "word" else (1, 1)
    terms = []
    for i, text in enumerate(texts):
        tokens = tokens_of(text)
        offsets = documents.locate(i, tokens)
        names, spans, columns = [], [], []
        for start in range(len(tokens)):
            for n in range(1, min(longest, len(tokens) - start) + 1):
                name = " ".join(tokens[start : start + n])
                column = counter.vocabulary_.get(name, -1) if n >= shortest else -1
                if n == 1 or column >= 0:
                    names.append(name)
                    spans.append(_joined(offsets[start], offsets[start + n - 1]))
                    columns.append(column)
        all_spans = np.array(spans, np.int64).reshape(-1, 2)
        terms.append(Terms(names, all_spans, np.array(columns, np.int64)))
    return terms


def _token_function(counter: CountVectorizer) -> Callable[[Any], list[str]]:
    """Return a function from a document to the tokens of which n-grams are made."""
    if callable(counter.analyzer):
        return lambda document: [*counter.analyzer(document)]
    if counter.analyzer != "word":
        raise ExplanationError(
            f"The vectorizer counts sequences of characters (analyzer={counter.analyzer!r}), which "
            f"are not divided among words. {OCCLUSION}"
        )
    prepare, split = counter.build_preprocessor(), counter.build_tokenizer()
    stop_words = counter.get_stop_words() or frozenset()
    return lambda document: [
        token for token in split(prepare(counter.decode(document))) if token not in stop_words
    ]


def _joined(first: Any, last: Any) -> tuple[int, int]:
    """Return the span of several tokens, which is not known if that of one is not."""
    if first[0] < 0 or last[0] < 0:
        return -1, -1
    return int(first[0]), int(last[1])
