"""A server on this machine that lies in many ways about the one file that it has."""

import gzip
import re
import socketserver
import struct
import threading
from contextlib import contextmanager, suppress
from random import Random
from socket import SO_LINGER, SOL_SOCKET

__all__ = ["LIES", "serving_lies"]

_PAUSE = 0.01  # seconds between the bytes of an answer that drips
_WEB_PAGE = b"\n<!DOCTYPE html><title>Log in</title>"
_BAD_ADDRESSES = (
    *(
        "file:///etc/hostname",
        "ftp://127.0.0.1:1/x",
        "http://[bad",
        "http://127.0.0.1:port/",
        "//[",
    ),
    *(
        "http://",
        "http:///x",
        "javascript:1",
        "http://127.0.0.1:99999999/",
        "\x01",
        "http://\xff..x/",
    ),
    *("http://127.0.0.1:1/closed", "https://127.0.0.1:1/closed", "data:,x", "http://a b/", ""),
)


class Request:
    """One request, and what is needed to answer it in bytes."""

    def __init__(self, connection, path, start, server):
        self.connection, self.path, self.start = connection, path, start
        self.body, self.rng, self.stopped = server.body, server.rng, server.stopped

    def send(self, *parts):
        for part in parts:
            self.connection.sendall(part if isinstance(part, bytes) else part.encode("latin-1"))

    def head(self, status="200 OK", **headers):
        names = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.send(f'HTTP/1.1 {status}\r\nConnection: close\r\nETag: "1"\r\n{names}\r\n')

    def some(self):
        """A random number of bytes of the body, but not all."""
        return self.rng.randrange(len(self.body))

    def for_ever(self, data, pause=0.0):
        while not self.stopped.wait(pause):
            self.send(data)

    def rest(self, end):
        """What was asked for, up to a place."""
        n = len(self.body)
        ranges = {"Content_Range": f"bytes {self.start}-{n - 1}/{n}"}
        self.head("206 Partial", **ranges, Content_Length=n - self.start)
        self.send(self.body[self.start : end])

    def answer(self, body=None, **headers):
        body = self.body if body is None else body
        self.head(**{"Content_Length": len(body), **headers})
        self.send(body)


def honest(ask):
    if ask.start:
        ask.rest(len(ask.body))
    else:
        ask.answer()


def breaks(ask):
    ask.head(Content_Length=len(ask.body))
    ask.send(ask.body[: ask.some()])


def breaks_when_resumed(ask):
    if ask.start:
        ask.rest(max(ask.start, ask.some()))
    else:
        breaks(ask)


def is_reset(ask):
    breaks(ask)
    ask.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))


def is_reset_at_once(ask):
    ask.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))


def says_nothing(ask):
    ask.stopped.wait(2)


def stalls(ask):
    breaks(ask)
    ask.stopped.wait(2)


def is_other_content(ask):
    ask.answer(bytes(reversed(ask.body)))


def has_a_flipped_bit(ask):
    body, place = bytearray(ask.body), ask.some()
    body[place] ^= 1 << ask.rng.randrange(8)
    ask.answer(bytes(body))


def is_doubled(ask):
    ask.answer(ask.body * 2)


def is_a_web_page(ask):
    ask.answer(_WEB_PAGE)


def is_empty(ask):
    ask.answer(b"")


def has_another_length(ask):
    n = len(ask.body)
    lengths = n + 1, n - 1, 0, 1, 1 << 40, 1 << 70, -1, "", "x", "0x10", f"{n}, {n}", "１２", "1e3"
    ask.answer(Content_Length=ask.rng.choice(lengths))


def has_no_length(ask):
    ask.head()
    ask.send(ask.body[: ask.rng.choice([len(ask.body), ask.some()])])


def is_endless(ask):
    ask.head(**ask.rng.choice([{}, {"Content_Length": 1 << 62}]))
    ask.for_ever(ask.body)


def drips(ask):
    ask.head(Content_Length=len(ask.body))
    ask.for_ever(b"P", _PAUSE)


def headers_drip(ask):
    ask.send("HTTP/1.1 200 OK\r\nName: ")
    ask.for_ever(b"x", _PAUSE)


def headers_never_end(ask):
    ask.send("HTTP/1.1 200 OK\r\n")
    ask.for_ever(b"Name: value\r\n")


def has_huge_headers(ask):
    names = {f"Name-{i}": "x" * 1000 for i in range(90)}
    too_many = names | dict.fromkeys("abcdefghijklm", 1)
    ask.answer(**ask.rng.choice([names, too_many, {"Name": "x" * (1 << 17)}]))


def is_garbage(ask):
    ask.send(ask.rng.randbytes(ask.rng.choice([1, 50, 5000, 1 << 17])))


def has_a_garbled_status(ask):
    lines = "HTTP/1.1", "HTTP/9.9 200", "HTTP/1.1 abc OK", "ICY 200 OK", "", "HTTP/1.1 99 Low"
    lines += (
        "HTTP/1.1 1000 High",
        "HTTP/1.1 2OO OK",
        "HTTP/1.1 -200 OK",
        "H" * 70_000,
        "HTTP/1.1 ２００ ok",
    )
    ask.send(ask.rng.choice(lines).encode(), "\r\nContent-Length: 5\r\n\r\nabcde")


