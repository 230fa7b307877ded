"""Read fastText's binary models (``.bin``), with the words and their subwords."""

import functools
import struct
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError
from skembed.vectors.files.cache import fingerprint
from skembed.vectors.files.decompress import is_compressed, open_vectors
from skembed.vectors.files.file_errors import naming_the_file
from skembed.vectors.files.formats import detect_layout
from skembed.vectors.files.unpacked_size import max_unpacked_bytes
from skembed.vectors.result import (
    FoundVectors,
    decode_words,
    first_rows,
    pick_rows,
    warn_of_repeated,
)

__all__ = ["is_fasttext", "load_fasttext_vectors", "read_fasttext"]

# Magic number and version, twelve integers and a number of the training, then the sizes of the
# dictionary, in the order of fastText's Args::load and Dictionary::load.
_HEADER = struct.Struct("<2i12id3i2q")
_MATRIX = struct.Struct("<?2q")  # whether it is quantized, and its shape
_WORD_END = b"\0"
_WORD_FACTS_BYTES = 9  # after each word: its count and its type
_MAX_WORD_BYTES = 1 << 12
_MAX_SUBWORD_LENGTH = 32  # fastText's default is 6; the work per word grows with its square
_LATEST_VERSION = 12
_BLOCK_BYTES = 1 << 20

DecodeError = Literal["strict", "replace"]


class _Sizes(NamedTuple):
    """What the header of a model declares."""

    vector_size: int
    n_buckets: int
    min_length: int  # of subwords
    max_length: int
    n_words: int


def is_fasttext(path: Path, member: str | None) -> bool:
    """Whether a file is a ``.bin`` of fastText."""
    with naming_the_file(path):
        return detect_layout(path, member).kind == "fasttext"


