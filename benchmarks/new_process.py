"""Run each benchmark in its own process, so that it does not slow down the next one."""

import logging
import multiprocessing
import warnings
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from benchmarks.figures import Figure

__all__ = ["measure_in_new_process"]


def measure_in_new_process(measure: Callable[[], Iterator[Figure]]) -> Iterator[Figure]:
    """Run a benchmark in a new process and yield its figures as they are measured.

    Parameters
    ----------
    measure : callable
        The benchmark, which yields figures. The new process imports it by name.

    Raises
    ------
    RuntimeError
        If the benchmark fails; its traceback is on stderr.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_figures, args=(measure, sender))
    process.start()
    sender.close()
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        process.join()
    if process.exitcode:
        raise RuntimeError(
            f"{measure.__module__}.{measure.__name__} failed; see the traceback above."
        )


def _send_figures(measure: Callable[[], Iterator[Figure]], sender: Connection) -> None:
    warnings.simplefilter("ignore")
    logging.getLogger("tensorflow").setLevel("ERROR")  # hides the rivals' retracing warnings
    for figure in measure():
        sender.send(figure)
