"""Count words and word pairs in text of any language."""

import warnings
from copy import copy
from numbers import Integral
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
from sklearn.utils.validation import check_is_fitted

from skembed._fit_task import CallbackSupport, fit_task
from skembed._pickles import restores_state
from skembed._training_only import TrainingOnly
from skembed.errors import EmptyVocabularyError
from skembed.ngrams.tokens import token_pattern
from skembed.tokenization.analyzer import Analyzer, texts_or_tokens

__all__ = ["NgramVectorizer"]

# Below both, the accuracy on sentences and headlines rises if rare sequences are counted.
_FEW_DOCUMENTS = 5_000
_SHORT_CHARACTERS = 400


class NgramVectorizer(
    TrainingOnly,
    CallbackSupport,
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Count the words, and the sequences of words, in each document.

    A token is a word of any length, or a single sign such as ``"!"``: punctuation separates
    words and is counted too. In scripts that put no spaces between words, such as Japanese and
    Thai, each letter is a token, so that pairs of tokens are pairs of letters.

    Parameters
    ----------
    ngram_range : tuple (min_n, max_n), default=(1, 2)
        The lengths of the sequences to count. The default counts words and word pairs.
    min_df : int or "auto", default="auto"
        Sequences that occur in fewer documents are not counted. If no sequence reaches this
        number, all are counted, with a warning. ``"auto"`` is 1 for fewer than 5,000 documents
        of fewer than 400 characters on average, where even a word that occurs once is worth
        knowing, and 2 otherwise.
    lowercase : bool, default=True
        Whether to convert the text, or the tokens, to lower case first.
    analyzer : callable, default=None
        A function from a document, as it is passed, to its tokens: an iterable of str. Unlike in
        ``CountVectorizer``, `ngram_range` and `lowercase` apply to its tokens.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        The column of each sequence; the words of a pair are separated by a space.
    min_df_ : int
        The number of documents in which a sequence must occur.

    Warns
    -----
    UserWarning
        If an integer `min_df` is too high for the documents.

    See Also
    --------
    NaiveBayesScaler : Scale the counts by how well they tell the classes apart.
    make_text_classifier : The recommended pipeline.

    Notes
    -----
    A document may also be a list of tokens, which are used as they are, but for `lowercase`.

    References
    ----------
    Wang and Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification",
    ACL 2012.

    Examples
    --------
    >>> from skembed import NgramVectorizer
    >>> vectorizer = NgramVectorizer(min_df=2)
    >>> vectorizer.fit_transform(["not good!", "not bad", "good and not bad"]).toarray()
    array([[0, 1, 1, 0],
           [1, 0, 1, 1],
           [1, 1, 1, 1]])
    >>> vectorizer.get_feature_names_out().tolist()
    ['bad', 'good', 'not', 'not bad']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "ngram_range": [tuple, list],
        "min_df": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "lowercase": ["boolean"],
        "analyzer": [callable, None],
    }
    _functions = ("analyzer",)

    def __init__(
        self,
        *,
        ngram_range: tuple[int, int] = (1, 2),
        min_df: int | Literal["auto"] = "auto",
        lowercase: bool = True,
        analyzer: Analyzer | None = None,
    ) -> None:
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.lowercase = lowercase
        self.analyzer = analyzer

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn which sequences of words occur.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str; or a column of shape (n, 1)
            The documents.
        y : None
            Ignored.

        Returns
        -------
        NgramVectorizer
            The fitted vectorizer.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        EmptyVocabularyError
            If no document contains a token, or as many as the shortest sequence has.
        """
        self.fit_transform(X, y)
        return self

    @fit_task
    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Learn which sequences of words occur, and count them.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str; or a column of shape (n, 1)
            The documents.
        y : None
            Ignored.

        Returns
        -------
        csr_array or csr_matrix of int64 of shape (n_documents, n_sequences)
            The counts.

        Raises
        ------
        SkembedError
            As in :meth:`fit`.
        """
        self._check_params()
        documents = self._texts_or_tokens(X)
        counter, counts = self._count(documents)
        if self.min_df != "auto" and counter.min_df < self.min_df:
            warnings.warn(
                f"min_df={self.min_df} is too high for these {len(documents)} documents: sequences "
                f"that occur in {counter.min_df} or more were counted. Lower min_df.",
                stacklevel=3,  # skip the decorators
            )
        self._counter, self.vocabulary_, self.min_df_ = counter, counter.vocabulary_, counter.min_df
        return counts

    def _check_params(self) -> None:
        self._validate_params()
        lengths = [*self.ngram_range]
        if (
            len(lengths) != 2
            or not all(isinstance(length, Integral) for length in lengths)
            or not 1 <= lengths[0] <= lengths[1]
        ):
            raise InvalidParameterError(
                "ngram_range must be (min_n, max_n), two integers with 1 <= min_n <= max_n, got "
                f"{self.ngram_range!r}."
            )

    def _texts_or_tokens(self, X: Any) -> Any:
        documents = texts_or_tokens(self, X)
        if self.lowercase and isinstance(documents[0], list):
            return [[token.lower() for token in tokens] for tokens in documents]
        return documents

    def _reading(self, documents: Any) -> dict[str, Any]:
        """Return the parameters with which a CountVectorizer reads documents."""
        if isinstance(documents[0], list):
            return {"preprocessor": list, "tokenizer": list, "token_pattern": None}
        return {"lowercase": self.lowercase, "token_pattern": token_pattern()}

    def _count(self, documents: Any) -> tuple[CountVectorizer, Any]:
        for min_df in (self._choose_min_df(documents), 1):
            counter = CountVectorizer(
                ngram_range=tuple(self.ngram_range),
                min_df=min(min_df, len(documents)),
                **self._reading(documents),
            )
            try:
                return counter, counter.fit_transform(documents)
            except ValueError as error:
                reason = error
        shortest = self.ngram_range[0]
        what = "a token" if shortest == 1 else f"{shortest} tokens in a row"
        raise EmptyVocabularyError(
            f"None of the {len(documents)} documents contains {what}: check the cleaning before "
            "this step."
        ) from reason

    def _choose_min_df(self, documents: Any) -> int:
        if self.min_df != "auto":
            return self.min_df
        lengths = (len(" ".join(d) if isinstance(d, list) else d) for d in documents)
        is_short = sum(lengths) < _SHORT_CHARACTERS * len(documents)
        return 1 if len(documents) < _FEW_DOCUMENTS and is_short else 2

    def transform(self, X: Any) -> Any:
        """Count the known sequences of words in documents.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str; or a column of shape (n, 1)
            The documents.

        Returns
        -------
        csr_array or csr_matrix of int64 of shape (n_documents, n_sequences)
            The counts.

        Raises
        ------
        NotFittedError
            If the vectorizer is not fitted.
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        """
        check_is_fitted(self)
        documents = self._texts_or_tokens(X)
        return self._counter_for(documents).transform(documents)

    def _counter_for(self, documents: Any) -> CountVectorizer:
        """Return the fitted counter, set to read texts or lists of tokens."""
        counter = copy(self._counter)  # set_params takes as long as to count a short text
        vars(counter).update(preprocessor=None, tokenizer=None)
        vars(counter).update(self._reading(documents))
        return counter

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "vocabulary_" in state:  # without the columns, which are those of the sorted sequences
            state["vocabulary_"] = sorted(self.vocabulary_)
            state["_counter"] = copy(self._counter)
            del state["_counter"].vocabulary_
            vars(state["_counter"]).pop("_stop_words_id", None)  # an address in this process
        return state

    @restores_state
    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "vocabulary_" in state:
            self.vocabulary_ = {words: i for i, words in enumerate(state["vocabulary_"])}
            self._counter.vocabulary_ = self.vocabulary_

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """Return the sequences of words in the order of the columns.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str of shape (n_sequences,), dtype object
            The sequences.
        """
        check_is_fitted(self)
        return np.asarray(self._counter.get_feature_names_out(), object)

    def _summary(self) -> str:
        shortest, longest = self.ngram_range
        lengths = f"{longest}" if shortest == longest else f"{shortest} to {longest}"
        n = self.min_df_
        least = f", each in at least {n:,} documents" if n > 1 else ""
        return f"{len(self.vocabulary_):,} sequences of {lengths} words{least}"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
