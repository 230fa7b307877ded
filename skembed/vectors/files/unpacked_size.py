"""The largest size that a compressed file may unpack to."""

__all__ = ["max_unpacked_bytes"]

_MAX_RATIO = 30  # word vectors shrink to a half or a fifth; text of zeros and ones to a sixteenth
_MIN_LIMIT = 1 << 24  # small files may consist of repetitions


def max_unpacked_bytes(packed_bytes: int) -> int:
    """Return the limit, which grows with the compressed size."""
    return max(_MIN_LIMIT, _MAX_RATIO * packed_bytes)
