"""Ctrl-C as a request to stop, heard between two batches."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import keras

__all__ = ["CtrlC", "ctrl_c_stops", "is_in_search"]


def is_in_search(context: Any) -> bool:
    """Tell whether a fit is a task of something larger than pipelines: of a search.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        The fit.
    """
    while context.parent is not None:
        context = context.parent
        if context.estimator_name != "Pipeline":
            return True
    return False


class CtrlC:
    """Whether Ctrl-C was pressed while a network trains.

    Parameters
    ----------
    model : keras.Model
        The network.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.pressed = False

    def heard(self, signal_number: int = 0, frame: FrameType | None = None) -> None:
        """Note it; training then ends after this batch. Pressed again, it interrupts."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.pressed = True
        self.repeat()

    def repeat(self) -> None:
        """Ask again: Keras forgets what was asked before the first epoch."""
        if self.pressed:
            self.model.stop_training = True


@contextmanager
def ctrl_c_stops(model: keras.Model) -> Iterator[CtrlC]:
    """Let Ctrl-C end a training, where it would interrupt the main thread.

    An exception amid a batch would find weights half updated, and on JAX given away to
    a step that never ended.

    Parameters
    ----------
    model : keras.Model
        The network.

    Yields
    ------
    CtrlC
        Says whether it was pressed.
    """
    ctrl_c = CtrlC(model)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield ctrl_c
        return
    signal.signal(signal.SIGINT, ctrl_c.heard)
    try:
        yield ctrl_c
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
