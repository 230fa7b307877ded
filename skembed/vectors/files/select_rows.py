"""Read the rows of the requested words from a text or binary word-vector file."""

import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.errors import VectorFileError, VectorFileWarning
from skembed.vectors.files.cache import Index, VectorCache
from skembed.vectors.files.checksums import ChecksummedFile, DamagedError
from skembed.vectors.files.decompress import is_compressed, open_vectors
from skembed.vectors.files.formats import Layout, check_declared_size
from skembed.vectors.files.parse_rows import (
    ROWS_PER_BATCH,
    Rows,
    describe_place,
    join_rows,
    parse_rows,
)
from skembed.vectors.files.scan import KEY_BYTES, Wanted, compute_keys, scan_binary, scan_text
from skembed.vectors.result import FoundVectors, not_utf8_error, warn_of_repeated

__all__ = ["read_and_index", "read_indexed"]

_ROWS_PER_READ = 400  # small enough for the CPU cache


def read_indexed(
    path: Path, wanted: Wanted, store: VectorCache, decode_error: str
) -> FoundVectors | None:
    """Read rows by means of the cached index; None if there is no valid index.

    Only rows that are not in the cache are parsed.

    Parameters
    ----------
    path : Path
        The file.
    wanted : Wanted
        The requested words.
    store : VectorCache
        Cache of the file.
    decode_error : {"strict", "replace"}
        Whether a word that is not valid UTF-8 raises an error.
    """
    index = store.index()
    if index is None:
        return None
    found = _RowCollector(path, wanted, index.layout, decode_error)
    found.check_utf8(index.not_utf8)
    numbers = wanted.match(index.keys)
    known = [np.zeros(0, np.int64)]
    for rows in store.rows(numbers, index.layout.vector_size):
        found.add(rows)
        known.append(rows.numbers)
    unknown = np.setdiff1d(numbers, np.concatenate(known), assume_unique=True)
    try:
        with store.plain(path, index) as file:
            new = [_read_rows(file, index, some, path) for some in _split_into_batches(unknown)]
    except (DamagedError, VectorFileError):  # read the whole file, which may raise an error
        return None
    for rows in new:
        found.add(rows)
    store.keep_rows(join_rows(new))
    _warn_of_wrong_header(path, index.layout, index.n_words)
    return found.vectors()


def read_and_index(
    path: Path,
    member: str | None,
    layout: Layout,
    wanted: Wanted,
    store: VectorCache | None,
    decode_error: str,
    verbose: bool,
) -> FoundVectors:
    """Scan a whole file for the requested rows, and index all rows.

    Parameters
    ----------
    path : Path
        The file.
    member : str or None
        File to read from a zip archive.
    layout : Layout
        Layout of the file.
    wanted : Wanted
        The requested words.
    store : VectorCache or None
        Cache of the file; None to cache nothing.
    decode_error : {"strict", "replace"}
        Whether a word that is not valid UTF-8 raises an error.
    verbose : bool
        Show a progress bar if reading takes long.

    Raises
    ------
    VectorFileError
        If a requested row is malformed, or the file is truncated.
    """
    packed = is_compressed(path)
    if layout.kind == "binary" and not packed:
        check_declared_size(path, layout)
    found = _RowCollector(path, wanted, layout, decode_error)
    scan = scan_binary if layout.kind == "binary" else scan_text
    keys: list[npt.NDArray[np.uint64]] = []
    starts: list[npt.NDArray[np.int64]] = []
    not_utf8, n_rows, n_blank = "", 0, 0
    waiting: list[bytes] = []
    numbers: list[int] = []
    with ExitStack() as stack:
        copy = stack.enter_context(store.copying()) if store is not None and packed else None
        file = stack.enter_context(open_vectors(path, member, copy=copy, verbose=verbose))
        for block in scan(file, layout, wanted, path):
            if block.undecodable is not None and not not_utf8:
                i, word = block.undecodable
                not_utf8 = f"{describe_place(n_rows + i, layout)}: the word {word!r}"
                found.check_utf8(not_utf8)
            keys.append(block.keys)
            starts.append(block.starts)
            waiting += block.rows
            numbers += (block.numbers + n_rows).tolist()
            n_rows += len(block.keys)
            n_blank += block.n_blank
            if len(waiting) >= ROWS_PER_BATCH:
                found.add(parse_rows(waiting, numbers, layout, path))
                waiting, numbers = [], []
        found.add(parse_rows(waiting, numbers, layout, path))
        size = file.tell()
        sums = np.zeros(0, np.uint32) if copy is None else copy.sums()
    if store is not None and n_rows:
        starts.append(np.array([block.end]))
        index = Index(
            layout,
            np.concatenate(keys),
            np.concatenate(starts),
            size,
            n_rows - n_blank,
            not_utf8,
            sums,
        )
        store.keep_index(index)
        store.keep_rows(found.rows())
    _warn_of_wrong_header(path, layout, n_rows - n_blank)
    return found.vectors()


