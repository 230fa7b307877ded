"""Vectorized parsing of decimal numbers, with the same results as ``float``."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["parse_decimals"]

_LINES_PER_BATCH = 100  # small enough for intermediate arrays to stay in the CPU cache
_BLANK = 32  # bytes up to this one separate fields
_ZEROS = np.uint64(0x3030303030303030)
_HIGH_BITS = np.uint64(0x8080808080808080)
_ABOVE_NINE = np.uint64(0x7676767676767676)  # added to a byte above 9, sets its high bit
_PAIRS = np.uint64(0x00FF00FF00FF00FF)
_FOURS = np.uint64(0x0000FFFF0000FFFF)
_EIGHTS = np.uint64(0x00000000FFFFFFFF)
_ZERO_POINT = np.uint64(ord("0") | ord(".") << 8)  # "0." in memory
_POWERS = 10.0 ** np.arange(16)
_MAX_DECIMALS = 14  # with the digit before the point, an integer below 2 ** 53

Int64 = npt.NDArray[np.int64]
UInt64 = npt.NDArray[np.uint64]


def parse_decimals(lines: Sequence[bytes], size: int) -> npt.NDArray[np.float32] | None:
    """Parse lines of a word and some numbers, separated by single spaces.

    Most numbers in word-vector files have one digit before the point and at most 14 after
    it. These are parsed eight digits at a time, as an integer divided by a power of ten.
    Both are exact in float64, so the quotient is rounded correctly (Clinger, "How to Read
    Floating Point Numbers Accurately", PLDI 1990). All others are parsed with ``float``.

    Parameters
    ----------
    lines : sequence of bytes
        Lines without trailing whitespace.
    size : int
        Numbers per line.

    Returns
    -------
    ndarray of shape (n_lines, size), dtype float32, or None
        The numbers; None if a line does not have this form.
    """
    values = np.empty((len(lines), size), np.float32)
    for begin in range(0, len(lines), _LINES_PER_BATCH):
        some = slice(begin, begin + _LINES_PER_BATCH)
        table = _parse_batch(lines[some], size)
        if table is None:
            return None
        with np.errstate(over="ignore"):
            values[some] = table
    return values


def _parse_batch(lines: Sequence[bytes], size: int) -> npt.NDArray[np.float64] | None:
    text = b"\n".join([*lines, bytes(16)])
    codes = np.frombuffer(text, np.uint8)
    places = np.flatnonzero(codes[:-16] <= _BLANK)
    if len(places) != len(lines) * (size + 1):
        return None
    blanks = places.reshape(len(lines), size + 1)
    parts = codes[blanks]
    if (parts[:, :-1] != ord(" ")).any() or (parts[:, -1] != ord("\n")).any():
        return None
    starts = (blanks[:, :-1] + 1).ravel()
    ends = blanks[:, 1:].ravel()
    values, is_exact = _parse_common_numbers(codes, starts, ends)
    for i in np.flatnonzero(~is_exact).tolist():
        try:
            values[i] = float(text[starts[i] : ends[i]])
        except ValueError:
            return None
    return values.reshape(len(lines), size)


def _parse_common_numbers(
    codes: npt.NDArray[np.uint8], starts: Int64, ends: Int64
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Parse numbers of the common form; return which numbers have that form."""
    eight_bytes = np.ndarray((len(codes) - 7,), "<u8", codes, strides=(1,))
    head = eight_bytes[starts]
    is_negative = (head & np.uint64(0xFF)) == ord("-")
    head >>= is_negative * np.uint64(8)
    before = (head & np.uint64(0xFFFF)) - _ZERO_POINT
    starts = starts + is_negative + 2
    n_decimals = ends - starts
    decimals, are_digits = _parse_digits(eight_bytes[starts], np.minimum(n_decimals, 8))
    usual = are_digits & (before <= 9) & (n_decimals > 0) & (n_decimals <= _MAX_DECIMALS)
    if n_decimals.max() > 8:
        long = np.flatnonzero(usual & (n_decimals > 8))
        n_more = n_decimals[long] - 8
        more, are_digits = _parse_digits(eight_bytes[starts[long] + 8], n_more)
        decimals[long] = decimals[long] * _POWERS[n_more].astype(np.uint64) + more
        usual[long] = are_digits
    power = _POWERS.take(n_decimals, mode="clip")
    values = (before * power + decimals) / power
    values *= 1.0 - 2.0 * is_negative  # keeps the sign of a negative zero
    return values, usual


def _parse_digits(eight: UInt64, n: Int64) -> tuple[UInt64, npt.NDArray[np.bool_]]:
    """Parse the first `n` of eight characters as an integer; return whether all are digits."""
    # The first character is the lowest byte. The left shift drops the characters after the
    # number and adds leading zeros. Then adjacent digits are combined into pairs, the pairs
    # into fours, and the fours into eights.
    digits = (eight ^ _ZEROS) << ((8 - n).astype(np.uint64) * np.uint64(8))
    are_digits = (((digits + _ABOVE_NINE) | digits) & _HIGH_BITS) == 0
    twos = (digits * np.uint64(10) + (digits >> np.uint64(8))) & _PAIRS
    fours = (twos * np.uint64(100) + (twos >> np.uint64(16))) & _FOURS
    return (fours * np.uint64(10000) + (fours >> np.uint64(32))) & _EIGHTS, are_digits
