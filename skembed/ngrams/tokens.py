"""What counts as a token in text of any script."""

import re
import unicodedata

__all__ = ["TOKEN"]

#: Letters of scripts that put no spaces between words: kana, Chinese characters, Thai, Lao,
#: Burmese and Khmer. Each is a token of its own, so that pairs of tokens are pairs of letters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
#: Combining marks of all other scripts, which Python does not count as letters, and two joiners.
_MARKS = "\u200c\u200d" + "".join(
    character
    for character in map(chr, range(0x300, 0x10000))
    if unicodedata.category(character)[0] == "M" and not re.match(f"[{_UNSPACED}]", character)
)

#: A letter of an unspaced script, a word, or another sign such as a full stop.
TOKEN = rf"[{_UNSPACED}]|(?:[^\W{_UNSPACED}]|[{_MARKS}])+|[^\w\s]"