def _warn_of_wrong_header(path: Path, layout: Layout, n_words: int) -> None:
    if layout.n_rows not in (None, n_words):
        warnings.warn(
            f"{path}: the header declares {layout.n_rows} words but the file has {n_words}, which "
            "are used. If the file was cut, download it again; otherwise correct its first line.",
            VectorFileWarning,
            stacklevel=2,
        )


def _split_into_batches(numbers: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    return np.array_split(numbers, range(_ROWS_PER_READ, len(numbers), _ROWS_PER_READ))


def _read_rows(
    file: ChecksummedFile, index: Index, numbers: npt.NDArray[np.int64], path: Path
) -> Rows:
    """Read rows by number, and check that their keys match the index."""
    starts, ends = index.starts[numbers], index.starts[numbers + 1]
    rows = file.read(starts.tolist(), (ends - starts).tolist())
    text = np.frombuffer(b"".join(rows) + bytes(KEY_BYTES), np.uint8)
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    keys = compute_keys(text, np.cumsum(lengths) - lengths)
    if not np.array_equal(keys, index.keys[numbers]):
        raise DamagedError(f"{path} does not match its index.")
    return parse_rows(rows, numbers.tolist(), index.layout, path)


class _RowCollector:
    """Collect the requested rows; of repeated words, only the first row in the file."""

    def __init__(self, path: Path, wanted: Wanted, layout: Layout, decode_error: str) -> None:
        self._path = path
        self._wanted = wanted
        self._layout = layout
        self._decode_error = decode_error
        self._places: dict[str, int] = {}
        self._numbers = [np.zeros(0, np.int64)]
        self._spelled: list[bytes] = []
        self._values = np.empty((wanted.n_words, layout.vector_size), np.float32)
        self._repeated: list[str] = []

    def check_utf8(self, word: str) -> None:
        """Raise an error for a word that is not UTF-8 if ``decode_error="strict"``."""
        if word and self._decode_error == "strict":
            raise not_utf8_error(self._path, word)

    def add(self, rows: Rows) -> None:
        """Add those rows whose words were requested."""
        begin = len(self._spelled)
        words = self._wanted.decode(rows.words, self._decode_error)
        new: dict[Any, int] = dict(zip(words, range(begin, begin + len(words))))
        if len(new) < len(words) or None in new or not self._places.keys().isdisjoint(new):
            rows, new = self._drop_repeated(rows, words)
        self._places.update(new)
        self._numbers.append(rows.numbers)
        self._spelled += rows.words
        end = len(self._spelled)
        if end > len(self._values):  # resized in place, as it may hold gigabytes
            shape = (max(end, 3 * len(self._values) // 2), self._layout.vector_size)
            self._values.resize(shape, refcheck=False)
        self._values[begin:end] = rows.values

    def _drop_repeated(self, rows: Rows, words: list[str | None]) -> tuple[Rows, dict[str, int]]:
        known = [word for word in words if word in self._places]
        numbers = np.concatenate(self._numbers) if known else np.zeros(0, np.int64)
        first = {word: numbers[self._places[word]] for word in known}
        new: dict[str, int] = {}
        taken: list[int] = []
        for i, word in enumerate(words):
            if word in first:
                self._repeated.append(word)
            if word is not None and rows.numbers[i] < first.get(word, np.inf):
                first[word] = rows.numbers[i]
                new[word] = len(self._spelled) + len(taken)
                taken.append(i)
        some = Rows(rows.numbers[taken], [rows.words[i] for i in taken], rows.values[taken])
        return some, new

    def rows(self) -> Rows:
        """Return the collected rows."""
        return Rows(
            np.concatenate(self._numbers), self._spelled, self._values[: len(self._spelled)]
        )

    def vectors(self) -> FoundVectors:
        """Return the collected vectors; in file order if all words were requested."""
        warn_of_repeated(self._path, self._repeated, None)
        numbers, _, values = self.rows()
        is_in_order = self._wanted.n_words or (np.diff(numbers) > 0).all()
        if is_in_order and len(self._places) == len(values):
            return FoundVectors(self._places, values)
        in_order = sorted(self._places.items(), key=lambda item: numbers[item[1]])
        rows = {word: row for row, (word, _) in enumerate(in_order)}
        return FoundVectors(rows, values[[row for _, row in in_order]])
