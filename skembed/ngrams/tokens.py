"""What counts as a token in text of any script."""

import re
from functools import cache

from skembed._characters import UNSPACED, marks

__all__ = ["token_pattern"]


@cache
def token_pattern() -> str:
    """Return the pattern of a letter of an unspaced script, a word, or another sign.

    Each letter of an unspaced script is a token of its own, so that pairs of tokens are pairs
    of letters. Python does not count combining marks as letters; those of all other scripts are
    parts of words. The possessive ``++`` spares Python's memory of where it could go back to, a
    hundred bytes for each character of a long word.
    """
    spaced_marks = re.sub(f"[{UNSPACED}]", "", marks())
    return rf"[{UNSPACED}]|(?:[^\W{UNSPACED}]|[{spaced_marks}])++|[^\w\s]"
