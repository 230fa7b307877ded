"""Standard error: a terminal, of which a few lines are drawn again, or a stream of lines."""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from skembed.inspection.progress.text import clipped

__all__ = ["Screen"]

_ERASE_BELOW = "\r\x1b[J"

#: Characters that some terminals cannot show.
_ASCII = str.maketrans({"█": "#", "░": "-", "±": "+/-", "…": "."})

#: Held by the display that draws; others in this process write lines.
_DRAWING = threading.Lock()


class Screen:
    """Write to standard error, as it is when this object is created.

    The cursor rests above the lines that are drawn. So what others write, such as a warning,
    stays, and the lines move below it. The cursor is never hidden: nothing is left to restore if
    the process is killed.

    Parameters
    ----------
    may_redraw : bool
        Whether lines may be drawn again, if the stream is a terminal.
    """

    def __init__(self, may_redraw: bool) -> None:
        self.stream: TextIO | None = sys.stderr
        self.redraws = may_redraw and self._is_terminal() and _DRAWING.acquire(blocking=False)

    def _is_terminal(self) -> bool:
        with suppress(AttributeError, OSError, ValueError):
            is_terminal = self.stream is not None and self.stream.isatty()
            return is_terminal and os.environ.get("TERM", "dumb") != "dumb"
        return False

    def draw(self, lines_for: Callable[[int, int], list[str]]) -> None:
        """Replace the lines that were drawn.

        Parameters
        ----------
        lines_for : callable
            Returns the lines, given the width and how many there may be.
        """
        width, height = self._size()
        lines = lines_for(width - 1, max(1, height - 2))
        lines = [clipped(line, width - 1) for line in lines]
        back = f"\x1b[{len(lines)}A\r"
        self._write(_ERASE_BELOW + "\n".join(["", *lines]) + back)

    def write_line(self, line: str) -> None:
        """Write a line that stays, above those that are drawn."""
        self._write((_ERASE_BELOW if self.redraws else "") + line + "\n")

    def close(self) -> None:
        """Let another display draw."""
        if self.redraws:
            self._write(_ERASE_BELOW)
            self.redraws = False
            _DRAWING.release()

    def _size(self) -> tuple[int, int]:
        with suppress(AttributeError, OSError, ValueError):
            size = os.get_terminal_size(self.stream.fileno())  # type: ignore[union-attr]
            if size.columns > 1 and size.lines > 1:
                return size
        return 80, 24

    def _write(self, text: str) -> None:
        """Write, and write nothing more if that is impossible: the fit matters more."""
        if self.stream is None:
            return
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        try:
            if not _can_be_encoded("█░±…", encoding):
                text = text.translate(_ASCII)
            self.stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self.stream.flush()
        except (OSError, ValueError):  # closed, or nobody reads
            self.stream = None


def _can_be_encoded(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
