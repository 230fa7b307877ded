"""Read and verify reviews from a compressed tar archive, without extracting it to disk."""

import io
import re
import tarfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from gzip import BadGzipFile, GzipFile
from os import fstat
from pathlib import Path
from typing import IO, NamedTuple

from skembed.datasets._download import BLOCK_BYTES, progress

__all__ = [
    "LABELS",
    "PARTS",
    "CheckError",
    "ReviewArchive",
    "ReviewKey",
    "check_counts",
    "read_reviews",
]

PARTS = ["train", "test"]
LABELS = ["neg", "pos"]

# Limits against decompression bombs, far above the sizes in the public archives.
_MAX_REVIEW_BYTES = 1 << 16
_MAX_TEXTS_BYTES = 1 << 27  # all reviews together
_MAX_HEADER_BYTES = 1 << 20  # between two members
_MAX_ARCHIVE_BYTES = 1 << 30  # uncompressed

_CORRUPT = (
    BadGzipFile,
    EOFError,
    IndexError,
    OverflowError,
    RecursionError,
    ValueError,
    tarfile.TarError,
    zlib.error,
)


class CheckError(Exception):
    """The archive failed a check; the message is a predicate to follow the archive's name."""


class ReviewKey(NamedTuple):
    """Sort key of a review: indices of its part and its class, and its number."""

    part: int
    label: int
    number: int


class ReviewArchive(NamedTuple):
    """Location and contents of a public tar archive of reviews.

    `pattern` matches the member names of reviews. It has the groups ``label``, ``number`` and
    ``test``; the latter participates only in matches of test reviews.
    """

    url: str
    max_bytes: int  # of a download
    sha256: str
    pattern: re.Pattern[str]
    example: str
    n_reviews: tuple[int, int]  # per class, in the train and the test part

    def key(self, name: str) -> ReviewKey | None:
        """Return the sort key of a member, or None if it is not a review."""
        found = self.pattern.fullmatch(name)
        if found is None:
            return None
        part = int(found["test"] is not None)
        return ReviewKey(part, LABELS.index(found["label"]), int(found["number"]))


def read_reviews(path: Path, archive: ReviewArchive, verbose: bool) -> dict[str, str]:
    """Read all reviews of an archive, skipping other members.

    Parameters
    ----------
    path : Path
        Path of the archive.
    archive : ReviewArchive
        Expected contents.
    verbose : bool
        Whether to show progress.

    Returns
    -------
    dict of str to str
        Texts by member name.

    Raises
    ------
    CheckError
        If the archive is corrupt or has unexpected contents.
    """
    texts: dict[str, str] = {}
    n_bytes = done = 0
    with (
        path.open("rb") as packed,
        progress(f"Reading {path.name}", 0, path.stat().st_size, verbose) as advance,
    ):
        try:
            for name, content in _iter_reviews(packed, archive):
                if name in texts:
                    raise CheckError(f"contains {name} twice")
                texts[name] = _decode(name, content)
                n_bytes += len(content)
                if n_bytes > _MAX_TEXTS_BYTES:
                    raise CheckError(f"contains reviews of more than {_MAX_TEXTS_BYTES:,} bytes")
                if packed.tell() - done > BLOCK_BYTES:
                    advance(packed.tell() - done)
                    done = packed.tell()
        except _CORRUPT as error:
            problem = f"is truncated, corrupt or not a gzip-compressed tar archive ({error})"
            raise CheckError(problem) from error
    check_counts(texts, archive)
    return texts


def check_counts(names: Collection[str], archive: ReviewArchive) -> None:
    """Check that names are those of all reviews of an archive, each exactly once.

    Raises
    ------
    CheckError
        If they are not.
    """
    keys = Counter(map(archive.key, names))
    found = Counter(key[:2] for key in keys if key is not None)
    if not found:
        raise CheckError(f"contains no file like {archive.example}: is it a different archive?")
    for part, expected in enumerate(archive.n_reviews):
        for label, label_name in enumerate(LABELS):
            if (n := found[part, label]) != expected:
                raise CheckError(
                    f"contains {n:,} distinct reviews of the class {label_name} in the part "
                    f"{PARTS[part]}, expected {expected:,}"
                )
    if len(keys) != len(names):
        raise CheckError("contains several reviews with the same number")


class _LimitedGzipFile(GzipFile):
    """Gzip reader that only moves forwards, with a limit on the bytes to read."""

    allowance = _MAX_HEADER_BYTES

    def __init__(self, packed: IO[bytes]) -> None:
        from skembed.vectors.files.unpacked_size import (
            max_unpacked_bytes,
        )  # not needed to import datasets

        super().__init__(fileobj=packed)
        self.limit = min(_MAX_ARCHIVE_BYTES, max_unpacked_bytes(fstat(packed.fileno()).st_size))

    def check_limit(self) -> None:
        if self.tell() > self.limit:
            raise CheckError(f"unpacks to more than {self.limit:,} bytes")

    def read(self, size: int | None = -1) -> bytes:
        size = -1 if size is None else size
        self.allowance -= size
        if size < 0 or self.allowance < 0:
            raise CheckError("claims sizes that no archive of reviews has")
        return super().read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # GzipFile seeks backwards by decompressing from the start; a forged archive could
        # trigger this again and again.
        if whence == io.SEEK_SET and not self.tell() <= offset <= self.limit:
            raise CheckError("claims sizes that no archive of reviews has")
        return super().seek(offset, whence)


def _iter_reviews(packed: IO[bytes], archive: ReviewArchive) -> Iterator[tuple[str, bytes]]:
    with _LimitedGzipFile(packed) as file, tarfile.open(fileobj=file, mode="r:") as tar:
        while (member := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # otherwise tar keeps all members
            tar.pax_headers = {}
            file.check_limit()
            _check_member(member)
            name = "/".join(part for part in member.name.split("/") if part not in ("", "."))
            if member.isreg() and archive.key(name):
                yield name, _read_member(file, member)
            file.allowance = _MAX_HEADER_BYTES
        _read_to_end(file)


def _check_member(member: tarfile.TarInfo) -> None:
    """Reject unsafe or unexpected members, although no member is ever written to disk."""
    name = member.name
    if re.match(r"[/\\]|[A-Za-z]:", name) or ".." in re.split(r"[/\\]", name):
        raise CheckError(f"contains {name!a}, a path that leads out of the archive")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise CheckError(f"contains {name!a}, which is neither a plain file nor a folder")


def _read_member(file: _LimitedGzipFile, member: tarfile.TarInfo) -> bytes:
    if not 0 < member.size <= _MAX_REVIEW_BYTES:
        raise CheckError(
            f"contains {member.name} with {member.size:,} bytes, "
            f"expected 1 to {_MAX_REVIEW_BYTES:,}"
        )
    file.allowance = member.size
    file.seek(member.offset_data)
    content = file.read(member.size)
    if len(content) < member.size:
        raise EOFError(f"{member.name} is truncated")
    return content


def _decode(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise CheckError(f"contains {name}, which is not UTF-8 ({error})") from error


def _read_to_end(file: _LimitedGzipFile) -> None:
    """Read past the last member, so that gzip verifies its checksum at the end."""
    rest = b"\0"
    while rest:
        file.allowance = BLOCK_BYTES
        rest = file.read(BLOCK_BYTES)
        file.check_limit()
