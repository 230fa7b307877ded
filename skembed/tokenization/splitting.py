"""Documents to codes of their distinct words, with no Python object for each token.

Splitting text into Python strings and looking each one up costs more than all else
that a tokenizer does. Here a token of up to sixteen UTF-8 bytes is two 64-bit
integers instead: NumPy finds them in the encoded text, and a hash table for integers
numbers the distinct ones, exactly. Only distinct words become strings.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["FILTERS", "SplitDocuments", "split_characters", "split_words"]

#: What Keras's ``Tokenizer`` filters out unless told otherwise.
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'

Int64 = npt.NDArray[np.int64]
UInt64 = npt.NDArray[np.uint64]

_END = b"\xff"  # no byte of UTF-8: parts tokens, and fills up the last of their pieces
_CHUNK = 1 << 19  # bytes of text at a time: what is computed from them stays in the cache
_FILL = np.array([(1 << 64) - (1 << 8 * n) for n in range(9)], np.uint64)


@dataclass(frozen=True)
class SplitDocuments:
    """Documents as codes of their distinct words.

    Attributes
    ----------
    words : list of str
        The distinct words in the order in which they first appear.
    codes : ndarray of shape (n_tokens,), dtype int64
        The place in `words` of each token, document after document.
    lengths : ndarray of shape (n_documents,), dtype int64
        The number of tokens of each document.
    """

    words: list[str]
    codes: Int64
    lengths: Int64


def split_characters(documents: list[str], lower: bool) -> SplitDocuments:
    """Make each character a token."""
    if lower:
        documents = [text.lower() for text in documents]
    joined = "".join(documents).encode("utf-32-le", "surrogatepass")
    codes, characters = pd.factorize(np.frombuffer(joined, "<u4"))
    lengths = np.fromiter(map(len, documents), np.int64, len(documents))
    return SplitDocuments([*map(chr, characters.tolist())], codes, lengths)


def split_words(documents: list[str], filters: str, lower: bool, split: str) -> SplitDocuments:
    """Split as ``keras.preprocessing.text.text_to_word_sequence`` did.

    Every character in `filters` is replaced by `split`, at which the text then parts;
    empty tokens vanish.
    """
    encoded = _encode(documents, str.maketrans(dict.fromkeys(filters, split)), lower, split)
    long_words: dict[bytes, int] = {}
    pieces = [_pieces(chunk, long_words) for chunk in _chunks(encoded)]
    firsts = np.cumsum([0, *(len(some.heads) for some in pieces)])
    heads, distinct_heads = pd.factorize(np.concatenate([p.heads for p in pieces]))
    tails, distinct_tails = pd.factorize(np.concatenate([p.tails for p in pieces]))
    tailed = np.concatenate([p.tailed + first for p, first in zip(pieces, firsts)])
    long = np.concatenate([p.long + first for p, first in zip(pieces, firsts)])
    pairs, distinct_pairs = pd.factorize(heads[tailed] * max(1, len(distinct_tails)) + tails)

    codes = heads
    codes[tailed] = len(distinct_heads) + pairs
    codes[long] = (
        len(distinct_heads) + len(distinct_pairs) + np.concatenate([p.long_codes for p in pieces])
    )
    first_heads, last_tails = divmod(distinct_pairs, max(1, len(distinct_tails)))
    spelled = [
        *_spelled(distinct_heads[:, np.newaxis]),
        *_spelled(np.stack([distinct_heads[first_heads], distinct_tails[last_tails]], axis=1)),
        *long_words,
    ]
    lengths = np.concatenate([p.lengths for p in pieces])
    return _by_first_appearance(spelled, codes, lengths)


def _encode(
    documents: list[str], table: dict[int, str], lower: bool, split: str
) -> Iterator[bytes]:
    separator = split.encode("utf-8", "surrogatepass")
    for text in documents:
        if lower:
            text = text.lower()
        encoded = text.translate(table).encode("utf-8", "surrogatepass")
        yield encoded.replace(separator, _END)


def _chunks(encoded: Iterable[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for document in encoded:
        chunk.append(document)
        size += len(document)
        if size >= _CHUNK:
            yield chunk
            chunk, size = [], 0
    yield chunk


class _Pieces(NamedTuple):
    """The tokens of some documents, cut into pieces of eight bytes."""

    lengths: Int64  # tokens of each document
    heads: UInt64  # the first piece of each token
    tailed: Int64  # which tokens have a second piece
    tails: UInt64  # those second pieces
    long: Int64  # which tokens go on after the second piece
    long_codes: Int64  # the codes of those


def _pieces(documents: list[bytes], long_words: dict[bytes, int]) -> _Pieces:
    data = _END + _END.join(documents) + _END * 9
    buffer = np.frombuffer(data, np.uint8)
    inside = buffer != _END[0]
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    eight_bytes = np.ndarray(len(buffer) - 7, "<u8", data, strides=(1,))

    def piece(starts: Int64, ends: Int64) -> UInt64:
        return np.asarray(eight_bytes[starts] | _FILL[np.minimum(ends - starts, 8)])

    tailed = np.flatnonzero(ends - starts > 8)
    long = tailed[ends[tailed] - starts[tailed] > 16]
    first_bytes = np.cumsum([1, *(len(document) + 1 for document in documents)])
    return _Pieces(
        lengths=np.diff(np.searchsorted(starts, first_bytes)),
        heads=piece(starts, ends),
        tailed=tailed,
        tails=piece(starts[tailed] + 8, ends[tailed]),
        long=long,
        long_codes=np.asarray(
            [
                long_words.setdefault(data[start:end], len(long_words))
                for start, end in zip(starts[long].tolist(), ends[long].tolist())
            ],
            np.int64,
        ),
    )


def _spelled(pieces: UInt64) -> list[bytes]:
    data, width = pieces.astype("<u8").tobytes(), 8 * pieces.shape[1]
    return [data[i : i + width].rstrip(_END) for i in range(0, len(data), width)]


def _by_first_appearance(spelled: list[bytes], codes: Int64, lengths: Int64) -> SplitDocuments:
    first = np.full(len(spelled), len(codes))
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    order = np.argsort(first)[: np.count_nonzero(first < len(codes))]
    rank = np.empty(len(spelled), np.int64)
    rank[order] = np.arange(len(order))
    words = [spelled[i].decode("utf-8", "surrogatepass") for i in order.tolist()]
    return SplitDocuments(words, rank[codes], lengths)