def continues_for_ever(ask):
    ask.for_ever(b"HTTP/1.1 100 Continue\r\n\r\n")


def is_another_status(ask):
    some = (
        "204 No Content",
        "304 Not Modified",
        "300 Choices",
        "404 Not Found",
        "403 No",
        "416 Range",
    )
    some += "429 Later", "500 Error", "503 Busy", "600 What", "101 Switch", "226 Used", "299 Fine"
    ask.answer(_WEB_PAGE, status=ask.rng.choice(some))


def redirects_to_itself(ask):
    ask.head("302 Found", Location=ask.path)


def redirects_for_ever(ask):
    ask.head(ask.rng.choice(["301 M", "303 S", "307 T", "308 P"]), Location=f"{ask.path}x")
    ask.for_ever(_WEB_PAGE)


def redirects_to_nowhere(ask):
    ask.head("302 Found", Location=ask.rng.choice(_BAD_ADDRESSES))


def redirects_without_an_address(ask):
    ask.head("302 Found")


def is_a_part_that_was_not_asked_for(ask):
    n, start = len(ask.body), ask.some()
    ranges = f"bytes {start}-{n - 1}/{n}", "bytes */*", "bytes 0-0/1", "", f"bytes {ask.start}-{n}"
    ranges += f"bytes {ask.start}-{n - 1}/{n * 2}", f"bytes {ask.start}-", "x"
    body = ask.body[start:]
    ask.answer(body, status="206 Partial", Content_Range=ask.rng.choice(ranges))


def is_a_part_of_another_file(ask):
    n = len(ask.body)
    ask.answer(bytes(n - ask.start), status="206 Partial",
               Content_Range=f"bytes {ask.start}-{n - 1}/{n}")  # fmt: skip


def has_another_mark(ask):
    marks = '"2"', 'W/"1"', "", "\x00", '"\xff"', "x" * 1000, '"1\r\n 2"'
    ask.answer(ask.body, ETag=ask.rng.choice(marks))


def is_packed_again(ask):
    ask.answer(gzip.compress(ask.body), Content_Encoding="gzip")


def is_said_to_be_packed(ask):
    ask.answer(Content_Encoding=ask.rng.choice(["gzip", "br", "x" * 100]))


def has_chunks(ask):
    half = ask.some()
    ask.head(Transfer_Encoding="chunked")
    for chunk in ask.body[:half], ask.body[half:], b"":
        if chunk or half == 0:
            ask.send(f"{len(chunk):x}\r\n", chunk, "\r\n")
    ask.send("0\r\n\r\n")


def has_bad_chunks(ask):
    ask.head(Transfer_Encoding="chunked")
    ask.send("5\r\nabcde\r\n")
    sizes = "-5", "x", "", "f" * 30, "5;" + "x" * 70_000, "1_0", "+3", "0x3"
    ask.send(ask.rng.choice(sizes), "\r\n", ask.body)


def has_endless_chunks(ask):
    ask.head(Transfer_Encoding="chunked")
    ask.for_ever(b"1\r\nP\r\n", ask.rng.choice([0, _PAUSE]))


def has_an_endless_trailer(ask):
    ask.head(Transfer_Encoding="chunked")
    ask.send(f"{len(ask.body):x}\r\n", ask.body, "\r\n0\r\n")
    ask.for_ever(b"Name: value\r\n", ask.rng.choice([0, _PAUSE]))


LIES = {
    lie.__name__: lie
    for lie in (
        *(honest, breaks, breaks_when_resumed, is_reset, is_reset_at_once, says_nothing, stalls),
        *(is_other_content, has_a_flipped_bit, is_doubled, is_a_web_page, is_empty),
        *(has_another_length, has_no_length, is_endless, drips, headers_drip, headers_never_end),
        *(has_huge_headers, is_garbage, has_a_garbled_status, continues_for_ever),
        *(is_another_status, redirects_to_itself, redirects_for_ever, redirects_to_nowhere),
        *(redirects_without_an_address, is_a_part_that_was_not_asked_for),
        *(is_a_part_of_another_file, has_another_mark, is_packed_again, is_said_to_be_packed),
        *(has_chunks, has_bad_chunks, has_endless_chunks, has_an_endless_trailer),
    )
}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        server = self.server
        with suppress(OSError):  # the client gave up
            path = self.rfile.readline().decode("latin-1").split(" ")[1]
            asked = b"".join(iter(self.rfile.readline, b"\r\n"))
            found = re.search(rb"(?i)range: bytes=(\d+)-\r", asked)
            with server.turn:
                server.n_requests += 1
                lie = server.script.pop(0) if len(server.script) > 1 else server.script[0]
            LIES[lie](Request(self.connection, path, int(found[1]) if found else 0, server))


class LyingServer(socketserver.ThreadingTCPServer):
    """A server with one file.

    Attributes
    ----------
    script : list of str
        The lies with which it answers; the last one is repeated.
    """

    daemon_threads, allow_reuse_address, request_queue_size = True, True, 50

    def __init__(self, body, script, seed):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body, self.script, self.rng = body, [*script], Random(seed)
        self.turn, self.stopped, self.n_requests = threading.Lock(), threading.Event(), 0

    def handle_error(self, request, client_address):
        pass  # the client gave up


@contextmanager
def serving_lies(body, script, seed=0):
    """Serve a file under every address."""
    with LyingServer(body, script, seed) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()
