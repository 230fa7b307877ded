"""Warn of text that has no spaces between its words and was not split otherwise."""

import re
import warnings

import numpy as np
import numpy.typing as npt

from skembed._characters import CHINESE_JAPANESE, SOUTHEAST_ASIAN, UNSPACED
from skembed.errors import UnsplitTextWarning
from skembed.tokenization.splitting import SplitDocuments

__all__ = ["warn_if_unsplit"]

# Letters, and the number per word that the words of a split text do not reach on average:
# Chinese words have 1.5 to 2 letters, Thai and Burmese ones 4 to 6, with marks.
_LIMITS = ((CHINESE_JAPANESE, 3), (SOUTHEAST_ASIAN, 8))


def warn_if_unsplit(documents: SplitDocuments) -> None:
    """Issue an UnsplitTextWarning if most of the text is phrases of scripts without spaces."""
    joined = "".join(documents.words)
    if joined.isascii() or not re.search(f"[{UNSPACED}]", joined):
        return
    counts = np.bincount(documents.codes, minlength=len(documents.words))
    sizes = np.array([*map(len, documents.words)])
    n_unsplit = 0
    for letters, limit in _LIMITS:
        n_letters = _count_letters(letters, joined, sizes)
        if counts @ n_letters > limit * counts[n_letters > 0].sum():
            n_unsplit += int(counts @ n_letters)
    if n_unsplit > counts @ sizes / 2:
        warnings.warn(
            "Most of the text is in Chinese, Japanese, Thai, Lao, Khmer or Burmese letters and is "
            "not split into words, which these scripts do not separate by spaces: whole phrases "
            "are taken for words, and those of other texts will be unknown. Pass analyzer=, a "
            "function from a text to its words such as jieba.lcut, or lists of words as documents. "
            "analyzer=list takes single letters.",
            UnsplitTextWarning,
            stacklevel=2,
        )


def _count_letters(
    letters: str, joined: str, sizes: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return how many letters each word has of the ranges of a character class."""
    ranges = [(ord(first), ord(last) + 1) for first, last in zip(letters[::3], letters[2::3])]
    characters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    is_letter = np.searchsorted(np.ravel(ranges), characters, side="right") % 2
    return np.diff(np.cumsum(is_letter)[np.cumsum(sizes) - 1], prepend=0)
