"""A pseudo terminal of a few columns and lines, and what a person sees on it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading


class Screen:
    """Interpret what a program writes: text, new lines, and the sequences that it may use."""

    def __init__(self, columns, lines):
        self.columns, self.n_lines = columns, lines
        self.scrolled = []  # lines that left the screen at the top
        self.rows, self.row, self.column = [""], 0, 0
        self.longest = self.most_rows = 0

    def write(self, text):
        for token in re.findall(r"\x1b\[[\d;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
            if token == "\r":
                self.column = 0
            elif token == "\n":
                self._new_line()
            elif token == "\x1b[J":
                self.rows[self.row] = self.rows[self.row][: self.column]
                del self.rows[self.row + 1 :]
            elif up := re.fullmatch(r"\x1b\[(\d+)A", token):
                self.row = max(0, self.row - int(up[1]))
            elif token.startswith("\x1b"):
                raise AssertionError(f"unexpected sequence {token!r}")
            else:
                self._text(token)

    def _new_line(self):
        self.row, self.column = self.row + 1, 0
        if self.row == len(self.rows):
            self.rows.append("")
        if self.row == self.n_lines:
            self.scrolled.append(self.rows.pop(0))
            self.row -= 1

    def _text(self, text):
        self.longest = max(self.longest, self.column + len(text))
        row = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = row[: self.column] + text + row[self.column + len(text) :]
        self.column += len(text)

    @property
    def shown(self):
        return "\n".join(self.rows)


def run_in_terminal(program, columns=80, lines=24, watch=None, **environment):
    """Run a program of Python on a pseudo terminal; return its exit code and the screen.

    `watch(screen, process)` is called after each piece of output.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ
        | {"TERM": "xterm", "PYTHONIOENCODING": "utf-8", "PYTHON_COLORS": "0"}
        | environment,
        start_new_session=True,
    )
    os.close(theirs)
    screen = Screen(columns, lines)
    killer = threading.Timer(120, process.kill)
    killer.start()
    pending = b""
    try:
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            pending += piece
            try:
                text, pending = pending.decode(), b""
            except UnicodeDecodeError:
                continue
            screen.write(text)
            if watch is not None:
                watch(screen, process)
        return process.wait(), screen
    finally:
        killer.cancel()
        process.kill()
        process.wait()
        os.close(ours)
