"""Transform the columns of a table; the ids of each text keep their vocabulary."""

from collections.abc import Callable
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.compose._column_transformer import _get_transformer_list
from sklearn.utils.validation import check_is_fitted

from skembed._fit_task import fit_task
from skembed._n_jobs import N_JOBS
from skembed._sequence_transformer import SequenceTransformer
from skembed._training_only import part_of_a_fitted
from skembed._validation import row_index
from skembed.tables.blocks import TextBlocks
from skembed.tables.column_checks import as_table, check_columns
from skembed.token_table import TokenTable

__all__ = ["TextColumnTransformer", "make_text_column_transformer"]


class TextColumnTransformer(SequenceTransformer, TextBlocks):
    """Transform columns of text, numbers and categories for one network.

    Used as scikit-learn's ``ColumnTransformer``, but the output is a :class:`TokenTable`. Each
    transformer that returns ``TokenSequences`` makes a text of this table, under the name of the
    transformer and with its own vocabulary and word vectors. The output of all others together
    is its one part of numbers, in single precision.

    Parameters
    ----------
    transformers : list of (str, transformer, columns)
        The name of each transformer; an estimator, ``"drop"`` or ``"passthrough"``; and its
        columns: names, positions, a slice, a mask or a callable, such as scikit-learn's
        ``make_column_selector``. A text is one column, given as ``"title"`` or ``["title"]``.
    remainder : {"drop", "passthrough"} or estimator, default="drop"
        What happens to the columns that `transformers` do not name.
    shared_vocabulary : bool or list of str, default=False
        Names of texts that share one vocabulary and one matrix of word vectors; True for all
        texts. Their tokenizers and steps of word vectors are fitted once, on the documents of all
        these columns, and must have equal settings. Every other step, such as ``TextCleaner`` and
        ``PadSequences``, is fitted to its own column and may differ. A network then has one
        embedding layer for them.
    sparse_threshold : float, default=0.3
        The numbers are sparse if a transformer returns sparse ones and, in training, a smaller
        fraction of all numbers than this is not zero.
    n_jobs : int, default=None
        The number of processes, as in joblib. Texts with a shared vocabulary are fitted in this
        process.
    transformer_weights : dict of str to float, default=None
        Factors for the numbers of transformers, by name. Texts have no weight.
    verbose : bool, default=False
        Whether to print the time that each fit took.
    verbose_feature_names_out : bool, str or callable, default=True
        How the names of the numbers are made, as in ``ColumnTransformer``. A text has the name
        of its transformer.

    Attributes
    ----------
    transformers_ : list of (str, transformer, columns)
        The fitted transformers.
    named_transformers_ : Bunch
        The fitted transformers by name; ``columns["title"]`` is short for it.
    sparse_output_ : bool
        Whether the numbers are sparse.
    output_indices_ : dict of str to slice
        The columns of ``numbers`` that each transformer made; none for a text.
    n_features_in_ : int
        The number of columns seen in ``fit``.

    See Also
    --------
    KerasTextClassifier : Takes the table.
    CategoryTokenizer : Ids of categories.
    TokenTable : What `transform` returns.
    sklearn.compose.ColumnTransformer : For tables without ids, such as vectors of texts and counts.

    Notes
    -----
    ``transform`` finds columns by name if the table has names: their order does not matter, and
    others are ignored. Neither the row labels nor the order of the columns are learned. A column
    that is missing, or holds text in place of numbers or the reverse, is an error with its name.

    Missing values: a text that is missing is an error, which names the column. A missing category
    is a category of its own (see :class:`CategoryTokenizer`). A missing number is an error unless
    a transformer such as ``SimpleImputer`` replaces it.

    To search over a setting of texts with a shared vocabulary, set it for all of them together,
    with a list of grids: ``[{"columns__title__num_words": [n], "columns__body__num_words": [n]}
    for n in (1000, 5000)]``.

    References
    ----------
    Guo and Berkhahn, "Entity Embeddings of Categorical Variables", 2016. Cheng et al., "Wide &
    Deep Learning for Recommender Systems", DLRS 2016.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skembed import CategoryTokenizer, KerasTokenizerTransformer, TextColumnTransformer
    >>> columns = TextColumnTransformer([
    ...     ("title", KerasTokenizerTransformer(), "title"),
    ...     ("city", CategoryTokenizer(), "city"),
    ...     ("scaled", StandardScaler(), ["price"]),
    ... ])
    >>> table = columns.fit_transform({
    ...     "title": ["Good food", "Poor service"],
    ...     "city": ["New York", "Rome"],
    ...     "price": [30, 10],
    ... })
    >>> table
    <TokenTable of 2 documents: title (4 tokens), city (2 tokens), 1 column of numbers>
    >>> columns.get_feature_names_out().tolist()
    ['title', 'city', 'scaled__price']
    >>> table.texts["city"].vocabulary
    Vocabulary(2 words: 'New York', 'Rome'; oov_token='[UNK]')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ColumnTransformer._parameter_constraints,
        "shared_vocabulary": ["boolean", list, tuple],
        "n_jobs": N_JOBS,
    }

    def __init__(
        self,
        transformers: list[tuple[str, Any, Any]],
        *,
        remainder: Any = "drop",
        shared_vocabulary: bool | list[str] = False,
        sparse_threshold: float = 0.3,
        n_jobs: int | None = None,
        transformer_weights: dict[str, float] | None = None,
        verbose: bool = False,
        verbose_feature_names_out: bool | str | Callable[[str, str], str] = True,
    ) -> None:
        self.transformers = transformers
        self.remainder = remainder
        self.shared_vocabulary = shared_vocabulary
        self.sparse_threshold = sparse_threshold
        self.n_jobs = n_jobs
        self.transformer_weights = transformer_weights
        self.verbose = verbose
        self.verbose_feature_names_out = verbose_feature_names_out

    @fit_task
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit all transformers.

        Parameters
        ----------
        X : data frame, dict of columns or 2-D array
            The table.
        y : array-like of shape (n_documents,), default=None
            Labels, for transformers that use them.
        **params : dict
            Metadata that scikit-learn routes to the transformers.

        Returns
        -------
        TextColumnTransformer
            This instance.

        Raises
        ------
        ColumnError
            If a column is missing, or holds something else than its transformer takes.
        DocumentsError
            If there are no rows, or if a text is missing.
        MixedColumnsError
            If no transformer returns ``TokenSequences``, or one returns a ``TokenTable``.
        InvalidParameterError
            If a parameter is outside its documented values.
        """
        self._fit(X, y, params)
        return self

    @fit_task
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> TokenTable:
        """Fit all transformers and transform the table.

        Parameters
        ----------
        X, y, **params
            As in :meth:`fit`.

        Returns
        -------
        TokenTable
            The texts and numbers.

        Raises
        ------
        ColumnError, DocumentsError, MixedColumnsError, InvalidParameterError
            As in :meth:`fit`.
        """
        return self._fit(X, y, params)

    def transform(self, X: Any, **params: Any) -> TokenTable:
        """Transform a table.

        Parameters
        ----------
        X : data frame, dict of columns or 2-D array
            The table, with the columns seen in ``fit``; columns with names may be in any order.
        **params : dict
            Metadata that scikit-learn routes to the transformers.

        Returns
        -------
        TokenTable
            The texts and numbers, with the row labels of the table.

        Raises
        ------
        ColumnError
            If a column is missing or holds something else than in ``fit``, or if a number is
            missing or infinite.
        DocumentsError
            If there are no rows, or if a text is missing.
        """
        check_is_fitted(self)
        table = as_table(X)
        check_columns(table, self._columns_in, self.n_features_in_)
        transformed: TokenTable = ColumnTransformer.transform(self, table, **params)
        return transformed.with_index(row_index(X))

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the texts, then those of the numbers.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The names of the columns, which must be those seen in ``fit``.

        Returns
        -------
        ndarray of str
            The names.
        """
        check_is_fitted(self)
        numbers = ColumnTransformer.get_feature_names_out(self, input_features)
        return np.array([*self._texts, *numbers], dtype=object)

    def _fit(self, X: Any, y: Any, params: dict[str, Any]) -> TokenTable:
        fitted = copy(self)  # a fit that fails changes nothing
        table: TokenTable = ColumnTransformer.fit_transform(fitted, as_table(X), y, **params)
        self.__dict__.update(vars(fitted))
        return table.with_index(row_index(X))

    def _sk_visual_block_(self) -> Any:
        return ColumnTransformer._sk_visual_block_(self)

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "transformers_" in state:  # what is unfitted is kept for its parameters only
            for name in ("transformers", "remainder", "_remainder"):
                state[name] = part_of_a_fitted(state[name])
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False  # numbers alone make no text
        return tags


def make_text_column_transformer(
    *transformers: tuple[Any, Any], **parameters: Any
) -> TextColumnTransformer:
    """Make a :class:`TextColumnTransformer`; the transformers get names from their classes.

    Parameters
    ----------
    *transformers : tuple of (transformer, columns)
        The transformers and their columns.
    **parameters : dict
        The other parameters of `TextColumnTransformer`, such as `remainder`.

    Returns
    -------
    TextColumnTransformer
        The unfitted transformer. Names are those of the classes in lower case, and have a number
        if a class is used twice.

    Examples
    --------
    >>> from skembed import KerasTokenizerTransformer, make_text_column_transformer
    >>> columns = make_text_column_transformer(
    ...     (KerasTokenizerTransformer(), "title"), ("passthrough", ["price"])
    ... )
    >>> [name for name, *_ in columns.transformers]
    ['kerastokenizertransformer', 'passthrough']
    """
    return TextColumnTransformer(_get_transformer_list(transformers), **parameters)
