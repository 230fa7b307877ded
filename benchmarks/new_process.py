"""Run each benchmark in its own process, so that it does not slow down the next one."""

import logging
import multiprocessing
import warnings
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from benchmarks.figures import Figure

__all__ = ["measure_in_new_process", "start_process"]


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
    process, receiver = start_process(_send_figures, measure)
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        process.join()
    if process.exitcode:
        raise RuntimeError(
            f"{measure.__module__}.{measure.__name__} failed; see the traceback above."
        )


def start_process(run: Callable[..., None], *args: Any) -> tuple[BaseProcess, Connection]:
    """Start a new process; return it, and where what it sends arrives.

    Parameters
    ----------
    run : callable
        What the process runs. It is imported by name and called with the arguments and a
        connection to send through.
    *args : object
        The arguments.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(*args, sender))
    process.start()
    sender.close()
    return process, receiver


def _send_figures(measure: Callable[[], Iterator[Figure]], sender: Connection) -> None:
    warnings.simplefilter("ignore")
    logging.getLogger("tensorflow").setLevel("ERROR")  # hides the rivals' retracing warnings
    for figure in measure():
        sender.send(figure)
