"""The largest size that a compressed file may unpack to."""

from pathlib import Path

from skembed.errors import VectorFileError

__all__ = ["max_unpacked_bytes", "unpacks_to_too_much"]

_MAX_RATIO = 30  # word vectors shrink to a half or a fifth; text of zeros and ones to a sixteenth
_MIN_LIMIT = 1 << 24  # small files may consist of repetitions


def max_unpacked_bytes(packed_bytes: int) -> int:
    """Return the limit, which grows with the compressed size."""
    return max(_MIN_LIMIT, _MAX_RATIO * packed_bytes)


def unpacks_to_too_much(path: Path, limit: int) -> VectorFileError:
    """Make the error for a file that exceeds its limit."""
    return VectorFileError(
        f"{path} unpacks to more than {limit:,} bytes, {limit / path.stat().st_size:.0f} times its "
        "size, as no word vectors do: if you trust it, decompress it and pass the result."
    )
