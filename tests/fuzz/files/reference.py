"""Slow readers of word-vector files, written from the formats alone, to compare results with."""

import bz2
import gzip
import io
import lzma
import struct
import zipfile
from collections import Counter
from itertools import takewhile

import numpy as np


class RefusedError(Exception):
    """The reference cannot read the file at all."""


class Reference:
    """What a file holds: the rows in order, each a word and a vector; None for a broken row."""

    def __init__(self, content, size):
        self.broken = set()  # first fields of rows that must be refused
        self.rows = []  # words as bytes, and vectors
        content = unpack(content)
        if content.startswith(struct.pack("<i", 793712314)):
            self.kind, rows = "fasttext", read_fasttext(content)
        elif content.startswith(b"PK\3\4"):
            self.kind, rows = "npz", read_npz(content)
        else:
            content = content.removeprefix(b"\xef\xbb\xbf")
            try:
                self.kind, rows = "binary", read_binary(content)
            except RefusedError:
                self.kind, rows = "text", self.read_text(content, size)
        for word, vector in rows:
            if not np.isfinite(vector).all():
                self.broken.add(word.split(b" ")[0])
            self.rows.append((word, vector))

    def read_text(self, content, size):
        lines = content.split(b"\n")
        start = next(i for i, line in enumerate(lines) if line.strip())
        header, n_sample = lines[start].split(), start + 20
        if len(header) == 2 and all(map(bytes.isdigit, header)) and int(header[1]) == size:
            start += 1
        sample = [line.rstrip() for line in lines[start:n_sample]]
        has_tabs = most_common_size(sample, b"\t") > most_common_size(sample, b" ")
        lines = [line.rstrip() for line in lines[start:]]
        for line in filter(None, lines):
            row = read_line(line, size, has_tabs)
            if row is None:
                first = line.split(b" ")[0]
                self.broken.update([first, first.split(b"\t")[0]])
            else:
                yield row

    def table(self, decode_error, words=None):
        """The first vector of each word; of the words asked for, if there are any."""
        table = {}
        for word, vector in self.rows:
            try:
                text = word.decode("utf-8", decode_error if words is None else "strict")
            except UnicodeDecodeError:
                continue
            if words is None or text in words:
                table.setdefault(text, vector)
        return table

    @property
    def is_utf8(self):
        try:
            b" ".join(word for word, _ in self.rows).decode()
        except UnicodeDecodeError:
            return False
        return True


def unpack(content):
    if content.startswith(b"PK\3\4"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            names = [info.filename for info in files]
            if all(name.endswith(".npy") for name in names):
                return content
            names = [name for name in names if not name.startswith("__MACOSX/")]
            if len(set(names)) != 1:
                raise RefusedError("several members")
            return archive.read(names[0])
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if content.startswith(b"BZh"):
        return bz2.decompress(content)
    if content.startswith(b"\xfd7zXZ\0"):
        return lzma.decompress(content)
    return content


def most_common_size(lines, separator):
    """How many numbers most lines end with, if the separator counts as a space."""
    counts = Counter()
    for line in filter(None, lines):
        fields = line.replace(separator, b" ").split(b" ")[1:]
        counts[len([*takewhile(is_number, reversed(fields))])] += 1
    return counts.most_common(1)[0][0]


def read_line(line, size, has_tabs):
    if has_tabs:
        word, _, numbers = line.partition(b"\t")
        numbers = fields = numbers.replace(b"\t", b" ").split(b" ")
        if len(numbers) != size:
            line = b" ".join([word, *numbers]).rstrip()
            word, *numbers = line.rsplit(b" ", size)
    else:
        word, *numbers = line.rsplit(b" ", size)
    first, *rest = [word] if has_tabs and len(fields) == size else word.split(b" ")
    if not first or b"" in rest or (rest and all(map(is_number, rest))):
        return None
    if len(numbers) != size or not all(map(is_number, numbers)):
        return None
    with np.errstate(over="ignore"):
        return word, np.array([float(number) for number in numbers]).astype(np.float32)


def is_number(field):
    try:
        float(field)
    except ValueError:
        return False
    return True


def read_binary(content):
    start = 0
    while (end := content.find(b"\n", start)) >= 0 and not content[start:end].strip():
        start = end + 1
    header = content[start:end].split()
    if end < 0 or len(header) != 2 or not all(map(bytes.isdigit, header)):
        raise RefusedError("no header")
    n, size = map(int, header)
    at, rows = end + 1, []
    for _ in range(n):
        space = content.find(b" ", at)
        if space < 0 or space + 1 + 4 * size > len(content):
            raise RefusedError("too short")
        word = content[at:space].removeprefix(b"\n")
        rows.append((word, np.frombuffer(content, "<f4", size, space + 1).copy()))
        at = space + 1 + 4 * size
    if content[at:].strip() or not rows:
        raise RefusedError("too long")
    return rows


def read_npz(content):
    with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
        arrays = [np.asarray(loaded[name]) for name in loaded.files]
    (words,) = (array for array in arrays if array.ndim == 1)
    (values,) = (array for array in arrays if array.ndim == 2)
    if words.dtype.kind == "U":
        words = [word.encode("utf-8", "surrogatepass") for word in words.tolist()]
    with np.errstate(over="ignore"):
        return [*zip(words, values.astype(np.float32))]


def read_fasttext(content):
    _, _, size = struct.unpack_from("<3i", content)
    *_, n_buckets, shortest, longest = struct.unpack_from("<10i", content, 12)
    n_words = struct.unpack_from("<i", content, 68)[0]
    at, words = 92, []
    for _ in range(n_words):
        end = content.index(b"\0", at)
        words.append(content[at:end])
        at = end + 10
    shape = n_words + n_buckets, size
    values = np.frombuffer(content, "<f4", shape[0] * size, at + 17).reshape(shape)
    rows = []
    for word, vector in zip(words, values):
        text = word.decode("utf-8", "replace")
        parts = [values[n_words + code % n_buckets] for code in hashes(text, shortest, longest)]
        with np.errstate(all="ignore"):
            total = np.add.reduce([vector, *parts]) if n_buckets else vector
            rows.append((word, total / (len(parts) + 1) if n_buckets else vector))
    return rows


def hashes(word, shortest, longest):
    """FNV-1a hashes of the parts of ``<word>``, with bytes taken as signed.

    They are in fastText's order: a sum may overflow in one order and not in another.
    """
    word = f"<{word}>"
    for i in range(len(word)):
        for n in range(max(1, shortest), min(longest, len(word) - i) + 1):
            code = 2166136261
            for byte in word[i : i + n].encode():
                code = ((code ^ (byte | 0xFFFFFF00 if byte > 127 else byte)) * 16777619) % 2**32
            if not (n == 1 and i in (0, len(word) - 1)):
                yield code
