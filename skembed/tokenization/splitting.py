"""Split documents into integer codes without creating a Python object per token.

Splitting text into Python strings and looking up each one is the most expensive part
of tokenization. Here, a token of up to sixteen UTF-8 bytes is represented by two
64-bit integers. NumPy extracts them from the encoded text, and an integer hash table
numbers the distinct tokens exactly. Only distinct words become strings.

The arrays cost the same for one word as for thousands, so a few short texts are split and numbered
with Python's strings and a dict instead.
"""

import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain, count
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from skembed._characters import WHITE_SPACE
from skembed._recent import MIN_CACHED_DOCUMENTS, Recent, fingerprint

__all__ = [
    "FILTERS",
    "FURTHER_FILTERS",
    "SplitDocuments",
    "split_characters",
    "split_tokens",
    "split_words",
    "split_words_once",
]

#: The characters that Keras's ``Tokenizer`` filters by default.
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
#: What separates words as well, if `split` is a space.
FURTHER_FILTERS = WHITE_SPACE.replace("\n", "")

# Line breaks but those between spaces, where TextCleaner(keep_line_breaks=True) puts them.
_LINE_BREAK = re.compile(r"\n(?:(?=[^ ])|(?<=[^ ]\n))")

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
UInt64 = npt.NDArray[np.uint64]

_END = b"\xff"  # never occurs in UTF-8: pads the last eight bytes of a word
_FEW_CHARACTERS = 1 << 14  # in all documents: up to here, Python's strings are faster
_MANY_FILTERS = 100  # to look for each of them takes longer than to look at each character
_CHUNK_BYTES = 1 << 19  # of text, so that intermediate arrays fit the CPU cache
_FILL = np.array([(1 << 64) - (1 << 8 * n) for n in range(9)], np.uint64)
_LONG_WORD_TAIL = np.uint64(0xFEFEFEFEFEFEFEFE)  # 0xFE never occurs in UTF-8 either

_SECRET = secrets.randbits(64) | 1  # odd, so that multiplying by it can be undone
_MIX, _UNMIX = np.uint64(_SECRET), np.uint64(pow(_SECRET, -1, 1 << 64))


@dataclass(frozen=True)
class SplitDocuments:
    """Documents encoded as the indices of their distinct words.

    Attributes
    ----------
    words : list of str
        The distinct words in order of first appearance.
    codes : ndarray of shape (n_tokens,), dtype int32
        The index in `words` of each token, concatenated over the documents.
    lengths : ndarray of shape (n_documents,), dtype int64
        The number of tokens of each document.
    """

    words: list[str]
    codes: Int32
    lengths: Int64


_SPLIT_CACHE: Recent[SplitDocuments] = Recent(limit=256 * 2**20)
_CACHED_WORD_BYTES = 80  # approximate


def split_characters(documents: list[str], lower: bool) -> SplitDocuments:
    """Split documents into single characters."""
    if lower:
        documents = [text.lower() for text in documents]
    joined = "".join(documents).encode("utf-32-le", "surrogatepass")
    codes, characters = pd.factorize(np.frombuffer(joined, "<u4"))
    lengths = np.fromiter(map(len, documents), np.int64, len(documents))
    return SplitDocuments([*map(chr, characters.tolist())], codes.astype(np.int32), lengths)


def split_tokens(documents: list[list[str]], lower: bool) -> SplitDocuments:
    """Number the tokens of documents that are lists of tokens."""
    tokens = [token.lower() if lower else token for tokens in documents for token in tokens]
    numbers: dict[str, int] = {}  # pandas before 3.1 takes "" and "\0" for one word
    numbered = (numbers.setdefault(token, len(numbers)) for token in tokens)
    codes = np.fromiter(numbered, np.int32, len(tokens))
    lengths = np.fromiter(map(len, documents), np.int64, len(documents))
    return SplitDocuments([*numbers], codes, lengths)


