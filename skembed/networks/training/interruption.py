"""Let Ctrl-C stop training between two batches."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from skembed.networks.text_network import TextNetwork

__all__ = ["CtrlC", "ctrl_c_stops", "is_in_search"]


def is_in_search(context: Any) -> bool:
    """Tell whether a fit is part of a search: of anything but enclosing pipelines.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
        The ``fit`` task.
    """
    while context.parent is not None:
        context = context.parent
        if context.estimator_name != "Pipeline":
            return True
    return False


class CtrlC:
    """Record whether Ctrl-C was pressed while a network trains.

    Parameters
    ----------
    network : TextNetwork
        The network.
    """

    def __init__(self, network: TextNetwork) -> None:
        self.network = network
        self.pressed = False

    def heard(self, signal_number: int = 0, frame: FrameType | None = None) -> None:
        """Handle Ctrl-C: stop training after this batch. A second Ctrl-C interrupts at once."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.pressed = True
        self.repeat()

    def repeat(self) -> None:
        """Request the stop again: Keras resets requests made before the first epoch."""
        if self.pressed:
            self.network.model.stop_training = True


@contextmanager
def ctrl_c_stops(network: TextNetwork) -> Iterator[CtrlC]:
    """Let Ctrl-C stop training between batches instead of raising KeyboardInterrupt.

    An exception during a batch would leave the weights partly updated and, on JAX, donated
    to a step that was never completed. A custom handler of SIGINT stays in place.

    Parameters
    ----------
    network : TextNetwork
        The network.

    Yields
    ------
    CtrlC
        Its attribute ``pressed`` tells whether Ctrl-C was pressed.
    """
    ctrl_c = CtrlC(network)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield ctrl_c
        return
    signal.signal(signal.SIGINT, ctrl_c.heard)
    try:
        yield ctrl_c
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
