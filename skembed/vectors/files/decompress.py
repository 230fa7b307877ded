"""Open word-vector files as streams of uncompressed bytes."""

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

from skembed._progress import bytes_done
from skembed.errors import VectorFileError, VectorFileNotFoundError
from skembed.vectors.files.checksums import ChecksummedCopy
from skembed.vectors.files.unpacked_size import max_unpacked_bytes, unpacks_to_too_much

__all__ = ["is_compressed", "open_vectors", "zip_members"]

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_DECOMPRESSORS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    **{b"BZh%d1AY" % level: bz2.open for level in range(1, 10)},
    b"\xfd7zXZ\x00": lzma.open,
}
_UNSUPPORTED = {
    b"\x80": "a Python pickle, as saved by gensim, which is never opened automatically: load it "
    "with gensim.models.KeyedVectors.load(path) (or Word2Vec.load, FastText.load) and pass the "
    "result.",
    _ZIP: "a zip archive within another: extract it, and pass the path of the file inside.",
    **dict.fromkeys(
        _DECOMPRESSORS, "a compressed file within another: decompress the outer one, and pass that."
    ),
    b"(\xb5/\xfd": "a zstd file: decompress it, and pass the result.",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: extract it, and pass the path of the file inside.",
    b"Rar!": "a RAR archive: extract it, and pass the path of the file inside.",
    b"\x89HDF": "an HDF5 file: pass a DataFrame, as from pandas.read_hdf.",
    b"PAR1": "a Parquet file: pass a DataFrame, as from pandas.read_parquet, indexed by word.",
    b"version https://git-lfs": "a pointer of Git LFS: fetch the file itself with git lfs pull.",
    b"SQLite format 3": "an SQLite database: pass a mapping or a DataFrame of its vectors.",
    **dict.fromkeys(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE),
        "UTF-16 or UTF-32 text: save it as UTF-8.",
    ),
}
_BUFFER_BYTES = 1 << 16
_READ_AHEAD_BYTES = 1 << 19  # decompressed in a thread while the previous ones are processed


@contextmanager
def open_vectors(
    path: Path,
    member: str | None = None,
    *,
    copy: ChecksummedCopy | None = None,
    verbose: bool = False,
) -> Iterator[IO[bytes]]:
    """Open a file, decompress gzip, bzip2, xz or zip, and skip a byte order mark.

    Parameters
    ----------
    path : Path
        The file.
    member : str, default=None
        File to read from a zip archive; may be None if the archive holds a single file.
    copy : ChecksummedCopy, default=None
        Receives a copy of the bytes decompressed from a compressed file.
    verbose : bool, default=False
        Show a progress bar if reading takes long.

    Yields
    ------
    binary file
        Stream of the uncompressed bytes, for sequential reading.

    Raises
    ------
    VectorFileNotFoundError
        If the file does not exist.
    VectorFileError
        If the file is empty or unsupported, does not contain `member`, or unpacks to more than
        any word vectors. For a corrupt file, the errors of the decompressor.
    """
    kind = _read_first_bytes(path)
    if member is not None and not kind.startswith(_ZIP):
        raise VectorFileError(f"{path} is not a zip archive: expected member=None, got {member!r}.")
    n_bytes = path.stat().st_size
    with ExitStack() as stack:
        advance = stack.enter_context(bytes_done(f"reading {path.name}", n_bytes, verbose))
        file: Any = stack.enter_context(_CountedFile(path, advance))
        if kind.startswith(_ZIP):
            archive = stack.enter_context(zipfile.ZipFile(file))
            file = stack.enter_context(_open_member(archive, path, member))
        elif opener := _find_decompressor(kind):
            file = stack.enter_context(opener(file, "rb"))
        if kind.startswith(_ZIP) or _find_decompressor(kind):
            file = stack.enter_context(_ReadAhead(file, copy, path, max_unpacked_bytes(n_bytes)))
        stream: Any = stack.enter_context(io.BufferedReader(file, _BUFFER_BYTES))
        _reject_unsupported(stream, path)
        if stream.peek(3).startswith(codecs.BOM_UTF8):
            stream.read(len(codecs.BOM_UTF8))
        yield stream


def is_compressed(path: Path) -> bool:
    """Whether a file is compressed."""
    kind = _read_first_bytes(path)
    return kind.startswith(_ZIP) or _find_decompressor(kind) is not None


