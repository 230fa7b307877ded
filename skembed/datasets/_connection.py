"""HTTP connections that are given up if they take too long, whatever the server sends."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from queue import Empty, SimpleQueue
from socket import SHUT_RDWR, socket
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

__all__ = ["TransferError", "open_url", "read_blocks"]

_TIMEOUT_SECONDS = 30.0  # without any byte
_SLOW_SECONDS = 60.0  # to begin a transfer, to send a block, and to be faster than the following in
_MIN_BYTES_PER_SECOND = 1 << 10


class TransferError(Exception):
    """A transfer failed.

    Attributes
    ----------
    transient : bool
        Whether a retry may succeed.
    status : int or None
        The HTTP status, if it is the reason.
    """

    def __init__(
        self, reason: str | Exception, *, transient: bool = True, status: int | None = None
    ) -> None:
        super().__init__(str(reason) or type(reason).__name__)
        self.transient, self.status = transient, status


@contextmanager
def open_url(request: Request) -> Iterator[HTTPResponse]:
    """Open a URL; if the headers or redirects take too long, the connection is cut.

    Raises
    ------
    TransferError
        If there is no answer, or one that tells of an error; also for errors of the connection
        that are raised within the context by `read_blocks`.
    """
    sockets: list[socket] = []
    answers: SimpleQueue[HTTPResponse | Exception] = SimpleQueue()
    is_over = threading.Event()
    handlers = (_Redirects, _Http(sockets), _Https(sockets))

    def ask() -> None:
        try:
            answer = build_opener(*handlers).open(request, timeout=_TIMEOUT_SECONDS)
        except Exception as error:
            answers.put(error)
            return
        answers.put(answer)
        if is_over.is_set():  # headers that are cut can look complete
            answer.close()

    threading.Thread(target=ask, daemon=True).start()
    try:
        with _as_transfer_errors():
            try:
                answer = answers.get(timeout=_SLOW_SECONDS)
            except Empty as error:
                raise TransferError(f"no answer in {_SLOW_SECONDS:g} seconds") from error
            if isinstance(answer, Exception):
                raise answer
        with answer:
            yield answer
    finally:
        is_over.set()
        _cut(sockets)  # which also ends the thread
        with suppress(Empty):
            late = answers.get_nowait()
            if isinstance(late, HTTPResponse):
                late.close()


def read_blocks(response: HTTPResponse, size: int) -> Iterator[bytes]:
    """Yield the body in blocks; errors while reading are network errors, not disk errors."""
    watch = _Watch(response)
    began, n_bytes = time.monotonic(), 0
    # read1 loses no bytes if the connection breaks
    while block := watch.call(lambda: response.read1(size)):
        yield block
        n_bytes += len(block)
        seconds = time.monotonic() - began
        if seconds > _SLOW_SECONDS:
            if n_bytes < _MIN_BYTES_PER_SECOND * seconds:
                raise TransferError(f"only {n_bytes} bytes arrived in {seconds:.0f} seconds")
            began, n_bytes = time.monotonic(), 0


class _Watch:
    """Cut a connection if a read takes too long: headers without an end may follow a body."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self._since: float | None = None  # when the current read began
        self.was_cut = False
        threading.Thread(target=self._watch, daemon=True).start()

    def call(self, read: Callable[[], bytes]) -> bytes:
        self._since = time.monotonic()
        try:
            with _as_transfer_errors():
                return read()
        finally:
            self._since = None
            if self.was_cut:
                raise TransferError(f"no byte of the file in {_SLOW_SECONDS:g} seconds")

    def _watch(self) -> None:
        while not self._response.isclosed():
            since = self._since
            if since is not None and time.monotonic() - since > _SLOW_SECONDS:
                self.was_cut = True
                _cut([self._response.socket])
                return
            time.sleep(min(1.0, _SLOW_SECONDS / 10))


def _cut(sockets: list[socket]) -> None:
    for connection in sockets:
        with suppress(OSError):  # closed
            connection.shutdown(SHUT_RDWR)


@contextmanager
def _as_transfer_errors() -> Iterator[None]:
    """Raise whatever a connection raises as a transfer error."""
    try:
        yield
    except TransferError:
        raise
    except HTTPError as error:
        error.close()
        transient = error.code >= 500 or error.code in (408, 416, 429)
        raise TransferError(error, transient=transient, status=error.code) from error
    except (OSError, HTTPException) as error:
        raise TransferError(getattr(error, "reason", error)) from error
    except Exception as error:  # such as a redirect to an address that cannot be parsed
        raise TransferError(error, transient=False) from error


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
            raise TransferError(f"it redirects to {newurl}", transient=False)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Response(HTTPResponse):
    """An answer that knows its socket, and closes it if the headers cannot be read."""

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.socket = sock

    def begin(self) -> None:
        try:
            super().begin()
        except BaseException:
            self.close()
            raise


class _KeepsSocket:
    """A connection that adds its socket to a list."""

    sock: socket
    response_class: type[HTTPResponse] = _Response

    def __init__(self, sockets: list[socket], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sockets = sockets

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._sockets.append(self.sock)


class _HttpConnection(_KeepsSocket, HTTPConnection):
    """A connection by HTTP."""


class _HttpsConnection(_KeepsSocket, HTTPSConnection):
    """A connection by HTTPS."""


class _Http(HTTPHandler):
    def __init__(self, sockets: list[socket]) -> None:
        super().__init__()
        self._connection: Any = partial(_HttpConnection, sockets)

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(self._connection, req)


class _Https(HTTPSHandler):
    def __init__(self, sockets: list[socket]) -> None:
        super().__init__()
        self._connection: Any = partial(_HttpsConnection, sockets)

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(self._connection, req)
