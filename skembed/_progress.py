"""Progress bars for long file operations."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["bytes_done"]

_DELAY_SECONDS = 2.0  # before the bar appears


@contextmanager
def bytes_done(title: str, total: int | None, verbose: bool) -> Iterator[Callable[[int], None]]:
    """Show a progress bar in bytes on standard error.

    The bar appears only on a terminal or in Jupyter, and only if the work takes long.

    Parameters
    ----------
    title : str
        Label of the bar.
    total : int or None
        Total number of bytes, if known.
    verbose : bool
        Whether to show the bar. Without rich (the ``progress`` extra), nothing is shown.

    Yields
    ------
    callable
        A function to call with the number of bytes processed since its last call.
    """
    try:
        if not verbose:
            raise ImportError
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn
    except ImportError:
        yield lambda n: None
        return
    console = Console(stderr=True)
    bar = Progress(
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (console.is_terminal or console.is_jupyter),
    )
    task = bar.add_task(title, total=total)
    start = time.monotonic()

    def advance(n: int) -> None:
        bar.advance(task, n)
        if not bar.live.is_started and time.monotonic() - start > _DELAY_SECONDS:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:  # otherwise rich 14.0 prints an empty line
            bar.stop()
