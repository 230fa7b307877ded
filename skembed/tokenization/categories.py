"""Categories as documents of one token."""

from collections import Counter
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from pandas import isna
from pandas.api.types import is_scalar
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skembed._fit_task import fit_task
from skembed._sequence_transformer import SequenceTransformer
from skembed._validation import list_documents, row_index
from skembed.errors import DocumentsError
from skembed.sequences import TokenSequences
from skembed.tokenization.counted_words import CountedWords
from skembed.vocabulary import Vocabulary

__all__ = ["CategoryTokenizer", "category_tokens"]

_MISSING, _UNKNOWN = "[NA]", "[UNK]"


class CategoryTokenizer(SequenceTransformer):
    """Convert categories to ids: each value is one token, so a network learns a vector for it.

    For columns such as a country, a product group or a number of stars, in a
    :class:`TextColumnTransformer`. Values may be text, whole or fractional numbers, or booleans.
    Text is not split and not changed: ``"New York"`` is one token. A whole number is the same
    token whether it is stored as ``3``, as ``3.0`` or as text.

    Categories are numbered by their frequency, ties in alphabetical order, so the ids do not
    depend on the order of the rows.

    Parameters
    ----------
    min_count : int, default=1
        Categories that occur less often in training are treated as unknown. With 1, nothing is
        unknown in training, so the vector of unknown categories stays random.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        The categories. Id 1 stands for unknown ones.

    See Also
    --------
    TextColumnTransformer : Puts categories beside texts and numbers.
    KerasTokenizerTransformer : Splits text into words.

    Notes
    -----
    A missing value (None, NaN, ``pandas.NA`` or NaT) is a category of its own, the token
    ``"[NA]"``. If none is missing in training, it is unknown later.

    References
    ----------
    Guo and Berkhahn, "Entity Embeddings of Categorical Variables", 2016,
    https://arxiv.org/abs/1604.06737.

    Examples
    --------
    >>> from skembed import CategoryTokenizer
    >>> tokenizer = CategoryTokenizer().fit(["New York", "Rome", "Rome", None])
    >>> tokenizer.vocabulary_
    Vocabulary(3 words: 'Rome', 'New York', '[NA]'; oov_token='[UNK]')
    >>> tokenizer.transform(["New York", None, "Oslo"]).to_lists()
    [[3], [4], [1]]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "min_count": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, min_count: int = 1) -> None:
        self.min_count = min_count

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the categories.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, numbers or booleans
            The column.
        y : None
            Ignored.

        Returns
        -------
        CategoryTokenizer
            This instance.

        Raises
        ------
        DocumentsError
            If `X` is no column of such values.
        EmptyVocabularyError
            If no category occurs `min_count` times.
        """
        self._validate_params()
        counts = Counter(category_tokens(X))
        categories = sorted(counts)
        numbers = np.array([counts[category] for category in categories])
        counted = CountedWords(self.min_count, None, _UNKNOWN)
        counted.add_counts(categories, numbers, numbers, counts.total())
        self.vocabulary_: Vocabulary = counted.vocabulary
        return self

    def transform(self, X: Any) -> TokenSequences:
        """Convert categories to ids.

        Parameters
        ----------
        X : list, tuple, ndarray or Series of str, numbers or booleans
            The column.

        Returns
        -------
        TokenSequences of shape (n_documents, 1)
            The id of each row.

        Raises
        ------
        DocumentsError
            If `X` is no column of such values.
        """
        check_is_fitted(self)
        known = self.vocabulary_
        ids = np.array(known.ids_of(category_tokens(X), unknown=known.oov_id or 1), np.int32)
        column = TokenSequences.from_array(ids[:, np.newaxis], known)
        return column.with_index(row_index(X))

    def _summary(self) -> str:
        return f"{len(self.vocabulary_):,} categories"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        return tags


def category_tokens(X: Any) -> list[str]:
    """Return each value of a column of categories as text, ``"[NA]"`` where it is missing.

    Parameters
    ----------
    X : list, tuple, ndarray or Series of str, numbers or booleans
        The column.

    Raises
    ------
    DocumentsError
        If `X` is no column of such values.
    """
    return [
        value if type(value) is str else _token(value, i)
        for i, value in enumerate(list_documents(X))
    ]


def _token(value: Any, position: int) -> str:
    if isinstance(value, str | bool | np.bool_ | Integral):
        return str(value)
    if is_scalar(value) and isna(value):
        return _MISSING
    if isinstance(value, Real):
        number = float(value)
        return str(int(number) if number.is_integer() else number)
    raise DocumentsError(
        f"Row {position} is {type(value).__name__} ({value!r:.60}), expected a category: text, a "
        "number or a boolean. Convert other values first, for example with series.astype(str)."
    )