def read_fasttext(
    path: Path,
    words: Collection[str] | None,
    member: str | None,
    decode_error: DecodeError,
    *,
    cache: bool,
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
    decode_error : {"strict", "replace"}
        Whether a word that is not valid UTF-8 raises an error.
    cache : bool
        Keep the model in memory for later calls.

    Raises
    ------
    VectorFileError
        If the file is not a whole model with subwords, or a requested vector is not finite.
    """
    vectors, repeated = load_fasttext_vectors(path, member, decode_error, cache=cache)
    warn_of_repeated(path, repeated, words)
    return pick_rows(vectors.key_to_index, vectors.vectors, words, path)


def load_fasttext_vectors(
    path: Path, member: str | None, decode_error: DecodeError, *, cache: bool
) -> tuple[Any, list[str]]:
    """Load a ``.bin`` file as a gensim ``FastTextKeyedVectors``; `cache` keeps the last one.

    Returns
    -------
    vectors : FastTextKeyedVectors
        The first vector of each word.
    repeated : list of str
        The word of each row that repeats an earlier word.
    """
    with naming_the_file(path):
        if cache:
            return _load_cached(path, member, decode_error, fingerprint(path, member))
        return _load_model(path, member, decode_error)


@functools.lru_cache(maxsize=1)
def _load_cached(
    path: Path, member: str | None, decode_error: DecodeError, content: str
) -> tuple[Any, list[str]]:
    return _load_model(path, member, decode_error)


def _load_model(path: Path, member: str | None, decode_error: DecodeError) -> tuple[Any, list[str]]:
    """Read a model.

    gensim's own reader is not used: it reads a truncated dictionary endlessly.
    """
    packed = is_compressed(path)
    with open_vectors(path, member) as file:
        n_bytes = path.stat().st_size
        sizes = _read_header(file, path, max_unpacked_bytes(n_bytes) if packed else n_bytes)
        encoded, counts, rest = _read_dictionary(file, sizes.n_words, path)
        values = _read_matrix(file, rest, sizes, path)
        while packed and file.read(_BLOCK_BYTES):  # the checksum is at the end
            pass
    return _make_vectors(decode_words(encoded, decode_error, path), counts, values, sizes)


def _read_header(file: IO[bytes], path: Path, n_bytes: int) -> _Sizes:
    """Read the header of a file, whose sizes must fit into its number of bytes."""
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise _truncated(path, len(header))
    _, version, size, *numbers, n_entries, n_words, n_labels, _, n_pruned = _HEADER.unpack(header)
    n_buckets, min_length, max_length = numbers[7:10]
    if n_labels > 0:
        raise VectorFileError(
            f"{path} is a fastText classifier with {n_labels} labels, not a model of word vectors: "
            "download a model of word vectors, or use the .vec file."
        )
    if n_pruned > 0:
        raise _quantized(path)
    min_bytes = 4 * size * (n_words + n_buckets) + n_words * (_WORD_FACTS_BYTES + 2)
    if size < 1 or n_words < 1 or n_buckets < 0 or n_entries != n_words or min_bytes > n_bytes:
        raise VectorFileError(
            f"{path}, byte 8: the header declares {n_entries} entries, {n_words} words, "
            f"{n_buckets} subwords and {size} numbers each, at least {min_bytes} bytes, but the "
            f"file has {n_bytes} or fewer: it is truncated or corrupt; download it again."
        )
    is_known = 1 <= version <= _LATEST_VERSION
    if not is_known or min_length < 0 or not 0 <= max_length <= _MAX_SUBWORD_LENGTH:
        raise VectorFileError(
            f"{path}, byte 4: the header declares version {version} and subwords of {min_length} "
            f"to {max_length} characters, expected version {_LATEST_VERSION} and at most "
            f"{_MAX_SUBWORD_LENGTH}: "
            "it is corrupt; download it again."
        )
    return _Sizes(size, n_buckets, min_length, max_length, n_words)


def _read_dictionary(
    file: IO[bytes], n_words: int, path: Path
) -> tuple[list[bytes], list[int], bytes]:
    """Read the words and their counts; return them, and the bytes that were read after them."""
    words: list[bytes] = []
    counts: list[int] = []
    data, at = b"", 0
    while len(words) < n_words:
        end = data.find(_WORD_END, at, at + _MAX_WORD_BYTES + 1)
        after = end + 1 + _WORD_FACTS_BYTES
        if end < 0 or after > len(data):
            if end < 0 and len(data) - at > _MAX_WORD_BYTES:
                raise VectorFileError(
                    f"{path}, word {len(words) + 1}: it has more than {_MAX_WORD_BYTES} bytes, "
                    f"{data[at : at + 30]!r}…; the file is corrupt: download it again."
                )
            more = file.read(_BLOCK_BYTES)
            if not more:
                raise _truncated(path, file.tell())
            data, at = data[at:] + more, 0
            continue
        words.append(data[at:end])
        counts.append(int.from_bytes(data[end + 1 : after - 1], "little", signed=True))
        at = after
    return words, counts, data[at:]


def _read_matrix(
    file: IO[bytes], begin: bytes, sizes: _Sizes, path: Path
) -> npt.NDArray[np.float32]:
    """Read the vectors of words and buckets, whose first bytes were read already."""
    if len(begin) < _MATRIX.size:
        begin += file.read(_MATRIX.size - len(begin))
    if len(begin) < _MATRIX.size:
        raise _truncated(path, file.tell())
    is_quantized, *shape = _MATRIX.unpack_from(begin)
    if is_quantized:
        raise _quantized(path)
    expected = [sizes.n_words + sizes.n_buckets, sizes.vector_size]
    if shape != expected:
        raise VectorFileError(
            f"{path}: its vectors have the shape {tuple(shape)}, but the header declares "
            f"{tuple(expected)}; the file is corrupt: download it again."
        )
    values = np.empty(expected, "<f4")
    view = values.data.cast("B")
    begin = begin[_MATRIX.size :][: len(view)]
    view[: len(begin)] = begin
    n_read = len(begin)
    while n_read < len(view):
        n: int = file.readinto(view[n_read:])  # type: ignore[attr-defined]
        if not n:
            raise _truncated(path, file.tell())
        n_read += n
    return values.astype(np.float32, copy=False)


def _make_vectors(
    words: list[str], counts: list[int], values: npt.NDArray[np.float32], sizes: _Sizes
) -> tuple[Any, list[str]]:
    """Make gensim's object, which computes the vectors of words from those of their subwords."""
    from gensim.models.fasttext import FastTextKeyedVectors

    rows = first_rows(words)
    repeated = [word for row, word in enumerate(words) if rows[word] != row]
    if repeated:
        kept = [*rows.values()]
        counts = [counts[row] for row in kept]
        values = np.concatenate([values[kept], values[len(words) :]])
    vectors = FastTextKeyedVectors(
        sizes.vector_size, sizes.min_length, sizes.max_length, sizes.n_buckets
    )
    vectors.index_to_key = [*rows]
    vectors.key_to_index = {word: place for place, word in enumerate(rows)}
    vectors.expandos["count"] = np.array(counts)
    with np.errstate(all="ignore"):  # numbers that are not finite are reported for their words
        vectors.init_post_load(values)
    return vectors, repeated


def _truncated(path: Path, n_bytes: int) -> VectorFileError:
    return VectorFileError(f"{path} is truncated after {n_bytes} bytes; download it again.")


def _quantized(path: Path) -> VectorFileError:
    return VectorFileError(
        f"{path} is a quantized fastText model, which has no word vectors: download the model that "
        "is not quantized, or use the .vec file."
    )