def zip_members(path: Path) -> list[str]:
    """Return the names of the files in a zip archive; none for other files."""
    if not _read_first_bytes(path).startswith(_ZIP):
        return []
    with zipfile.ZipFile(path) as archive:
        return _list_members(archive, path)


def _read_first_bytes(path: Path) -> bytes:
    if not _is_file(path):
        raise VectorFileNotFoundError(
            f"There is no word-vector file at {str(path)!r}; the current directory is "
            f"{str(Path.cwd())!r}."
        )
    with path.open("rb") as file:
        first = file.read(8)
    if not first or first.startswith(_EMPTY_ZIP):
        raise VectorFileError(f"{path} is empty; download it again.")
    return first


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # for example, the name is too long
        return False


def _find_decompressor(first: bytes) -> Callable[..., Any] | None:
    openers = (opener for magic, opener in _DECOMPRESSORS.items() if first.startswith(magic))
    return next(openers, None)


def _list_members(archive: zipfile.ZipFile, path: Path) -> list[str]:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    for name in names:
        steps = {*PurePosixPath(name).parts, *PureWindowsPath(name).parts}
        if ".." in steps or PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive:
            raise VectorFileError(
                f"{path} contains {name!r}, a path outside the archive: do not trust this archive."
            )
    return [name for name in names if not name.startswith("__MACOSX/")]


def _open_member(archive: zipfile.ZipFile, path: Path, member: str | None) -> IO[bytes]:
    names = _list_members(archive, path)
    if member in names or (member is None and len(names) == 1):
        try:
            return archive.open(member or names[0])
        except (RuntimeError, NotImplementedError) as error:  # encrypted or unsupported
            raise VectorFileError(
                f"{path} cannot be decompressed ({error}): extract it first."
            ) from error
    raise VectorFileError(
        f"{path} contains {', '.join(names) or 'no files'}"
        + (f", not {member!r}" if member else "")
        + ("; choose one of them, as in member=" + repr(names[0]) if names else "")
        + "."
    )


def _reject_unsupported(stream: Any, path: Path) -> None:
    head = stream.peek(512)
    if not head.strip():
        raise VectorFileError(f"{path} is empty; download it again.")
    if head[257:262] == b"ustar" and b"\x00" in head[:257]:
        raise VectorFileError(f"{path} looks like a tar archive: extract it and pass a file in it.")
    for start, kind in _UNSUPPORTED.items():
        if head.startswith(start):
            raise VectorFileError(f"{path} looks like {kind}")


class _CountedFile(io.FileIO):
    """A file that reports the number of bytes read."""

    def __init__(self, path: Path, advance: Callable[[int], None]) -> None:
        super().__init__(path, "rb")
        self._advance = advance

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size)
        self._advance(len(data or b""))
        return data or b""

    def readinto(self, buffer: Any, /) -> int:
        n = super().readinto(buffer) or 0
        self._advance(n)
        return n


class _ReadAhead(io.RawIOBase):
    """Decompress the next block in a thread while the caller processes the last one."""

    def __init__(self, file: Any, copy: ChecksummedCopy | None, path: Path, limit: int) -> None:
        self._file = file
        self._copy = copy
        self._path = path
        self._limit = limit
        self._given = self._unpacked = 0
        self._block = memoryview(b"")
        self._spaces = [memoryview(bytearray(_READ_AHEAD_BYTES)) for _ in range(2)]
        self._pool = ThreadPoolExecutor(1)
        self._next = self._pool.submit(self._read, 0)

    def _read(self, space: int) -> tuple[memoryview, int]:
        block = self._spaces[space]
        block = block[: self._file.readinto(block)]
        self._unpacked += len(block)
        if self._unpacked > self._limit:
            raise unpacks_to_too_much(self._path, self._limit)
        return block, 1 - space

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._given

    def readinto(self, buffer: Any, /) -> int:
        if not self._block:
            self._block, other = self._next.result()
            self._next = self._pool.submit(self._read, other)
            if self._copy is not None:
                self._copy.write(self._block)
        n = min(len(buffer), len(self._block))
        buffer[:n] = self._block[:n]
        self._block = self._block[n:]
        self._given += n
        return n

    def close(self) -> None:
        self._pool.shutdown()
        super().close()
