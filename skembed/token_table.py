"""A table of texts and numbers: token sequences of several columns beside other columns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from skembed._ids import row_numbers
from skembed._pickles import Lasting
from skembed.errors import MixedColumnsError
from skembed.sequences import TokenSequences

__all__ = ["TokenTable"]


@dataclass(frozen=True, eq=False)
class TokenTable(Lasting):
    """An immutable table whose columns are token sequences, with numbers beside them.

    :class:`TextColumnTransformer` returns this class, and :class:`KerasTextClassifier` takes it.
    Each text keeps the vocabulary and the word vectors of its own ids; texts with the same
    vocabulary object share one embedding layer. A table is indexed by rows as an array is, so
    scikit-learn can split it, but always by several rows: a slice, a mask or an array of integers.

    Parameters
    ----------
    texts : mapping of str to TokenSequences
        The text columns by name, all with the same number of rows. At least one.
    numbers : array-like or sparse matrix of shape (n_documents, n_numbers), default=None
        The other columns; stored as float32, sparse ones in CSR format without stored zeros.
        None if there are none.
    number_names : sequence of str, default=()
        The names of the columns of `numbers`. Empty if they have none.

    Raises
    ------
    MixedColumnsError
        If there is no text column, if a text is no ``TokenSequences``, if `numbers` are not rows
        of numbers, or if the parts or the names differ in number.

    See Also
    --------
    TextColumnTransformer : Makes such a table of a data frame.
    TokenSequences : One text column.

    Notes
    -----
    Two tables are equal if they have equal texts of the same names in the same order, and equal
    numbers. Row labels are not compared.

    Examples
    --------
    >>> from skembed import TokenSequences, TokenTable
    >>> titles = TokenSequences.from_lists([[5, 2], [7]])
    >>> bodies = TokenSequences.from_lists([[1, 2, 3], [4, 5, 6]])
    >>> table = TokenTable({"title": titles, "body": bodies}, [[9.5], [3.0]], ["price"])
    >>> table
    <TokenTable of 2 documents: title (3 tokens), body (6 tokens), 1 column of numbers>
    >>> table[[1]].texts["title"].to_lists()
    [[7]]
    >>> table[::-1].numbers
    array([[3. ],
           [9.5]], dtype=float32)
    >>> table[::-1][::-1] == table
    True
    """

    texts: Mapping[str, TokenSequences]
    numbers: Any = None
    number_names: Any = ()

    __hash__ = None  # type: ignore[assignment]  # equality is by content

    def __post_init__(self) -> None:
        numbers = None if self.numbers is None else _as_numbers(self.numbers)
        object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))
        object.__setattr__(self, "numbers", numbers)
        object.__setattr__(self, "number_names", tuple(map(str, self.number_names)))
        self._check_parts()

    def _check_parts(self) -> None:
        if not self.texts:
            raise MixedColumnsError(
                "A table needs at least one text column. For numbers alone, use a classifier of "
                "rows of numbers, such as LogisticRegression."
            )
        for name, sequences in self.texts.items():
            if not isinstance(sequences, TokenSequences):
                raise MixedColumnsError(
                    f"The text {name!r} is {type(sequences).__name__}, expected TokenSequences: "
                    "use a tokenizer, or TokenSequences.from_lists for ids."
                )
        n_rows = {name: len(sequences) for name, sequences in self.texts.items()}
        if self.numbers is not None:
            n_rows["numbers"] = self.numbers.shape[0]
        if len({*n_rows.values()}) > 1:
            raise MixedColumnsError(
                f"The parts of a table differ in their number of rows: {n_rows}."
            )
        n_names = len(self.number_names)
        if n_names not in (0, self.n_numbers):
            raise MixedColumnsError(f"Got {n_names} names for {self.n_numbers} columns of numbers.")

    @property
    def n_numbers(self) -> int:
        """The number of columns of numbers."""
        return 0 if self.numbers is None else int(self.numbers.shape[1])

    @property
    def index(self) -> Any:
        """The row labels of the table that the documents come from, or None."""
        return next(iter(self.texts.values())).index

    @property
    def shape(self) -> tuple[int]:
        """``(n_documents,)``."""
        return (len(self),)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Number of tokens per document in all text columns; shape (n_documents,)."""
        return sum((x.lengths for x in self.texts.values()), np.zeros(len(self), np.int64))

    def with_index(self, index: Any) -> "TokenTable":
        """Attach row labels, or remove them.

        Parameters
        ----------
        index : pandas.Index or None
            A label for each document.

        Returns
        -------
        TokenTable
            The same documents with these labels.
        """
        if index is self.index:
            return self
        texts = {name: sequences.with_index(index) for name, sequences in self.texts.items()}
        return replace(self, texts=texts)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        raise MixedColumnsError(
            "A table of token sequences is no array: the same id means different words in two "
            "columns. Pass it to KerasTextClassifier, or turn each text column into numbers with "
            "EmbeddingVectorizer or NgramVectorizer in scikit-learn's ColumnTransformer."
        )

    def __len__(self) -> int:
        return len(next(iter(self.texts.values())))

    def __getitem__(self, key: Any) -> "TokenTable":
        rows = row_numbers(key, len(self))
        if rows is None or rows.ndim == 0:
            raise IndexError(
                f"A table is indexed by several rows, such as table[[0]]; got {key!r}."
            )
        texts = {name: sequences[rows] for name, sequences in self.texts.items()}
        numbers = None if self.numbers is None else self.numbers[rows]
        return replace(self, texts=texts, numbers=numbers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TokenTable):
            return NotImplemented
        return (
            [*self.texts] == [*other.texts]
            and self.number_names == other.number_names
            and all(mine == other.texts[name] for name, mine in self.texts.items())
            and _equal(self.numbers, other.numbers)
        )

    def __repr__(self) -> str:
        parts = [f"{name} ({len(x.ids):,} tokens)" for name, x in self.texts.items()]
        if self.n_numbers:
            columns = "column" if self.n_numbers == 1 else "columns"
            kind = "sparse numbers" if sparse.issparse(self.numbers) else "numbers"
            parts.append(f"{self.n_numbers:,} {columns} of {kind}")
        return f"<TokenTable of {len(self):,} documents: {', '.join(parts)}>"

    def __getstate__(self) -> dict[str, Any]:
        # As a tuple, since a hash by joblib does not cover the order of a dict.
        return vars(self) | {"texts": tuple(self.texts.items())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()


def _as_numbers(numbers: Any) -> Any:
    """Return numbers as float32, which cannot be written to; sparse ones in one form only."""
    try:
        is_sparse: bool = sparse.issparse(numbers)
        array = numbers if is_sparse else np.asarray(numbers, np.float32).view()
    except (TypeError, ValueError, OverflowError) as error:
        raise MixedColumnsError(f"Expected rows of numbers: {error}") from error
    if array.ndim != 2:
        raise MixedColumnsError(f"Expected numbers as a 2-D array, got {array.ndim}-D.")
    if is_sparse:
        return _canonical(array)
    array.flags.writeable = False
    return array


def _canonical(numbers: Any) -> Any:
    """Return a CSR array with sorted columns and without duplicates and stored zeros."""
    given = sparse.csr_array(numbers, dtype=np.float32)
    if not given.has_canonical_format or not given.data.all():
        given = given.copy()  # the data may be the user's
        given.sum_duplicates()
        given.eliminate_zeros()
    kind = np.int32 if max(given.nnz, given.shape[1]) <= np.iinfo(np.int32).max else np.int64
    parts = given.data, given.indices.astype(kind, copy=False), given.indptr.astype(kind)
    csr = sparse.csr_array(tuple(part.view() for part in parts), shape=given.shape)
    csr.has_canonical_format = True  # otherwise it is part of the hash whether this was asked
    for part in (csr.data, csr.indices, csr.indptr):
        part.flags.writeable = False
    return csr


def _equal(mine: Any, theirs: Any) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    if sparse.issparse(mine) != sparse.issparse(theirs) or mine.shape != theirs.shape:
        return False
    if sparse.issparse(mine):
        return bool((mine != theirs).nnz == 0)
    return np.array_equal(mine, theirs)
