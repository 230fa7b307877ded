"""Map words to ids and back."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise, repeat
from operator import index
from typing import Any

from skembed._pickles import Lasting, restores_state
from skembed.errors import IdRangeError

__all__ = ["HashBuckets", "Vocabulary"]


class Vocabulary(Lasting, Mapping[str, int]):
    """An immutable mapping from word to id, and back.

    Id 0 is padding. With an ``oov_token``, id 1 represents every unknown word and the
    ids of the words start at 2; without one, they start at 1. The unknown token is
    not counted as a word: ``len`` and iteration exclude it. If the training text
    contains the token as an ordinary word, both share the id of that word and id 1 is
    unused, as in Keras's ``Tokenizer``.

    Parameters
    ----------
    words : iterable of str
        Distinct words in the order of their ids.
    oov_token : str, default=None
        The token that represents unknown words.

    Attributes
    ----------
    words : tuple of str
        The words in the order of their ids.
    oov_token : str or None
        The token that represents unknown words.
    oov_id : int or None
        The id that represents unknown words.
    first_id : int
        The id of the first word: 2 with an ``oov_token``, otherwise 1.
    n_ids : int
        The number of ids, including padding and the unknown token. All ids are below
        this number, and an embedding matrix has this many rows.

    Raises
    ------
    ValueError
        If a word occurs twice.

    Examples
    --------
    >>> from skembed import Vocabulary
    >>> vocabulary = Vocabulary(["well", "done"], oov_token="[UNK]")
    >>> vocabulary["done"], vocabulary.oov_id, vocabulary.n_ids, len(vocabulary)
    (3, 1, 4, 2)
    >>> vocabulary.word(2)
    'well'
    """

    def __init__(self, words: Iterable[str], oov_token: str | None = None) -> None:
        self._words = tuple(words)
        self._oov_token = oov_token
        self._oov_id: int | None = None
        if len(set(self.words)) < len(self.words):
            twice, _ = Counter(self.words).most_common(1)[0]
            raise ValueError(f"The word {twice!r} is given twice; expected distinct words.")

    @cached_property
    def _ids(self) -> dict[str, int]:
        return dict(zip(self.words, range(self.first_id, self.first_id + len(self.words))))

    @property
    def words(self) -> tuple[str, ...]:
        """The words in the order of their ids."""
        return self._words

    @property
    def oov_token(self) -> str | None:
        """The token that represents unknown words."""
        return self._oov_token

    @property
    def first_id(self) -> int:
        """The id of the first word."""
        return 1 if self.oov_token is None else 2

    @property
    def oov_id(self) -> int | None:
        """The id that represents unknown words."""
        if self.oov_token is None or self._oov_id is not None:
            return self._oov_id
        return self._ids.get(self.oov_token, 1)

    @property
    def n_ids(self) -> int:
        """The number of ids."""
        return max(self.first_id + len(self.words), (self.oov_id or 0) + 1)

    def head(self, n_ids: int) -> "Vocabulary":
        """Keep only the words with the lowest ids; the unknown token keeps its id.

        Parameters
        ----------
        n_ids : int
            Keep the words whose ids are below this number.

        Returns
        -------
        Vocabulary
            A shorter vocabulary, or this one if nothing is dropped.
        """
        n_ids = index(n_ids)
        if n_ids >= self.first_id + len(self.words):
            return self
        shorter = Vocabulary(self.words[: max(0, n_ids - self.first_id)], self.oov_token)
        shorter._oov_id = self.oov_id
        return shorter

    def word(self, id: int) -> str:
        """Return the word, or the unknown token, that has an id.

        Parameters
        ----------
        id : int
            The id.

        Returns
        -------
        str
            The word.

        Raises
        ------
        IdRangeError
            If no word has this id; 0 is padding and has no word.
        """
        place = index(id) - self.first_id
        if 0 <= place < len(self.words):
            return self.words[place]
        if self.oov_token is not None and id == self.oov_id:
            return self.oov_token
        raise IdRangeError(
            f"No word has the id {id}: the ids of this vocabulary go from {self.first_id} to "
            f"{self.n_ids - 1}, and 0 is padding."
        )

    def __getitem__(self, word: str) -> int:
        return self._ids[word]

    def get(self, word: str, default: Any = None) -> Any:
        """Return the id of a word, or `default`; several times faster than ``Mapping.get``.

        Parameters
        ----------
        word : str
            The word.
        default : object, default=None
            The value to return for a word that is not in the vocabulary.

        Returns
        -------
        int or object
            The id, or `default`.
        """
        return self._ids.get(word, default)

    def ids_of(self, words: Iterable[str], unknown: int) -> list[int]:
        """Return the ids of words, and another number for each word that has none.

        Parameters
        ----------
        words : iterable of str
            The words.
        unknown : int
            The number to return for a word that is not in the vocabulary.

        Returns
        -------
        list of int
            A number for each word.
        """
        return [*map(self._ids.get, words, repeat(unknown))]

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return (self.words, self.oov_token, self.oov_id) == (
            other.words,
            other.oov_token,
            other.oov_id,
        )

    def __hash__(self) -> int:
        return hash((self.words, self.oov_token))

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.words[:3])) + (", …" if len(self) > 3 else "")
        return f"Vocabulary({len(self)} words: {shown}; oov_token={self.oov_token!r})"

    def __getstate__(self) -> tuple[str, list[int], str | None, int | None]:
        # Pickling, and hashing in joblib, is many times faster for one long string than for
        # many short ones.
        return "".join(self.words), [*map(len, self.words)], self.oov_token, self._oov_id

    @restores_state
    def __setstate__(self, state: tuple[str, list[int], str | None, int | None]) -> None:
        joined, lengths, self._oov_token, self._oov_id = state
        ends = accumulate(lengths, initial=0)
        self._words = tuple([joined[a:b] for a, b in pairwise(ends)])


@dataclass(frozen=True)
class HashBuckets(Lasting):
    """What hashed ids represent: the settings that split and hashed the words.

    Parameters
    ----------
    n_ids : int
        All ids are below this number.
    filters, split : str
        The characters that were replaced, and the separator between words.
    lower : bool
        Whether letters were converted to lowercase.
    analyzer : str, default=None
        The name of the function that split the documents, if it was one.
    """

    n_ids: int
    filters: str
    lower: bool
    split: str
    analyzer: str | None = None
