"""Files from the web: cached, checked, resumed, and there as a whole or not at all."""

import errno
import hashlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import NoReturn
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from skembed._progress import bytes_done
from skembed.errors import DownloadError

__all__ = ["BLOCK", "fetch_file", "locked", "progress", "reject"]

BLOCK = 1 << 18  # bytes read at a time
_PATIENCE = 30.0  # seconds without a byte, then the connection counts as broken

logger = logging.getLogger(__name__)


class _BrokenError(Exception):
    """The server did not hand over all of the file."""

    def __init__(self, reason: str | Exception, *, may_pass: bool = True) -> None:
        super().__init__(str(reason) or type(reason).__name__)
        self.may_pass = may_pass


def fetch_file(
    url: str, path: Path, *, sha256: str | None, n_retries: int, delay: float, verbose: bool
) -> None:
    """Download a file unless it is there, and check it.

    A broken download goes on where it stopped, in this call or in a later one, if the
    server allows it and still has the same file; else it begins anew. Call this within
    :func:`locked`: the unfinished file has one writer.

    Parameters
    ----------
    url : str
        Its address.
    path : Path
        Where it goes. Until it is complete and checked it is called ``*.part``.
    sha256 : str or None
        Its published digest, if there is one.
    n_retries : int
        How often to try again after a failure that may pass.
    delay : float
        Seconds to wait before that.
    verbose : bool
        Whether to show progress.

    Raises
    ------
    DownloadError
        If it cannot be downloaded, or is not what it should be.
    """
    if path.exists():
        _check(path, url, sha256)
        return
    part = _part(path)
    for retries_left in reversed(range(n_retries + 1)):
        try:
            _download(url, part, verbose)
            break
        except _BrokenError as error:
            if not (error.may_pass and retries_left):
                raise DownloadError(
                    f"{url} could not be downloaded: {error}. Call again when the connection is "
                    f"better, or bring the file from elsewhere and save it as {path}"
                ) from error
            if verbose:
                logger.warning("%s: %s. Trying again in %g s.", url, error, delay)
            time.sleep(delay)
    _check(part, url, sha256)
    part.replace(path)
    _discard(part)


def reject(path: Path, url: str, problem: str) -> NoReturn:
    """Delete a file that is not what it should be, and say so."""
    _discard(path)
    raise DownloadError(
        f"{path.name.removesuffix('.part')} from {url} {problem}. It was deleted from "
        f"{path.parent}; call again to download it once more."
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one thread of one process at a time work on a file; the others wait.

    The lock goes when its process ends, however it ends. The empty ``*.lock`` file stays:
    deleting it would let two newcomers lock two different files of that name.
    """
    lock = path.with_name(f"{path.name}.lock")
    with lock.open("ab") as file:
        try:
            _acquire(file.fileno())
        except OSError as error:
            raise DownloadError(
                f"{lock} cannot be locked ({error}): choose a data_home on a file system that has "
                "file locks."
            ) from error
        try:
            yield
        finally:
            _release(file.fileno())


@contextmanager
def progress(
    what: str, done: int, total: int | None, verbose: bool
) -> Iterator[Callable[[int], object]]:
    """Log what begins, and draw a bar where rich is installed.

    Parameters
    ----------
    what : str
        What is being done.
    done, total : int
        Bytes behind us, and in all (None if unknown).
    verbose : bool
        Whether to show anything.

    Yields
    ------
    callable
        To be told of each further number of bytes.
    """
    if verbose:
        logger.info("%s%s", what, "" if total is None else f" ({(total - done) / 1e6:.1f} MB)")
    with bytes_done(what, total, verbose) as advance:
        advance(done)
        yield advance


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _version(part: Path) -> Path:
    """Where the server's mark for the version of an unfinished file is kept."""
    return part.with_name(f"{part.name}.etag")


def _discard(path: Path) -> None:
    path.unlink(missing_ok=True)
    _version(path).unlink(missing_ok=True)


def _check(path: Path, url: str, sha256: str | None) -> None:
    with path.open("rb") as file:
        is_page = file.read(BLOCK).lstrip().startswith(b"<")  # no archive begins like this
        file.seek(0)
        digest = sha256 and hashlib.file_digest(file, "sha256").hexdigest()
    if is_page:
        reject(path, url, "is a web page: does the network ask for a login?")
    if digest != sha256:
        reject(path, url, f"has the SHA-256 digest {digest}, expected {sha256}")


def _download(url: str, part: Path, verbose: bool) -> None:
    """Download a file, or what is missing of it."""
    version = _version(part)
    mark = version.read_text("latin-1") if version.exists() else ""
    done = part.stat().st_size if mark and part.exists() else 0
    # If-Range: the rest if the file is still the same, else all of it
    wanted = {"Range": f"bytes={done}-", "If-Range": mark} if done else {}
    with _answer(Request(url, headers=wanted), part) as response:
        if response.status != 206:
            done = 0
            part.write_bytes(b"")  # first: bytes and mark always belong together
            version.write_text(_mark(response), "latin-1")
        elif not _continues(response, done, mark):
            _discard(part)
            raise _BrokenError("the server sent a part of another file")
        total = None if response.length is None else done + response.length
        with (
            part.open("ab") as file,
            progress(f"Downloading {part.stem}", done, total, verbose) as advance,
        ):
            for block in _blocks(response):
                file.write(block)
                advance(len(block))
    arrived = part.stat().st_size
    if total is not None and arrived < total:
        raise _BrokenError(f"the connection broke after {arrived} of {total} bytes")


def _answer(request: Request, part: Path) -> HTTPResponse:
    try:
        response: HTTPResponse = urlopen(request, timeout=_PATIENCE)
    except HTTPError as error:
        error.close()
        if error.code == 416:  # there is no such rest
            _discard(part)
        may_pass = error.code >= 500 or error.code in (408, 416, 429)
        raise _BrokenError(error, may_pass=may_pass) from error
    except (OSError, HTTPException) as error:
        raise _BrokenError(getattr(error, "reason", error)) from error
    return response


def _blocks(response: HTTPResponse) -> Iterator[bytes]:
    """The body; what goes wrong in here is the network's fault, not the disk's."""
    try:
        while block := response.read1(BLOCK):  # what is there: nothing is lost in a break
            yield block
    except (OSError, HTTPException) as error:
        raise _BrokenError(error) from error


def _mark(response: HTTPResponse) -> str:
    """The mark of a version for If-Range, which takes no weak ETag."""
    etag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified", "") if etag.startswith("W/") else etag


def _continues(response: HTTPResponse, done: int, mark: str) -> bool:
    at = response.headers.get("Content-Range", "")
    return at.startswith(f"bytes {done}-") and _mark(response) in (mark, "")


if sys.platform == "win32":
    import msvcrt

    def _acquire(descriptor: int) -> None:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
            except OSError as error:
                if error.errno != errno.EDEADLK:  # it gives up after ten seconds; we do not
                    raise

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
