"""Read word vectors and subwords from fastText's binary models with gensim."""

import functools
import shutil
import struct
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from skembed.errors import VectorFileError
from skembed.vectors.files.cache import fingerprint
from skembed.vectors.files.decompress import is_compressed, open_vectors
from skembed.vectors.result import FoundVectors, pick_rows

__all__ = ["load_fasttext_vectors", "read_fasttext"]

# Magic number and version, thirteen training parameters, then the dictionary sizes, in the
# order of fastText's Args::load and Dictionary::load.
_HEADER = struct.Struct("<2i12id3i2q")
_COMPRESSED_SUFFIXES = {".gz", ".bz2", ".xz", ".zst", ".zip"}  # gensim decompresses by file name


def read_fasttext(
    path: Path, words: Collection[str] | None, member: str | None, *, cache: bool
) -> FoundVectors:
    """Read the vectors of some words from fastText's ``.bin``.

    Parameters
    ----------
    path : Path
        The file, plain or compressed.
    words : collection of str or None
        Words to read; None reads all words.
    member : str or None
        File to read from a zip archive.
    cache : bool
        Keep the model in memory for later calls.

    Raises
    ------
    VectorFileError
        If gensim cannot read the file.
    """
    vectors = load_fasttext_vectors(path, member, cache=cache)
    return pick_rows(vectors.key_to_index, vectors.vectors, words, path)


def load_fasttext_vectors(path: Path, member: str | None, *, cache: bool) -> Any:
    """Load a ``.bin`` file as a gensim ``FastTextKeyedVectors``; `cache` keeps the last one."""
    if not cache:
        return _load_model(path, member)
    return _load_cached(path, member, fingerprint(path, member))


@functools.lru_cache(maxsize=1)
def _load_cached(path: Path, member: str | None, content: str) -> Any:
    return _load_model(path, member)


def _load_model(path: Path, member: str | None) -> Any:
    from gensim.models.fasttext import load_facebook_vectors

    with open_vectors(path, member) as file, TemporaryDirectory() as folder:
        header = file.read(_HEADER.size)
        plain = path
        if is_compressed(path) or path.suffix.lower() in _COMPRESSED_SUFFIXES:
            plain = Path(folder) / "vectors.bin"
            with plain.open("wb") as unpacked:
                unpacked.write(header)
                shutil.copyfileobj(file, unpacked, 1 << 20)
        _check_sizes(header, plain.stat().st_size, path)
        try:
            return load_facebook_vectors(str(plain))
        except (
            ArithmeticError,
            AssertionError,
            EOFError,
            LookupError,
            MemoryError,
            OSError,
            NotImplementedError,
            ValueError,
            struct.error,
        ) as error:
            raise VectorFileError(
                f"{path} cannot be read as a fastText model ({error!r}): it is truncated, corrupt "
                "or quantized; download it again, or use the .vec file."
            ) from error


def _check_sizes(header: bytes, size: int, path: Path) -> None:
    """Check that a file is large enough for the vectors that its header declares."""
    if len(header) < _HEADER.size:
        raise VectorFileError(f"{path} is truncated after {len(header)} bytes; download it again.")
    numbers = _HEADER.unpack(header)
    dim, bucket, n_words = numbers[2], numbers[10], numbers[16]
    min_bytes = 4 * dim * (n_words + bucket)
    if dim < 1 or n_words < 1 or bucket < 0 or min_bytes > size:
        raise VectorFileError(
            f"{path}, byte 8: the header declares {n_words} words, {bucket} subwords and {dim} "
            f"numbers each, at least {min_bytes} bytes, but the file has {size}: it is truncated, "
            "corrupt or quantized; download it again, or use the .vec file."
        )
