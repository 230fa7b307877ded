"""Token sequences that keep the vocabulary of their ids."""

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from skembed._array_checks import IdArray, check_joined, warn_of_lost_vectors
from skembed._ids import check_ids, iter_rows, offsets_of, row_numbers
from skembed._pickles import Lasting
from skembed.embedding_matrix import EmbeddingMatrix
from skembed.errors import NotSequencesError, RaggedSequencesError
from skembed.vocabulary import HashBuckets, Vocabulary

__all__ = ["MAX_WIDTH", "TokenSequences"]

MAX_WIDTH = 2**31 - 1  # of padded rows

Side = Literal["pre", "post"]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TokenSequences(Lasting):
    """An immutable collection of documents, each a row of word ids.

    Rows are ragged until a width is set; then they behave like a rectangular array
    padded with zeros. The padding is never stored, so padding short documents to a
    thousand ids takes no additional memory.

    Tokenizers return this class; :meth:`from_lists` and :meth:`from_array` create it
    from existing ids, and check them; the constructor does not. Rows are indexed like
    those of an array: an integer returns one row as an ndarray; a slice, a mask or an
    array of integers returns a ``TokenSequences``. ``numpy.asarray`` converts rectangular
    sequences to an array of padded ids, so any estimator can use them; it warns if word
    vectors are lost.

    Parameters
    ----------
    ids : ndarray of shape (n_tokens,), dtype int32
        The concatenated ids of all rows.
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Row ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
    vocabulary : Vocabulary or HashBuckets, default=None
        What the ids represent; None if this is unknown.
    n_ids : int, default=0
        All ids are below this number. Zero uses the `n_ids` of the vocabulary or,
        without one, the largest id plus one.
    width : int, default=None
        The length to which all rows are padded; None for ragged rows.
    side : {"pre", "post"}, default="pre"
        Which end of each row is padded.
    embedding : EmbeddingMatrix, default=None
        A vector for each id.
    index : pandas.Index, default=None
        The row labels of the table that the documents come from. Data frames made of these
        documents get them. They are not compared by ``==``.

    Examples
    --------
    >>> import numpy as np
    >>> from skembed import TokenSequences
    >>> sequences = TokenSequences.from_lists([[5, 2], [7], [3, 2, 4]])
    >>> sequences[1:].to_lists()
    [[7], [3, 2, 4]]
    >>> np.asarray(sequences.padded(2))
    array([[5, 2],
           [0, 7],
           [2, 4]], dtype=int32)
    """

    ids: Int32
    offsets: Int64
    vocabulary: Vocabulary | HashBuckets | None = None
    n_ids: int = 0
    width: int | None = None
    side: Side = "pre"
    embedding: EmbeddingMatrix | None = None
    index: Any = None
    dtype: np.dtype[np.int32] = field(default=np.dtype(np.int32), init=False, repr=False)

    __hash__ = None  # type: ignore[assignment]  # equality is by content

    def __post_init__(self) -> None:
        for name in ("ids", "offsets"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)
        if not self.n_ids:
            n_ids = self.vocabulary.n_ids if self.vocabulary else int(self.ids.max(initial=0)) + 1
            object.__setattr__(self, "n_ids", n_ids)

    @classmethod
    def from_lists(
        cls, lists: Iterable[Sequence[int]], vocabulary: Vocabulary | HashBuckets | None = None
    ) -> "TokenSequences":
        """Create ragged sequences from one list of ids per document.

        Parameters
        ----------
        lists : iterable of sequences of int
            The ids of each document.
        vocabulary : Vocabulary or HashBuckets, default=None
            What the ids represent.

        Returns
        -------
        TokenSequences
            Ragged sequences of shape (n_documents,).

        Raises
        ------
        NotSequencesError
            If an element is not a sequence of integers.
        IdRangeError
            If an id is negative or outside the vocabulary.
        """
        rows = [row if isinstance(row, Sequence) else list(row) for row in iter_rows(lists)]
        flat = list(chain.from_iterable(rows))
        if any(isinstance(id, Sequence | np.ndarray) and not isinstance(id, str) for id in flat):
            raise NotSequencesError(
                "Expected one flat list of ids per document, but these lists contain lists."
            )
        ids = np.asarray(flat) if flat else np.zeros(0, np.int32)
        offsets = offsets_of(np.fromiter(map(len, rows), np.int64, len(rows)))
        return cls(check_ids(ids, vocabulary), offsets, vocabulary)

    @classmethod
    def from_array(
        cls, array: npt.ArrayLike, vocabulary: Vocabulary | HashBuckets | None = None
    ) -> "TokenSequences":
        """Create rectangular sequences from a 2-D integer array; its zeros are stored.

        Parameters
        ----------
        array : array-like of int of shape (n_documents, width)
            The ids, as returned by ``keras.utils.pad_sequences``.
        vocabulary : Vocabulary or HashBuckets, default=None
            What the ids represent.

        Returns
        -------
        TokenSequences
            Rectangular sequences with the shape of the array.

        Raises
        ------
        NotSequencesError
            If the array is not 2-D or its values are not integers.
        IdRangeError
            If an id is negative or outside the vocabulary.
        """
        try:
            ids = np.asarray(array)
        except ValueError as error:
            raise NotSequencesError(f"Expected rows of one length: {error}") from error
        if ids.ndim != 2:
            raise NotSequencesError(
                f"Expected a 2-D array of ids, one row per document; got {ids.ndim}-D."
            )
        n, width = ids.shape
        flat = check_ids(ids.ravel(), vocabulary)
        return cls(flat, np.arange(n + 1, dtype=np.int64) * width, vocabulary, width=width)

    def to_lists(self) -> list[list[int]]:
        """Return one list of ids per document, including padding if a width is set.

        Returns
        -------
        list of list of int
            The ids.
        """
        if self.width is not None:
            return [*map(list, self.to_array().tolist())]
        return [row.tolist() for row in self]

    def to_array(self) -> Int32:
        """Return the padded ids as an array, without vocabulary, vectors and row labels.

        Returns
        -------
        ndarray of shape (n_documents, width), dtype int32
            The ids.

        Raises
        ------
        RaggedSequencesError
            If no width is set.
        """
        if self.width is None:
            raise RaggedSequencesError(
                f"These {len(self)} documents have from {min(self.lengths, default=0)} to "
                f"{max(self.lengths, default=0)} ids, but an array needs rows of one length: "
                "put PadSequences() before this step."
            )
        array = np.zeros(self.shape, np.int32)
        array[self._token_mask()] = self.ids
        return array

    @property
    def lengths(self) -> Int64:
        """Number of tokens per document, excluding padding; shape (n_documents,)."""
        return np.diff(self.offsets)

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n_documents, width)``, or ``(n_documents,)`` for ragged rows."""
        return (len(self),) if self.width is None else (len(self), self.width)

    @property
    def ndim(self) -> int:
        """2 for rectangular sequences, 1 for ragged ones."""
        return len(self.shape)

    def padded(self, width: int, side: Side = "pre", truncating: Side = "pre") -> "TokenSequences":
        """Pad or truncate all rows to one length.

        Parameters
        ----------
        width : int
            The length of all rows.
        side : {"pre", "post"}, default="pre"
            Which end of shorter documents is padded.
        truncating : {"pre", "post"}, default="pre"
            Which end of longer documents is cut off.

        Returns
        -------
        TokenSequences
            Rectangular sequences of shape (n_documents, width).

        Raises
        ------
        ValueError
            If the width is negative or above 2**31 - 1.
        """
        width = operator.index(width)
        if not 0 <= width <= MAX_WIDTH:
            raise ValueError(f"Expected a width from 0 to {MAX_WIDTH}, got {width}.")
        lengths = np.minimum(self.lengths, width)
        starts = self.offsets[1:] - lengths if truncating == "pre" else self.offsets[:-1]
        return replace(self._gather(starts, lengths), width=width, side=side)

    def filled(self, value: int) -> "TokenSequences":
        """Replace the padding of rectangular sequences with an id.

        Parameters
        ----------
        value : int
            The id, 0 or more.

        Returns
        -------
        TokenSequences
            Sequences of the same shape, without padding.

        Raises
        ------
        IdRangeError
            If the id is negative or outside the vocabulary.
        """
        value = operator.index(value)
        (filling,) = check_ids(np.array([value]), self.vocabulary)
        array = np.where(self._token_mask(), self.to_array(), filling)
        filled = TokenSequences.from_array(array, self.vocabulary).with_index(self.index)
        return replace(filled, n_ids=max(self.n_ids, value + 1), embedding=self.embedding)

    def stripped(self) -> "TokenSequences":
        """Remove the zeros at both ends of each row, and the width.

        Returns
        -------
        TokenSequences
            Ragged sequences of shape (n_documents,).
        """
        tokens = np.flatnonzero(self.ids)
        if len(tokens) == len(self.ids):
            return replace(self, width=None)
        before = np.searchsorted(tokens, self.offsets)
        is_not_empty = before[1:] > before[:-1]
        first, last = before[:-1][is_not_empty], before[1:][is_not_empty] - 1
        starts, lengths = self.offsets[:-1].copy(), np.zeros(len(self), np.int64)
        starts[is_not_empty] = tokens[first]
        lengths[is_not_empty] = tokens[last] - tokens[first] + 1
        return replace(self._gather(starts, lengths), width=None)

    def with_embedding(self, embedding: EmbeddingMatrix) -> "TokenSequences":
        """Attach a vector for each id.

        Parameters
        ----------
        embedding : EmbeddingMatrix
            The vectors.

        Returns
        -------
        TokenSequences
            The same ids with the vectors.
        """
        return replace(self, embedding=embedding)

    def with_index(self, index: Any) -> "TokenSequences":
        """Attach row labels, or remove them.

        Parameters
        ----------
        index : pandas.Index or None
            A label for each document.

        Returns
        -------
        TokenSequences
            The same documents with these labels.
        """
        return self if index is self.index else replace(self, index=index)

    def _gather(self, starts: Int64, lengths: Int64) -> "TokenSequences":
        offsets = offsets_of(lengths)
        if np.array_equal(offsets, self.offsets) and np.array_equal(starts, self.offsets[:-1]):
            return self
        indices = np.repeat(starts - offsets[:-1], lengths)
        indices += np.arange(offsets[-1])
        return replace(self, ids=self.ids[indices], offsets=offsets)

    def _token_mask(self) -> npt.NDArray[np.bool_]:
        assert self.width is not None
        columns, lengths = np.arange(self.width), self.lengths[:, np.newaxis]
        return columns >= self.width - lengths if self.side == "pre" else columns < lengths

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        array = self.to_array()
        if copy is False:
            raise ValueError(
                "TokenSequences store no padding, so an array of them is a copy: use copy=None."
            )
        if self.embedding is not None:
            warn_of_lost_vectors()
        return array.astype(array.dtype if dtype is None else dtype, copy=False).view(IdArray)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        # ColumnTransformer and FeatureUnion stack the outputs of their transformers. A single
        # output is returned unchanged, so it keeps its vocabulary.
        if func in (np.hstack, np.concatenate) and len(args[0]) == 1:
            return args[0][0]
        check_joined(func, args, kwargs)

        def as_array(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return type(value)(map(as_array, value))
            return np.asarray(value) if isinstance(value, TokenSequences) else value

        return func(*as_array(args), **{name: as_array(value) for name, value in kwargs.items()})

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, key: Any) -> Any:
        rows = row_numbers(key, len(self))
        if rows is None:
            raise IndexError(
                f"TokenSequences are indexed by row, got {key!r}; to index single ids use "
                "sequences.to_array() once they are padded."
            )
        if rows.ndim == 0:
            one = self[rows[np.newaxis]]
            return one.to_array()[0] if self.width is not None else one.ids
        some = self._gather(self.offsets[rows], self.lengths[rows])
        return some if self.index is None else some.with_index(self.index[rows])

    def __iter__(self) -> Iterator[Int32]:
        if self.width is not None:
            return iter(self.to_array())
        return iter(np.split(self.ids, self.offsets[1:-1])[: len(self)])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TokenSequences):
            return NotImplemented
        return (
            (self.shape, self.n_ids) == (other.shape, other.n_ids)
            and (self.side == other.side or self.width is None)
            and np.array_equal(self.offsets, other.offsets)
            and np.array_equal(self.ids, other.ids)
            and self.vocabulary == other.vocabulary
            and EmbeddingMatrix.equal(self.embedding, other.embedding)
        )

    def __repr__(self) -> str:
        rows = "ragged" if self.width is None else f"padded to {self.width}"
        embedding = (
            "" if self.embedding is None else f", {self.embedding.values.shape[1]}-d vectors"
        )
        return (
            f"<TokenSequences of {len(self)} documents, {len(self.ids)} tokens, "
            f"{self.n_ids} ids, {rows}{embedding}>"
        )
