"""Which words a ``TextCleaner`` keeps."""

from dataclasses import dataclass
from typing import Any, Self

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.utils._param_validation import InvalidParameterError

from skembed._characters import is_alphabetic
from skembed.vocabulary import Vocabulary

__all__ = ["WordFilter", "WordList"]

_IMMUTABLE = (tuple, frozenset, Vocabulary)


@dataclass(frozen=True)
class WordList:
    """The words of a parameter, checked.

    Attributes
    ----------
    given : collection of str or None
        The value of the parameter.
    copied : list or None
        The elements of a collection that can change, as they were when they were checked.
    words : frozenset of str or None
        The words; None if the parameter is None.
    """

    given: Any
    copied: list[str] | None
    words: frozenset[str] | None

    @classmethod
    def of(cls, name: str, given: Any) -> Self:
        """Check a parameter.

        Parameters
        ----------
        name : str
            The name of the parameter.
        given : collection of str, "english" or None
            Its value. Only stop words may be ``"english"``.

        Raises
        ------
        InvalidParameterError
            If it is a str, or contains anything else than str.
        """
        if given is None:
            return cls(None, None, None)
        if name == "stop_words" and isinstance(given, str) and given == "english":
            return cls(given, None, ENGLISH_STOP_WORDS)
        if isinstance(given, str) or not all(isinstance(word, str) for word in given):
            or_english = " or 'english'" if name == "stop_words" else ""
            raise InvalidParameterError(
                f"The {name!r} parameter of TextCleaner must be a list, set or other "
                f"collection of str{or_english}. Got {given!r:.60} instead."
            )
        can_change = not isinstance(given, _IMMUTABLE)
        return cls(given, [*given] if can_change else None, frozenset(given))

    def is_of(self, given: Any) -> bool:
        """Tell whether a value is the one that was checked, with the same elements."""
        return given is self.given and (self.copied is None or self.copied == [*given])


class WordFilter(dict[str, bool]):
    """Whether each word is kept, computed once per distinct word.

    Parameters
    ----------
    min_token_length : int
        Drop words with fewer characters.
    alphabetic_only : bool
        Drop words with other characters than letters.
    stop_words : frozenset of str or None
        Words to drop.
    vocabulary : frozenset of str or None
        Drop all other words; None keeps them.
    """

    def __init__(
        self,
        min_token_length: int,
        alphabetic_only: bool,
        stop_words: frozenset[str] | None,
        vocabulary: frozenset[str] | None,
    ) -> None:
        self.min_token_length = min_token_length
        self.alphabetic_only = alphabetic_only
        self.stop_words = stop_words or frozenset()
        self.vocabulary = vocabulary

    def __missing__(self, word: str) -> bool:
        self[word] = is_kept = (
            len(word) >= self.min_token_length
            and word not in self.stop_words
            and (not self.alphabetic_only or word.isalpha() or is_alphabetic(word))
            and (self.vocabulary is None or word in self.vocabulary)
        )
        return is_kept
