"""File downloads: cached, verified, resumable and atomic."""

import errno
import hashlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import NoReturn
from urllib.request import Request

from skembed._progress import bytes_done
from skembed.datasets._connection import TransferError, open_url, read_blocks
from skembed.errors import DownloadError

__all__ = ["BLOCK_BYTES", "fetch_file", "locked", "progress", "reject"]

BLOCK_BYTES = 1 << 18  # read at a time

logger = logging.getLogger(__name__)


def fetch_file(
    url: str,
    path: Path,
    *,
    max_bytes: int,
    sha256: str | None,
    n_retries: int,
    delay: float,
    verbose: bool,
) -> None:
    """Download a file unless it exists, and verify it.

    An interrupted download is resumed, in this call or a later one, if the server supports
    it and still has the same file; otherwise it restarts. Call this within :func:`locked`,
    so that only one writer uses the partial file.

    Parameters
    ----------
    url : str
        URL of the file.
    path : Path
        Destination. The file is named ``*.part`` until it is complete and verified.
    max_bytes : int
        Size above which it is not the file. A server that sends more is cut off.
    sha256 : str or None
        Published SHA-256 digest of the file, if any.
    n_retries : int
        Number of retries after a transient failure.
    delay : float
        Seconds between retries.
    verbose : bool
        Whether to show progress.

    Raises
    ------
    DownloadError
        If the file cannot be downloaded or fails verification.
    """
    part = _part_path(path)
    if path.exists():
        _discard(part)
        if problem := _find_problem(path, sha256):
            reject(path, url, problem)
        return
    for retries_left in reversed(range(n_retries + 1)):
        was_begun = part.exists()
        try:
            _download(url, part, max_bytes, verbose)
            problem = _find_problem(part, sha256)
            if not (problem and was_begun and retries_left):
                break
            _discard(part)
            raise TransferError("the server sent the rest of another file")
        except TransferError as error:
            if not (error.transient and retries_left):
                raise DownloadError(
                    f"{url} could not be downloaded: {error}. Try again later, or get the file on "
                    f"another machine and save it as {path}"
                ) from error
            if verbose:
                logger.warning("%s: %s. Trying again in %g s.", url, error, delay)
            time.sleep(delay)
    if problem:
        reject(part, url, problem)
    part.replace(path)
    _discard(part)


def reject(path: Path, url: str, problem: str) -> NoReturn:
    """Delete an invalid file and raise an error that states the problem."""
    _discard(path)
    raise DownloadError(
        f"{path.name.removesuffix('.part')} from {url} {problem}. It was deleted from "
        f"{path.parent}; call again to retry the download."
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, across threads and processes.

    The operating system releases the lock when the process ends, for any reason. The empty
    ``*.lock`` file is not deleted: otherwise two processes could lock two different files
    of the same name.
    """
    lock = path.with_name(f"{path.name}.lock")
    with lock.open("ab") as file:
        try:
            _acquire(file.fileno())
        except OSError as error:
            raise DownloadError(
                f"{lock} cannot be locked ({error}): choose a data_home on a file system that "
                "supports file locks."
            ) from error
        try:
            yield
        finally:
            _release(file.fileno())


@contextmanager
def progress(
    what: str, done: int, total: int | None, verbose: bool
) -> Iterator[Callable[[int], object]]:
    """Log the start of an operation and show a progress bar if rich is installed.

    Parameters
    ----------
    what : str
        Description of the operation.
    done, total : int
        Bytes already processed, and in total (None if unknown).
    verbose : bool
        Whether to log and show the bar.

    Yields
    ------
    callable
        A function to call with the number of bytes processed since its last call.
    """
    if verbose:
        logger.info("%s%s", what, "" if total is None else f" ({(total - done) / 1e6:.1f} MB)")
    with bytes_done(what, total, verbose) as advance:
        advance(done)
        yield advance


def _part_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _validator_path(part: Path) -> Path:
    """Path of the file that stores the HTTP validator of a partial download."""
    return part.with_name(f"{part.name}.etag")


def _discard(path: Path) -> None:
    path.unlink(missing_ok=True)
    _validator_path(path).unlink(missing_ok=True)


def _find_problem(path: Path, sha256: str | None) -> str | None:
    """Return a description of the problem if the file is not the one that was published."""
    with path.open("rb") as file:
        if file.read(BLOCK_BYTES).lstrip().startswith(b"<"):  # no archive starts like this
            return "is a web page: does the network require a login?"
        file.seek(0)
        digest = sha256 and hashlib.file_digest(file, "sha256").hexdigest()
    return None if digest == sha256 else f"has the SHA-256 digest {digest}, expected {sha256}"


def _download(url: str, part: Path, max_bytes: int, verbose: bool) -> None:
    """Download a file, or the missing rest of a partial one."""
    validator_path = _validator_path(part)
    validator = validator_path.read_text("latin-1") if validator_path.exists() else ""
    done = part.stat().st_size if validator and part.exists() else 0
    # If-Range: the server sends the rest if the file is unchanged, otherwise the whole file.
    headers = {"Range": f"bytes={done}-", "If-Range": validator} if done else {}
    with _opened(Request(url, headers=headers), part) as response:
        if response.status != 206:
            done = 0
            part.write_bytes(b"")  # before the validator, so that the two never mismatch
            validator_path.write_text(_validator(response), "latin-1")
        elif not _continues(response, done, validator):
            _discard(part)
            raise TransferError("the server sent a part of another file")
        total = None if response.length is None else done + response.length
        _check_size(total or 0, max_bytes, part)
        with (
            part.open("ab") as file,
            progress(f"Downloading {part.stem}", done, total, verbose) as advance,
        ):
            for block in read_blocks(response, BLOCK_BYTES):
                done += len(block)
                _check_size(done, max_bytes, part)
                file.write(block)
                advance(len(block))
    arrived = part.stat().st_size
    if total is not None and arrived < total:
        raise TransferError(f"the connection broke after {arrived} of {total} bytes")


@contextmanager
def _opened(request: Request, part: Path) -> Iterator[HTTPResponse]:
    try:
        with open_url(request) as response:
            yield response
    except TransferError as error:
        if error.status == 416:  # range not satisfiable: start over
            _discard(part)
        raise


def _check_size(n_bytes: int, max_bytes: int, part: Path) -> None:
    if n_bytes > max_bytes:
        _discard(part)
        raise TransferError(
            f"the server sends more than {max_bytes:,} bytes, more than the file has",
            transient=False,
        )


def _validator(response: HTTPResponse) -> str:
    """Return the validator for If-Range: a strong ETag (weak ones are invalid) or the date."""
    etag = response.headers.get("ETag", "W/")
    validator = response.headers.get("Last-Modified", "") if etag.startswith("W/") else etag
    return validator if validator.isprintable() else ""  # otherwise it cannot be sent


def _continues(response: HTTPResponse, done: int, validator: str) -> bool:
    sent_range = response.headers.get("Content-Range", "")
    return sent_range.startswith(f"bytes {done}-") and _validator(response) in (validator, "")


if sys.platform == "win32":
    import msvcrt

    def _acquire(descriptor: int) -> None:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
            except OSError as error:
                if error.errno != errno.EDEADLK:  # LK_LOCK gives up after ten seconds
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
