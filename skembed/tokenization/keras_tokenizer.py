"""Tokenizer with a learned vocabulary, compatible with Keras's ``Tokenizer``."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import Interval, InvalidParameterError
from sklearn.utils.validation import check_is_fitted

from skembed._fit_task import fit_task
from skembed._sequence_transformer import SequenceTransformer
from skembed._validation import check_sequences, row_index
from skembed.errors import TokenizerFormatError
from skembed.sequences import TokenSequences
from skembed.tokenization.analyzer import Analyzer, check_splitting, split_documents
from skembed.tokenization.counted_words import CountedWords
from skembed.tokenization.encoding import DROPPED, encode
from skembed.tokenization.keras_json import SETTINGS, parse_json, read_settings, read_words, to_json
from skembed.tokenization.splitting import FILTERS, SplitDocuments
from skembed.vocabulary import Vocabulary

__all__ = ["KerasTokenizerTransformer"]


class KerasTokenizerTransformer(SequenceTransformer):
    r"""Convert documents to the sequences of word ids that Keras's Tokenizer produces.

    Words are numbered by their frequency in training, ties by first appearance.

    Parameters
    ----------
    num_words : int, default=None
        Only ids below this number are used; rarer words are treated as unknown. At least 3, or
        2 if `oov_token` is None, since id 0 is padding. None keeps all words.
    min_count : int, default=1
        Words that occur less often in the training documents are treated as unknown.
    filters : str, default=ASCII punctuation except the apostrophe, plus tab and newline
        Characters to replace with `split`, in lower case if `lower`.
    lower : bool, default=True
        Convert all letters to lowercase, also those of tokens.
    split : str, default=" "
        The separator between words. A space stands for all white space, which is what
        :meth:`str.split` splits at.
    char_level : bool, default=False
        Use each character as a token; setting `filters` or `split` as well is an error.
    oov_token : str, default="[UNK]"
        The token that represents unknown words, with id 1. If None, unknown words are
        dropped.
    analyzer : callable, default=None
        A function from a document, as it is passed, to its tokens: an iterable of str. Use
        one for languages without spaces between words, such as ``jieba.lcut`` for Chinese.
        `filters`, `split` and `char_level` are for text without an analyzer; setting them as
        well is an error.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        The words that can occur in the sequences.
    word_index_ : dict of str to int
        The id of every word seen, including words beyond `num_words` and the unknown
        token, as in Keras.
    index_word_ : dict of int to str
        The inverse of `word_index_`.
    word_counts_ : dict of str to int
        The number of occurrences of each word, the most frequent first.
    document_count_ : int
        The number of training documents.

    See Also
    --------
    HashingTokenizerTransformer : Hashes words instead of learning a vocabulary.
    PadSequences : The usual next step.

    Notes
    -----
    A document may also be a list of tokens, which are used as they are, but for `lower`.

    The ids equal those of Keras's ``Tokenizer`` for text whose white space is spaces and what
    `filters` contains: in Keras, the two words of ``"good\r\nfood"`` are ``"good\r"`` and
    ``"food"``. With another `split` than a space, only `split` separates words, as in Keras. If
    `filters` lacks the line break, one that stands between spaces is a word, which is how
    ``TextCleaner(keep_line_breaks=True)`` writes it.

    An analyzer is needed for predictions, so it is pickled: by its name if it can be
    imported, otherwise as code, which only the same version of Python can read. It is called again
    in each fit of a search; to split the text only once, pass lists of tokens.

    If the training documents do not fit into memory, count them in batches with
    :meth:`partial_fit`. It stores every distinct word with two counts, including words
    below `min_count`, which may occur again in later batches.

    References
    ----------
    The ``Tokenizer`` class of Keras 2, which was removed in Keras 3:
    https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/text/Tokenizer

    Examples
    --------
    >>> from skembed import KerasTokenizerTransformer
    >>> tokenizer = KerasTokenizerTransformer()
    >>> tokenizer.fit_transform(["Well done!", "Well, not done well."]).to_lists()
    [[2, 3], [2, 4, 3, 2]]
    >>> tokenizer.transform(["Nicely done"]).to_lists()
    [[1, 3]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "num_words": [Interval(Integral, 1, None, closed="left"), None],
        "min_count": [Interval(Integral, 1, None, closed="left")],
        "filters": [str],
        "lower": ["boolean"],
        "split": [str],
        "char_level": ["boolean"],
        "oov_token": [str, None],
        "analyzer": [callable, None],
    }
    _functions = ("analyzer",)

    def __init__(
        self,
        num_words: int | None = None,
        *,
        min_count: int = 1,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = "[UNK]",
        analyzer: Analyzer | None = None,
    ) -> None:
        self.num_words = num_words
        self.min_count = min_count
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the vocabulary.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str
            The training documents.
        y : None
            Ignored.

        Returns
        -------
        KerasTokenizerTransformer
            This instance.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        EmptyVocabularyError
            If no word occurs `min_count` times.
        """
        self._learn(X)
        return self

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Count the words of more documents.

        After the last batch, the result equals that of a single :meth:`fit` on all batches. `fit`
        discards the counts of words below `min_count`, so calling this method after `fit` starts
        counting them from zero. Later calls ignore changes of `num_words`, `min_count` and
        `oov_token`. Each batch may change the ids of all words, so use the ids only after all
        batches have been counted.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str
            More training documents.
        y : None
            Ignored.

        Returns
        -------
        KerasTokenizerTransformer
            This instance. Until a word has occurred `min_count` times, methods that need the
            vocabulary raise an EmptyVocabularyError.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.

        Examples
        --------
        >>> from skembed import KerasTokenizerTransformer
        >>> tokenizer = KerasTokenizerTransformer()
        >>> for batch in (["Well done!"], ["Well, not done well."]):
        ...     tokenizer = tokenizer.partial_fit(batch)
        >>> tokenizer.transform(["Well, not done well."]).to_lists()
        [[2, 4, 3, 2]]
        """
        self._check_parameters()
        counted = self._counted if hasattr(self, "_counted") else self._make_counter()
        self._set_learned(counted.add(split_documents(self, X, fitting=True)))
        return self

    @fit_task
    def fit_transform(self, X: Any, y: Any = None) -> TokenSequences:
        """Learn the vocabulary and return the ids in a single pass over the text.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str
            The training documents.
        y : None
            Ignored.

        Returns
        -------
        TokenSequences of shape (n_documents,)
            Ragged sequences; ids range from 1 to ``vocabulary_.n_ids - 1``.

        Raises
        ------
        DocumentsError, EmptyVocabularyError
            As in :meth:`fit`.
        """
        return self._encode(self._learn(X), X)

    def transform(self, X: Any) -> TokenSequences:
        """Convert documents to ids.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str
            The documents.

        Returns
        -------
        TokenSequences of shape (n_documents,)
            Ragged sequences; ids range from 1 to ``vocabulary_.n_ids - 1``.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        """
        check_is_fitted(self)
        return self._encode(split_documents(self, X, fitting=False), X)

    def inverse_transform(self, X: Any) -> npt.NDArray[np.object_]:
        """Convert ids back to words.

        Parameters
        ----------
        X : TokenSequences, list of lists of int, or integer array of shape (n, width)
            The documents as ids; zeros are padding and are skipped.

        Returns
        -------
        ndarray of str (dtype object) of shape (n_documents,)
            The words of each document, joined by spaces, or its characters if `char_level`.

        Raises
        ------
        IdRangeError
            If an id has no word.
        """
        check_is_fitted(self)
        sequences = check_sequences(X)
        words = {id: self.vocabulary_.word(id) for id in np.unique(sequences.ids).tolist() if id}
        separator = "" if self.char_level else " "
        texts = np.empty(len(sequences), dtype=object)
        texts[:] = [
            separator.join([words[id] for id in row.tolist() if id])
            for row in np.split(sequences.ids, sequences.offsets[1:-1])
        ]
        return texts

    @property
    def vocabulary_(self) -> Vocabulary:
        """The words that can occur in the sequences."""
        check_is_fitted(self)
        return self._counted.vocabulary

    @property
    def word_index_(self) -> dict[str, int]:
        """The id of every word seen and of the unknown token; created on each access."""
        check_is_fitted(self)
        vocabulary = self._counted.all_words
        known = dict(vocabulary)
        return known if vocabulary.oov_token is None else {vocabulary.oov_token: 1, **known}

    @property
    def index_word_(self) -> dict[int, str]:
        """The word of every id; created on each access."""
        return {id: word for word, id in self.word_index_.items()}

    @property
    def word_counts_(self) -> dict[str, int]:
        """The number of occurrences of each word; created on each access."""
        check_is_fitted(self)
        return dict(zip(self._counted.all_words, self._counted.counts.tolist()))

    def to_keras_json(self) -> str:
        """Return the tokenizer in the format of Keras's ``Tokenizer.to_json``.

        Returns
        -------
        str
            JSON that Keras's ``tokenizer_from_json`` loads. Keras has no `min_count`, so words
            below it are not included. All white space is among its `filters`.

        Raises
        ------
        TokenizerFormatError
            If the tokenizer has an `analyzer`, or words that JSON would change.
        """
        check_is_fitted(self)
        if self.analyzer is not None:
            raise TokenizerFormatError(
                f"Keras's JSON cannot hold the function analyzer={self.analyzer!r}: save the "
                "tokenizer with joblib.dump, or call set_params(analyzer=None) and pass lists of "
                "tokens to Keras's tokenizer."
            )
        settings = {name: getattr(self, name) for name in SETTINGS}
        return to_json(settings, self.word_index_, self._counted)

    @classmethod
    def from_keras_json(cls, text: str) -> Self:
        """Create a fitted tokenizer from the output of Keras's ``Tokenizer.to_json``.

        Parameters
        ----------
        text : str
            The JSON.

        Returns
        -------
        KerasTokenizerTransformer
            A fitted tokenizer with the same ids as the saved one.

        Raises
        ------
        TokenizerFormatError
            If `text` is not such JSON, or its ids are not consecutive.
        """
        with parse_json(text) as config:
            tokenizer = cls(**read_settings(config))
            tokenizer._check_parameters()
            counted = read_words(config, tokenizer._make_counter())
        tokenizer._set_learned(counted)
        return tokenizer

    def _check_parameters(self) -> None:
        self._validate_params()
        check_splitting(self)
        fewest = 2 if self.oov_token is None else 3
        if self.num_words is not None and self.num_words < fewest:
            raise InvalidParameterError(
                f"num_words={self.num_words} keeps no word, because lower ids are for padding and "
                f"unknown words: pass {fewest} or more, or None for all words."
            )

    def _learn(self, X: Any) -> SplitDocuments:
        self._check_parameters()
        documents = split_documents(self, X, fitting=True, once=True)
        self._set_learned(self._make_counter().add(documents).prune())
        return documents

    def _make_counter(self) -> CountedWords:
        return CountedWords(self.min_count, self.num_words, self.oov_token)

    def _set_learned(self, counted: CountedWords) -> None:
        self._counted = counted
        self.document_count_ = counted.n_documents

    def _encode(self, documents: SplitDocuments, X: Any) -> TokenSequences:
        vocabulary = self._counted.vocabulary
        ids = vocabulary.ids_of(documents.words, unknown=vocabulary.oov_id or DROPPED)
        return encode(documents, ids, vocabulary).with_index(row_index(X))

    def _summary(self) -> str:
        return f"{self._counted.n_words:,} words of {self.document_count_:,} documents"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags
