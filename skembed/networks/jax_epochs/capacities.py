"""Sizes of arrays on the device, rounded up so that compiled programs fit several folds."""

from collections.abc import Collection

__all__ = ["capacity"]

_MIN = 64
_PER_DOUBLING = 8


def capacity(n: int, known: Collection[int], spare: float) -> int:
    """Return the size of an array for `n` entries: one already in use, or a rounded one.

    The folds of a cross-validation differ by some percent in their numbers of documents, of
    tokens and of distinct words, and the last fit of a search has all of them.

    Parameters
    ----------
    n : int
        The number of entries.
    known : collection of int
        Sizes for which programs were compiled. The smallest that fits is used, unless most of
        it would be empty.
    spare : float
        The fraction of `n` that a new size leaves for larger data.

    Returns
    -------
    int
        The size.
    """
    most = max(_MIN, int(n * (1 + spare)))
    fitting = [size for size in known if n <= size <= 2 * most]
    if fitting:
        return min(fitting)
    step = (1 << most.bit_length() - 1) // _PER_DOUBLING
    return -(-most // step) * step
