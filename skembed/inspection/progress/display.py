"""Show a fit on the screen, from the messages about it."""

import threading
from functools import partial
from typing import Any

from skembed.inspection.progress.messages import Begun, Ended
from skembed.inspection.progress.run import Run
from skembed.inspection.progress.screen import Screen
from skembed.inspection.progress.text import line_of_ended, line_of_round, lines_now, summary

__all__ = ["Display"]

_SECONDS_PER_DRAWING = 0.25


class Display:
    """Show a fit until it is closed.

    Messages come from several threads. A terminal is drawn by a thread of its own, so the clock
    goes on during a long fit.

    Parameters
    ----------
    estimator : estimator
        What is fitted.
    may_redraw : bool
        Whether lines may be drawn again, if standard error is a terminal.
    """

    def __init__(self, estimator: Any, may_redraw: bool) -> None:
        self._run, self._screen = Run(estimator), Screen(may_redraw)
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._painter = threading.Thread(target=self._paint, daemon=True)
        if self._screen.redraws:
            self._painter.start()

    def receive(self, message: Begun | Ended) -> None:
        """Take a message, and write its line if there is no terminal."""
        with self._lock:
            if isinstance(message, Begun):
                self._run.begin(message)
                line = self._line_of_begun(message)
            else:
                task = self._run.end(message)
                line = line_of_ended(self._run, task, message) if task is not None else ""
            if line and not self._screen.redraws:
                self._screen.write_line(line)

    def _line_of_begun(self, message: Begun) -> str:
        is_round = "n_folds" in message.facts and "candidate" not in message.facts
        return line_of_round(self._run, self._run.tasks[message.path]) if is_round else ""

    def _paint(self) -> None:
        while not self._closing.wait(_SECONDS_PER_DRAWING):
            with self._lock:
                self._screen.draw(partial(lines_now, self._run))

    def close(self) -> None:
        """Erase what was drawn, and write the outcome."""
        self._closing.set()
        if self._screen.redraws:
            self._painter.join()
        with self._lock:
            self._screen.close()
            self._screen.write_line(summary(self._run))