def split_words_once(documents: list[str], filters: str, lower: bool, split: str) -> SplitDocuments:
    """Call `split_words` and cache the result for later calls with the same arguments."""
    if len(documents) < MIN_CACHED_DOCUMENTS:
        return split_words(documents, filters, lower, split)
    key = filters, lower, split, fingerprint(documents)
    found = _SPLIT_CACHE.get(key)
    if found is None:
        found = split_words(documents, filters, lower, split)
        found.codes.flags.writeable = found.lengths.flags.writeable = False
        size = found.codes.nbytes + found.lengths.nbytes + _CACHED_WORD_BYTES * len(found.words)
        _SPLIT_CACHE.keep(key, found, size)
    return found


def split_words(documents: list[str], filters: str, lower: bool, split: str) -> SplitDocuments:
    """Split documents like ``keras.preprocessing.text.text_to_word_sequence``.

    Every character in `filters` is replaced with `split`. The text is then split at
    `split`, and empty tokens are dropped. Unlike in Keras, all white space separates words if
    `split` is a space. Only a line break between spaces is a word, if `filters` lacks it.
    """
    texts: Iterable[str] = documents
    if split == " " and "\n" not in filters:
        texts = (_LINE_BREAK.sub(" ", text) for text in texts)
    if lower:
        texts = map(str.lower, texts)
    texts = map(_separator(filters, split), texts)
    if sum(map(len, documents)) <= _FEW_CHARACTERS:
        return _number_few([[*filter(None, text.split(split))] for text in texts])
    return _number_many(texts, split)


@lru_cache(maxsize=8)
def _separator(filters: str, split: str) -> Callable[[str], str]:
    """Return a function that replaces all separating characters in a text with `split`.

    ``str.translate`` looks at each character of a text, which takes ten times as long as to
    replace one character after another if the text is not ASCII.
    """
    if split == " ":
        filters += FURTHER_FILTERS
    characters = {*filters} - {split}
    if len(characters) > _MANY_FILTERS or not characters.isdisjoint(split):
        return partial(_translate, str.maketrans(dict.fromkeys(filters, split)))

    def replace(text: str) -> str:
        for character in characters:
            if character in text:
                text = text.replace(character, split)
        return text

    return replace


def _translate(table: dict[int, str], text: str) -> str:
    return text.translate(table)


def _number_few(documents: list[list[str]]) -> SplitDocuments:
    """Number the words of documents in order of first appearance, with a dict."""
    tokens = [*chain.from_iterable(documents)]
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(numbers.__getitem__, tokens), np.int32, len(tokens))
    lengths = np.fromiter(map(len, documents), np.int64, len(documents))
    return SplitDocuments([*numbers], codes, lengths)


def _number_many(texts: Iterable[str], split: str) -> SplitDocuments:
    """Split texts at `split` and number their words, with arrays."""
    encoded = (text.encode("utf-8", "surrogatepass") for text in texts)
    separator = split.encode("utf-8", "surrogatepass")
    delimiter = separator
    if len(separator) > 1:
        delimiter = _END
        encoded = (text.replace(separator, _END) for text in encoded)
    long_words: dict[bytes, int] = {}
    chunks = [_split_chunk(chunk, delimiter, long_words) for chunk in _iter_chunks(encoded)]
    all_codes, heads, tails = _number_pairs(
        np.concatenate([chunk.heads for chunk in chunks]),
        np.concatenate([chunk.tails for chunk in chunks]),
    )
    ends = np.cumsum([len(chunk.heads) for chunk in chunks])
    by_chunk = np.split(all_codes.astype(np.int32), ends[:-1])
    codes = np.concatenate([of_chunk[chunk.codes] for chunk, of_chunk in zip(chunks, by_chunk)])
    lengths = np.concatenate([chunk.lengths for chunk in chunks])
    return SplitDocuments(_decode_words(heads, tails, [*long_words]), codes, lengths)


