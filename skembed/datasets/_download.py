"""File downloads: cached, verified, resumable and atomic."""

import errno
import hashlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, NoReturn
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from skembed._progress import bytes_done
from skembed.errors import DownloadError

__all__ = ["BLOCK_BYTES", "fetch_file", "locked", "progress", "reject"]

BLOCK_BYTES = 1 << 18  # read at a time
_TIMEOUT_SECONDS = 30.0  # without any byte
_SLOW_SECONDS = 60.0  # to begin a transfer, and to be faster than the following in
_MIN_BYTES_PER_SECOND = 1 << 10

logger = logging.getLogger(__name__)


class _TransferError(Exception):
    """A transfer failed; `transient` tells whether a retry may succeed."""

    def __init__(self, reason: str | Exception, *, transient: bool = True) -> None:
        super().__init__(str(reason) or type(reason).__name__)
        self.transient = transient


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
        _check(path, url, sha256)
        return
    for retries_left in reversed(range(n_retries + 1)):
        try:
            _download(url, part, max_bytes, verbose)
            break
        except _TransferError as error:
            if not (error.transient and retries_left):
                raise DownloadError(
                    f"{url} could not be downloaded: {error}. Try again later, or get the file on "
                    f"another machine and save it as {path}"
                ) from error
            if verbose:
                logger.warning("%s: %s. Trying again in %g s.", url, error, delay)
            time.sleep(delay)
    _check(part, url, sha256)
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


def _check(path: Path, url: str, sha256: str | None) -> None:
    with path.open("rb") as file:
        is_page = file.read(BLOCK_BYTES).lstrip().startswith(b"<")  # no archive starts like this
        file.seek(0)
        digest = sha256 and hashlib.file_digest(file, "sha256").hexdigest()
    if is_page:
        reject(path, url, "is a web page: does the network require a login?")
    if digest != sha256:
        reject(path, url, f"has the SHA-256 digest {digest}, expected {sha256}")


def _download(url: str, part: Path, max_bytes: int, verbose: bool) -> None:
    """Download a file, or the missing rest of a partial one."""
    validator_path = _validator_path(part)
    validator = validator_path.read_text("latin-1") if validator_path.exists() else ""
    done = part.stat().st_size if validator and part.exists() else 0
    # If-Range: the server sends the rest if the file is unchanged, otherwise the whole file.
    headers = {"Range": f"bytes={done}-", "If-Range": validator} if done else {}
    with _open(Request(url, headers=headers), part) as response:
        if response.status != 206:
            done = 0
            part.write_bytes(b"")  # before the validator, so that the two never mismatch
            validator_path.write_text(_validator(response), "latin-1")
        elif not _continues(response, done, validator):
            _discard(part)
            raise _TransferError("the server sent a part of another file")
        total = None if response.length is None else done + response.length
        _check_size(total or 0, max_bytes, part)
        with (
            part.open("ab") as file,
            progress(f"Downloading {part.stem}", done, total, verbose) as advance,
        ):
            for block in _read_blocks(response, part):
                done += len(block)
                _check_size(done, max_bytes, part)
                file.write(block)
                advance(len(block))
    arrived = part.stat().st_size
    if total is not None and arrived < total:
        raise _TransferError(f"the connection broke after {arrived} of {total} bytes")


def _check_size(n_bytes: int, max_bytes: int, part: Path) -> None:
    if n_bytes > max_bytes:
        _discard(part)
        raise _TransferError(
            f"the server sends more than {max_bytes:,} bytes, more than the file has",
            transient=False,
        )


class _Redirects(HTTPRedirectHandler):
    """Follow redirects to HTTP without reading their bodies, which may never end."""

    def http_error_302(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> Any:
        fp.close()
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        if not newurl.lower().startswith(("http://", "https://")):
            raise _TransferError(f"it redirects to {newurl}", transient=False)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(request: Request, part: Path) -> HTTPResponse:
    """Open a URL, in a thread that is given up if headers or redirects take too long."""
    answers: SimpleQueue[HTTPResponse | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(build_opener(_Redirects).open(request, timeout=_TIMEOUT_SECONDS))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    with _as_transfer_errors(part):
        try:
            answer = answers.get(timeout=_SLOW_SECONDS)
        except Empty as error:
            raise _TransferError(f"no answer in {_SLOW_SECONDS:g} seconds") from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def _read_blocks(response: HTTPResponse, part: Path) -> Iterator[bytes]:
    """Yield the body in blocks; errors while reading are network errors, not disk errors."""
    began, n_bytes = time.monotonic(), 0
    with _as_transfer_errors(part):
        # read1 loses no bytes if the connection breaks
        while block := response.read1(BLOCK_BYTES):
            yield block
            n_bytes += len(block)
            seconds = time.monotonic() - began
            if seconds > _SLOW_SECONDS:
                if n_bytes < _MIN_BYTES_PER_SECOND * seconds:
                    raise _TransferError(f"only {n_bytes} bytes arrived in {seconds:.0f} seconds")
                began, n_bytes = time.monotonic(), 0


@contextmanager
def _as_transfer_errors(part: Path) -> Iterator[None]:
    """Raise whatever a connection raises as a transfer error."""
    try:
        yield
    except _TransferError:
        raise
    except HTTPError as error:
        error.close()
        if error.code == 416:  # range not satisfiable: start over
            _discard(part)
        transient = error.code >= 500 or error.code in (408, 416, 429)
        raise _TransferError(error, transient=transient) from error
    except (OSError, HTTPException) as error:
        raise _TransferError(getattr(error, "reason", error)) from error
    except Exception as error:  # such as a redirect to an address that cannot be parsed
        raise _TransferError(error, transient=False) from error


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
