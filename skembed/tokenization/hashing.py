"""Tokenizer that hashes words to ids, without a vocabulary."""

from hashlib import md5
from numbers import Integral
from typing import Any, ClassVar, Self

from sklearn.utils._param_validation import Interval

from skembed._fit_task import fit_task
from skembed._sequence_transformer import SequenceTransformer
from skembed._validation import check_texts_or_tokens, row_index
from skembed.sequences import TokenSequences
from skembed.tokenization.analyzer import Analyzer, check_splitting, name_of, split_documents
from skembed.tokenization.encoding import encode
from skembed.tokenization.splitting import FILTERS, SplitDocuments
from skembed.vocabulary import HashBuckets

__all__ = ["HashingTokenizerTransformer"]

_SAMPLE_SIZE = 1000  # documents, from which fit knows whether the text is split


class HashingTokenizerTransformer(SequenceTransformer):
    """Convert documents to sequences of hashed word ids; nothing is learned.

    This is equivalent to Keras's ``hashing_trick(text, n_buckets,
    hash_function="md5")``, but all white space separates words, that is, what
    :meth:`str.split` splits at. Unlike Keras's ``one_hot``, the ids are the same in every
    process. Two words may share an id. The ids cannot be converted back to words or
    combined with pre-trained vectors.

    Parameters
    ----------
    n_buckets : int, default=16384
        Ids range from 1 to ``n_buckets - 1``. At least 3, since all words would share one id, and
        at most 2**31, because ids are int32.
    filters : str, default=ASCII punctuation except the apostrophe, plus tab and newline
        Characters to replace with `split`, in lower case if `lower`.
    lower : bool, default=True
        Convert all letters to lowercase.
    split : str, default=" "
        The separator between words. A space stands for all white space.
    analyzer : callable, default=None
        A function from a document to its tokens, as for ``KerasTokenizerTransformer``.

    See Also
    --------
    KerasTokenizerTransformer : Learns a vocabulary.

    References
    ----------
    Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.

    Examples
    --------
    >>> from skembed import HashingTokenizerTransformer
    >>> HashingTokenizerTransformer(50).transform(["Well done!", "Well..."]).to_lists()
    [[15, 31], [15]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_buckets": [Interval(Integral, 3, 2**31, closed="both")],
        "filters": [str],
        "lower": ["boolean"],
        "split": [str],
        "analyzer": [callable, None],
    }
    _functions = ("analyzer",)

    def __init__(
        self,
        n_buckets: int = 2**14,
        *,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        analyzer: Analyzer | None = None,
    ) -> None:
        self.n_buckets = n_buckets
        self.filters = filters
        self.lower = lower
        self.split = split
        self.analyzer = analyzer

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Validate the parameters and the documents; nothing is learned.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str
            The documents.
        y : None
            Ignored.

        Returns
        -------
        HashingTokenizerTransformer
            This instance.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        """
        self._validate_params()
        documents = check_texts_or_tokens(X)
        self._split(documents[:_SAMPLE_SIZE], fitting=True)
        return self

    @fit_task
    def fit_transform(self, X: Any, y: Any = None) -> TokenSequences:
        """Convert documents to ids and cache the split text for other candidates of a search.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str
            The documents.
        y : None
            Ignored.

        Returns
        -------
        TokenSequences of shape (n_documents,)
            Ragged sequences; ids range from 1 to ``n_buckets - 1``.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        """
        return self._hash(self._split(X, fitting=True, once=True), X)

    def transform(self, X: Any) -> TokenSequences:
        """Convert documents to hashed ids.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, or of lists of str
            The documents.

        Returns
        -------
        TokenSequences of shape (n_documents,)
            Ragged sequences; ids range from 1 to ``n_buckets - 1``.

        Raises
        ------
        DocumentsError
            If `X` is not a column of text or of lists of tokens.
        """
        return self._hash(self._split(X, fitting=False), X)

    def _split(self, X: Any, **how: bool) -> SplitDocuments:
        self._validate_new_params()
        check_splitting(self)
        return split_documents(self, X, **how)

    def _hash(self, documents: SplitDocuments, X: Any) -> TokenSequences:
        ids = [*map(self._bucket, documents.words)]
        named = None if self.analyzer is None else name_of(self.analyzer)
        buckets = HashBuckets(self.n_buckets, self.filters, self.lower, self.split, named)
        return encode(documents, ids, buckets).with_index(row_index(X))

    def _bucket(self, word: str) -> int:
        digest = md5(word.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
        return int.from_bytes(digest, "big") % (self.n_buckets - 1) + 1

    def _summary(self) -> str:
        return f"nothing to learn: {self.n_buckets:,} buckets"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags
