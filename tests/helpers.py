"""A server on this machine that misbehaves on demand."""

import re
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """How the server answers one request; by default well."""

    status: int = 200
    cut: int | None = None  # bytes of the body until the connection breaks
    length: int | None = None  # Content-Length, if not the true one
    ranges: bool = True  # whether Range is understood
    if_range: bool = True  # and If-Range
    stalls: bool = False  # stops sending, and leaves the connection open


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.requests.append(asked)
        how = server.script.pop(0) if server.script else server.otherwise
        if how.status != 200:
            self.send_error(how.status)
            return
        start = 0
        if asked and how.ranges:
            mark = self.headers["If-Range"]
            if not how.if_range or mark in (server.headers.get("ETag"), server.date):
                start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
        if start > len(server.body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            last = len(server.body) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
        body = server.body[start:]
        self.send_header("Content-Length", str(len(body) if how.length is None else how.length))
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: how.cut])
        if how.stalls:
            server.may_go_on.wait(300)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for every answer
    date = "Wed, 21 Oct 2015 07:28:00 GMT"

    def __init__(self, body):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = body
        self.headers = {"ETag": '"1"'}
        self.script = []  # answers to the next requests
        self.otherwise = Answer()  # and to those after them
        self.requests = []  # the Range header of each
        self.may_go_on = threading.Event()


@contextmanager
def serving(body):
    """A server that has one file, whatever it is asked for."""
    with Server(body) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.may_go_on.set()
            server.shutdown()
            thread.join()


def unused_port():
    """A port where no server is."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return closed.getsockname()[1]
