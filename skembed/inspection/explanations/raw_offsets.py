"""Find the tokens that a model read in the text as it was handed in."""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from skembed._html import tag_spans
from skembed.inspection.explanations.token_search import TokenSearch

__all__ = ["TextChanges", "locate_tokens"]

Offsets = npt.NDArray[np.int64]

_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{1,31});?")
_SAME = str.maketrans("’ς", "'σ")  # a sigma depends on its place in the word


@dataclass(frozen=True)
class TextChanges:
    """What happens to a text before it is split into tokens.

    Attributes
    ----------
    html : bool
        Whether tags are removed and entities replaced.
    deletes_punctuation : bool
        Whether punctuation is deleted within words.
    keeps_all : bool
        Whether every word of the text becomes a token.
    """

    html: bool = False
    deletes_punctuation: bool = False
    keeps_all: bool = True


def locate_tokens(text: str, tokens: list[str], changes: TextChanges) -> Offsets:
    """Return where each token stands in a raw text.

    Text and tokens are compared without case, accents and variants of characters. Tokens are
    looked for in their order, as whole words if the text has them. If words were dropped, a
    token is never taken for a part of a dropped word as long as it stands alone further on.

    Parameters
    ----------
    text : str
        The raw text.
    tokens : list of str
        The tokens, in order.
    changes : TextChanges
        What happened to the text.

    Returns
    -------
    ndarray of int of shape (n_tokens, 2)
        Start and end of each token, in characters; -1 if it was not found.
    """
    folded = _FoldedText(text, changes)
    offsets = np.full((len(tokens), 2), -1, np.int64)
    place = 0
    for i, token in enumerate(tokens):
        found = folded.find(token, place)
        if found is not None:
            offsets[i] = folded.raw_span(*found)
            place = found[1]
    return offsets


class _FoldedText:
    """A text in a form for comparisons, whose characters know their place in the raw text."""

    def __init__(self, text: str, changes: TextChanges) -> None:
        self.raw = text
        self._deletes, self._keeps_all = changes.deletes_punctuation, changes.keeps_all
        is_plain = text.isascii() and not (changes.html and ("<" in text or "&" in text))
        if is_plain and not self._deletes:
            folded = text.lower()
            self._places: list[tuple[int, int]] | None = None
        else:
            characters = [*_characters(text, changes.html)]
            if self._deletes:
                characters = [c for c in characters if not _is_punctuation(c[0])]
            folded = "".join([character for character, _, _ in characters])
            self._places = [(start, end) for _, start, end in characters]
        self._search = TokenSearch(folded)

    def find(self, token: str, place: int) -> tuple[int, int] | None:
        """Return start and end of the next occurrence of a token in the folded text."""
        folded = "".join([_fold(character) for character in token])
        if self._deletes:
            folded = "".join([c for c in folded if not _is_punctuation(c)])
        if not folded:
            return None
        start = None
        if self._keeps_all and not folded.isspace():
            start = self._search.after_gap(folded, place)
        if start is None:
            start = self._search.next(folded, place)
        return None if start is None else (start, start + len(folded))

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the raw text, with the marks that belong to the last letter."""
        if self._places is not None:
            start, end = self._places[start][0], self._places[end - 1][1]
            while end < len(self.raw) and unicodedata.category(self.raw[end])[0] == "M":
                end += 1
        return start, end


def _characters(text: str, with_html: bool) -> list[tuple[str, int, int]]:
    """Return each folded character with start and end of what it stands for."""
    found: list[tuple[str, int, int]] = []
    replaced = _replaced(text) if with_html else []
    place = 0
    for replacement, start, end in [*replaced, ("", len(text), len(text))]:
        for i in range(place, start):
            found += [(character, i, i + 1) for character in _fold(text[i])]
        found += [(c, start, end) for character in replacement for c in _fold(character)]
        place = end
    return found


def _replaced(text: str) -> list[tuple[str, int, int]]:
    """Return what HTML is replaced by, with start and end: tags by a space, entities."""
    inside = tag_spans(text)
    entities, i = [], 0
    for entity in _ENTITY.finditer(text):
        start, end = entity.span()
        while i < len(inside) and inside[i][1] <= start:
            i += 1
        plain = html.unescape(entity.group())
        if plain != entity.group() and not (i < len(inside) and inside[i][0] <= start):
            entities.append((plain, start, end))
    tags = [(" ", start, end) for start, end in inside]
    return sorted(tags + entities, key=lambda replaced: replaced[1])


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """Return a character without case, marks and variants; an empty string for a mark."""
    if character.isascii():
        return character.lower()
    decomposed = unicodedata.normalize("NFKD", character.lower()).lower()
    letters = [c for c in decomposed if unicodedata.category(c)[0] != "M"]
    return unicodedata.normalize("NFC", "".join(letters)).translate(_SAME)


@lru_cache(maxsize=4096)
def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
