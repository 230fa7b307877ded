"""White space, letters and marks: one definition for all steps."""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from typing import Literal

__all__ = [
    "CHINESE_JAPANESE",
    "SOUTHEAST_ASIAN",
    "UNSPACED",
    "WHITE_SPACE",
    "Form",
    "is_alphabetic",
    "marks",
    "normalize",
    "outer_apostrophe",
    "without_accents",
]

#: What separates words: the characters at which ``str.split()`` splits.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

# Letters of scripts that put no spaces between words, as parts of a character class.
CHINESE_JAPANESE = (
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
#: Thai, Lao, Burmese and Khmer.
SOUTHEAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
UNSPACED = SOUTHEAST_ASIAN + CHINESE_JAPANESE

_LATIN = (
    "A-Za-z\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u1d00-\u1dbf\u1e00-\u1eff\u2c60-\u2c7f"
    "\ua720-\ua7ff\uab30-\uab6f"
)
_JOINERS = "\u200c\u200d"
_APOSTROPHES = "'’"
_LONG_RUN = 30  # marks, as in the Stream-Safe Text Format of Unicode
_BECOME_MARKS = "\uff9e\uff9f"  # in NFKC and NFKD; the only other characters that do

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


@cache
def marks() -> str:
    """Return all combining marks: they and two joiners are parts of words, not separators.

    They are collected on the first call, as this takes longer than an import should. Those above
    U+FFFF, of scripts no longer in use, are left out: Python looks for them one by one.
    """
    characters = map(chr, range(0x300, 0x10000))
    return _JOINERS + "".join([c for c in characters if unicodedata.category(c)[0] == "M"])


@cache
def _long_run() -> re.Pattern[str]:
    mark = f"[{marks()}{_BECOME_MARKS}\U00010000-\U0001ffff]"
    return re.compile(f"{mark}{mark}{{{_LONG_RUN - 1}}}")  # Python finds a class, not a repetition


@cache
def _marks_on_latin() -> re.Pattern[str]:
    mark = f"[{marks().removeprefix(_JOINERS)}]"
    return re.compile(f"{mark}(?<=[{_LATIN}]{mark}){mark}*")


@cache
def outer_apostrophe() -> re.Pattern[str]:
    """Return the pattern of an apostrophe that is not within a word."""
    return re.compile(rf"'(?:(?<![\w{marks()}]')|(?!\w))")


def normalize(form: Form, text: str) -> str:
    """Return a text in a Unicode normalization form, in time linear in its length.

    ``unicodedata.normalize`` takes time quadratic in the length of a run of marks, so longer
    runs than any language has are cut. Marks are not reordered across a cut.
    """
    if text.isascii():
        return text
    cuts = [found.end() for found in _long_run().finditer(text)]
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    return "".join([unicodedata.normalize(form, piece) for piece in pieces])


def without_accents(form: Form, text: str) -> str:
    """Return a text, decomposed to a form and composed again, without marks on Latin letters."""
    if text.isascii():
        return text
    return normalize("NFC", _marks_on_latin().sub("", normalize(form, text)))


def is_alphabetic(word: str) -> bool:
    """Whether a word consists of letters with marks and joiners, and apostrophes between them."""
    if word.isalpha():
        return True
    known = _APOSTROPHES + _JOINERS
    is_part = (c.isalpha() or c in known or unicodedata.category(c)[0] == "M" for c in word)
    return word[0].isalpha() and word[-1] not in _APOSTROPHES and all(is_part)
