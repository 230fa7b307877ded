"""Reviews in a packed tar archive: read without unpacking it on the disk, and checked."""

import io
import re
import tarfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import IO, NamedTuple

from skembed.datasets._download import BLOCK, progress

__all__ = ["LABELS", "PARTS", "FlawError", "Place", "ReviewArchive", "check_counts", "read_reviews"]

PARTS = ["train", "test"]
LABELS = ["neg", "pos"]

# Far more than the public archives have. They keep a small file from filling the memory.
_LONGEST_REVIEW = 1 << 16  # bytes
_LARGEST_TEXTS = 1 << 27  # bytes of all reviews
_LONGEST_HEADERS = 1 << 20  # bytes between two members
_LARGEST = 1 << 30  # bytes of an unpacked archive

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


class FlawError(Exception):
    """An archive is not what it should be; the message goes on behind the archive's name."""


class Place(NamedTuple):
    """Where a review belongs: the number of its part and of its class, and its own number."""

    part: int
    label: int
    number: int


class ReviewArchive(NamedTuple):
    """A tar archive on the web, and what is in it.

    The pattern finds reviews among the members. It has the groups ``label`` and ``number``,
    and a group ``test`` that takes part in the match of a review for testing.
    """

    url: str
    sha256: str
    pattern: re.Pattern[str]
    example: str
    n_reviews: tuple[int, int]  # of each class, for training and for testing

    def place(self, name: str) -> Place | None:
        """Return where a review belongs, or None if the member is none."""
        found = self.pattern.fullmatch(name)
        if found is None:
            return None
        part = int(found["test"] is not None)
        return Place(part, LABELS.index(found["label"]), int(found["number"]))


def read_reviews(path: Path, archive: ReviewArchive, verbose: bool) -> dict[str, str]:
    """Read all reviews of an archive; other members are passed over.

    Parameters
    ----------
    path : Path
        The archive.
    archive : ReviewArchive
        What is in it.
    verbose : bool
        Whether to show progress.

    Returns
    -------
    dict of str to str
        Texts by name.

    Raises
    ------
    FlawError
        If it is not what it should be.
    """
    texts: dict[str, str] = {}
    n_bytes = done = 0
    with (
        path.open("rb") as packed,
        progress(f"Reading {path.name}", 0, path.stat().st_size, verbose) as advance,
    ):
        try:
            for name, content in _reviews(packed, archive):
                if name in texts:
                    raise FlawError(f"holds {name} twice")
                texts[name] = _decoded(name, content)
                n_bytes += len(content)
                if n_bytes > _LARGEST_TEXTS:
                    raise FlawError(f"holds reviews of more than {_LARGEST_TEXTS:,} bytes")
                if packed.tell() - done > BLOCK:
                    advance(packed.tell() - done)
                    done = packed.tell()
        except _CORRUPT as error:
            raise FlawError(f"is cut, corrupt or no gzip-packed tar archive ({error})") from error
    check_counts(texts, archive)
    return texts


def check_counts(names: Collection[str], archive: ReviewArchive) -> None:
    """Find out whether these are the names of all reviews of an archive, each once.

    Raises
    ------
    FlawError
        If they are not.
    """
    places = Counter(map(archive.place, names))
    found = Counter(place[:2] for place in places if place is not None)
    if not found:
        raise FlawError(f"holds nothing like {archive.example}: is it another archive?")
    for part, expected in enumerate(archive.n_reviews):
        for label, label_name in enumerate(LABELS):
            if (n := found[part, label]) != expected:
                raise FlawError(
                    f"holds {n:,} different reviews of the class {label_name} in the part "
                    f"{PARTS[part]}, expected {expected:,}"
                )
    if len(places) != len(names):
        raise FlawError("holds different reviews of the same number")


class _Tape(GzipFile):
    """Unpacks forwards, and no more at a time than is allowed."""

    allowance = _LONGEST_HEADERS

    def read(self, size: int | None = -1) -> bytes:
        size = -1 if size is None else size
        self.allowance -= size
        if size < 0 or self.allowance < 0:
            raise FlawError("claims sizes that no archive of reviews has")
        return super().read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # GzipFile would go back by unpacking all over again, as often as a forged archive asks
        if whence == io.SEEK_SET and not self.tell() <= offset <= _LARGEST:
            raise FlawError("claims sizes that no archive of reviews has")
        return super().seek(offset, whence)


def _reviews(packed: IO[bytes], archive: ReviewArchive) -> Iterator[tuple[str, bytes]]:
    with _Tape(fileobj=packed) as tape, tarfile.open(fileobj=tape, mode="r:") as tar:
        while (member := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # else it keeps all of them
            tar.pax_headers = {}
            if tape.tell() > _LARGEST:
                raise FlawError(f"unpacks to more than {_LARGEST:,} bytes")
            _check_member(member)
            name = "/".join(part for part in member.name.split("/") if part not in ("", "."))
            if member.isreg() and archive.place(name):
                yield name, _content(tape, member)
            tape.allowance = _LONGEST_HEADERS
        _read_on(tape)


def _check_member(member: tarfile.TarInfo) -> None:
    """Refuse what no archive of reviews holds. Nothing is ever written under these names."""
    name = member.name
    if re.match(r"[/\\]|[A-Za-z]:", name) or ".." in re.split(r"[/\\]", name):
        raise FlawError(f"holds {name!a}, a name that leads out of it")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise FlawError(f"holds {name!a}, which is neither a plain file nor a folder")


def _content(tape: _Tape, member: tarfile.TarInfo) -> bytes:
    if not 0 < member.size <= _LONGEST_REVIEW:
        raise FlawError(
            f"holds {member.name} with {member.size:,} bytes, expected 1 to {_LONGEST_REVIEW:,}"
        )
    tape.allowance = member.size
    tape.seek(member.offset_data)
    content = tape.read(member.size)
    if len(content) < member.size:
        raise EOFError(f"{member.name} is cut")
    return content


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise FlawError(f"holds {name}, which is not UTF-8 ({error})") from error


def _read_on(tape: _Tape) -> None:
    """Read what is behind the last member: at its end are the sums of gzip."""
    rest = b"\0"
    while rest:
        tape.allowance = BLOCK
        rest = tape.read(BLOCK)
        if tape.tell() > _LARGEST:
            raise FlawError(f"unpacks to more than {_LARGEST:,} bytes")
