"""What counts as a token in text of any script."""

__all__ = ["TOKEN"]

#: Letters of scripts that put no spaces between words: kana, Chinese characters, Thai, Lao,
#: Burmese and Khmer. Each is a token of its own, so that pairs of tokens are pairs of letters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
#: Combining marks, which Python does not count as letters: Latin, Cyrillic, Hebrew, Arabic, the
#: scripts of India, and the two joiners.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff\u200c\u200d"
)

#: A letter of an unspaced script, a word, or another sign such as a full stop.
TOKEN = rf"[{_UNSPACED}]|(?:[^\W{_UNSPACED}]|[{_MARKS}])+|[^\w\s]"
