"""A benchmark in a process of its own, so that none slows the next one down."""

import logging
import multiprocessing
import warnings
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from benchmarks.figures import Figure

__all__ = ["figures_of"]


def figures_of(measure: Callable[[], Iterator[Figure]]) -> Iterator[Figure]:
    """Yield the figures of a benchmark as they are found.

    Parameters
    ----------
    measure : callable
        Yields the figures; the new process imports it by its name.

    Raises
    ------
    RuntimeError
        If it fails. What went wrong is on stderr.
    """
    new = multiprocessing.get_context("spawn")
    receiver, sender = new.Pipe(duplex=False)
    process = new.Process(target=_send, args=(measure, sender))
    process.start()
    sender.close()
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        process.join()
    if process.exitcode:
        raise RuntimeError(f"{measure.__module__}.{measure.__name__} failed, as said above.")


def _send(measure: Callable[[], Iterator[Figure]], sender: Connection) -> None:
    warnings.simplefilter("ignore")
    logging.getLogger("tensorflow").setLevel("ERROR")  # it warns of what rivals retrace
    for figure in measure():
        sender.send(figure)
