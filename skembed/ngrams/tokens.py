"""What counts as a token in text of any script."""

import re
import unicodedata
from functools import cache

__all__ = ["token_pattern"]

#: Letters of scripts that put no spaces between words: kana, Chinese characters, Thai, Lao,
#: Burmese and Khmer. Each is a token of its own, so that pairs of tokens are pairs of letters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)


@cache
def token_pattern() -> str:
    """Return the pattern of a letter of an unspaced script, a word, or another sign.

    Python does not count combining marks as letters. Those of all other scripts, and two joiners,
    are parts of words. They are collected on the first call, as this takes longer than an import
    should.
    """
    is_unspaced = re.compile(f"[{_UNSPACED}]").match
    marks = "\u200c\u200d" + "".join(
        character
        for character in map(chr, range(0x300, 0x10000))
        if unicodedata.category(character)[0] == "M" and not is_unspaced(character)
    )
    return rf"[{_UNSPACED}]|(?:[^\W{_UNSPACED}]|[{marks}])+|[^\w\s]"
