"""Find tokens in a text one after the other, in time linear in the length of the text."""

import re
from functools import lru_cache

from skembed._characters import UNSPACED

__all__ = ["TokenSearch"]

_GAP = re.compile(r"[\W_]*")
_UNSPACED = re.compile(f"[{UNSPACED}]")

# What is looked at in vain is bounded: the text is searched to its end at most a thousand times,
# and ten times as many parts of words as the text has characters are refused. A token is then
# looked for in the next characters only.
_VAIN_SEARCHES = 1000
_VAIN_PART = 100  # as many characters as refusing a part of a word takes the time of searching
_NEAR_CHARACTERS = 200


class TokenSearch:
    """Find tokens in a text; each call looks behind the place that it is given.

    Parameters
    ----------
    text : str
        The text, in the same case as the tokens.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._gap = (0, -1)
        self._allowance = _VAIN_SEARCHES * len(text)
        self._nowhere: dict[bool, set[str]] = {True: set(), False: set()}

    def next(self, token: str, place: int) -> int | None:
        """Return where a token is next: as a whole word if possible, else within a word."""
        for whole in (True, False):
            start = self._next(token, place, whole)
            if start is not None:
                return start
        return None

    def after_gap(self, token: str, place: int) -> int | None:
        """Return where a token starts, if only signs and spaces are before it."""
        end = self._end_of_gap(place)
        if token[0].isalnum():
            return end if self.text.startswith(token, end) else None
        end = min(end, self._limit(place)) + len(token)
        start = self.text.find(token, place, end)
        if start < 0:
            self._allowance -= end - place
            return None
        return start

    def _end_of_gap(self, place: int) -> int:
        """Return where the signs and spaces end that begin at a place; known for later places."""
        start, end = self._gap
        if not start <= place <= end:
            gap = _GAP.match(self.text, place)
            end = place if gap is None else gap.end()
            self._gap = place, end
        return end

    def _next(self, token: str, place: int, whole: bool) -> int | None:
        if token in self._nowhere[whole]:
            return None
        limit, n_parts = self._limit(place), 0
        start = self.text.find(token, place, limit)
        while whole and start >= 0 and not self._is_whole(start, start + len(token)):
            n_parts += 1
            start = self.text.find(token, start + 1, limit)
        if start >= 0:
            return start
        self._allowance -= limit - place + n_parts * _VAIN_PART
        if limit >= len(self.text):
            self._nowhere[whole].add(token)  # nor after any later place
        return None

    def _limit(self, place: int) -> int:
        """Return where a search ends that begins at a place."""
        return len(self.text) if self._allowance > 0 else place + _NEAR_CHARACTERS

    def _is_whole(self, start: int, end: int) -> bool:
        return not any(
            0 < edge < len(self.text)
            and _continues(self.text[edge - 1])
            and _continues(self.text[edge])
            for edge in (start, end)
        )


@lru_cache(maxsize=4096)
def _continues(character: str) -> bool:
    """Whether a character next to another such one is part of the same word."""
    return character.isalnum() and not _UNSPACED.match(character)