def _iter_chunks(encoded: Iterable[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for document in encoded:
        chunk.append(document)
        size += len(document)
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    yield chunk


class _Chunk(NamedTuple):
    """A chunk of documents as codes of distinct words, each a pair of integers.

    The head contains the first eight bytes of a word and the tail the next eight, both padded with
    `_END`. A longer word has its index among the long words as head and `_LONG_WORD_TAIL` as tail.
    """

    lengths: Int64  # number of tokens per document
    codes: Int32  # the index of each token's word in the following arrays
    heads: UInt64
    tails: UInt64


def _split_chunk(documents: list[bytes], delimiter: bytes, long_words: dict[bytes, int]) -> _Chunk:
    data = delimiter + delimiter.join(documents) + delimiter * 17
    buffer = np.frombuffer(data, np.uint8)
    inside = buffer != delimiter[0]
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, sizes = edges[::2], edges[1::2] - edges[::2]
    eight_bytes = np.ndarray(len(buffer) - 7, "<u8", data, strides=(1,))

    heads = eight_bytes[starts] | _FILL[np.minimum(sizes, 8)]
    tailed = np.flatnonzero(sizes > 8)
    tails = eight_bytes[starts[tailed] + 8] | _FILL[np.minimum(sizes[tailed] - 8, 8)]
    for i in np.flatnonzero(sizes[tailed] > 16).tolist():
        token = tailed[i]
        word = data[starts[token] : starts[token] + sizes[token]]
        heads[token] = long_words.setdefault(word, len(long_words))
        tails[i] = _LONG_WORD_TAIL
    codes, heads, tails = _number_tokens(heads, tailed, tails)
    first_bytes = np.cumsum([1, *(len(document) + 1 for document in documents)])
    return _Chunk(np.diff(np.searchsorted(starts, first_bytes)), codes, heads, tails)


def _number_tokens(heads: UInt64, tailed: Int64, tails: UInt64) -> tuple[Int32, UInt64, UInt64]:
    """Number the distinct tokens; only the tokens at indices `tailed` have a tail."""
    codes, values = _factorize(heads)
    pairs, pair_heads, pair_tails = _number_pairs(heads[tailed], tails)
    codes[tailed] = len(values) + pairs
    # Drop heads that occur only in words with a tail. Order words by first appearance.
    first = np.full(len(values) + len(pair_heads), len(codes))
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    order = np.argsort(first)[: np.count_nonzero(first < len(codes))]
    rank = np.empty(len(first), np.int32)
    rank[order] = np.arange(len(order))
    no_tails = np.full(len(values), _FILL[0])
    all_heads = np.concatenate([values, pair_heads])[order]
    return rank[codes], all_heads, np.concatenate([no_tails, pair_tails])[order]


def _number_pairs(heads: UInt64, tails: UInt64) -> tuple[Int64, UInt64, UInt64]:
    """Number the distinct pairs in order of first appearance."""
    head_codes, distinct_heads = _factorize(heads)
    tail_codes, distinct_tails = _factorize(tails)
    n_tails = max(1, len(distinct_tails))
    codes, pairs = _factorize((head_codes * n_tails + tail_codes).view(np.uint64))
    return codes, distinct_heads[pairs // n_tails], distinct_tails[pairs % n_tails]


def _factorize(values: UInt64) -> tuple[Int64, UInt64]:
    """Number the distinct values in order of first appearance.

    pandas hashes integers without a secret: words can be chosen that all have one hash, each of
    which is compared with all before it. Multiplication by a secret number prevents this.
    """
    codes, mixed = pd.factorize(values * _MIX)
    return codes, mixed * _UNMIX


def _decode_words(heads: UInt64, tails: UInt64, long_words: list[bytes]) -> list[str]:
    data = np.stack([heads, tails], axis=1).astype("<u8").tobytes()
    words = [data[i : i + 16].rstrip(_END) for i in range(0, len(data), 16)]
    for i in np.flatnonzero(tails == _LONG_WORD_TAIL).tolist():
        words[i] = long_words[heads[i]]
    return [word.decode("utf-8", "surrogatepass") for word in words]
