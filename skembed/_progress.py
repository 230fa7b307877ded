"""Long work shows progress."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["bytes_done"]

_PATIENCE = 2.0  # seconds of work before there is anything to see


@contextmanager
def bytes_done(title: str, total: int | None, verbose: bool) -> Iterator[Callable[[int], None]]:
    """Draw a bar of bytes on standard error, if that is a screen and the work takes long.

    Parameters
    ----------
    title : str
        What is being done.
    total : int or None
        Bytes in all, if known.
    verbose : bool
        Draw it. Needs rich, the extra ``progress``; without it nothing is drawn.

    Yields
    ------
    callable
        To be called with the number of bytes done since the last call.
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
    begun = time.monotonic()

    def advance(n: int) -> None:
        bar.advance(task, n)
        if not bar.live.is_started and time.monotonic() - begun > _PATIENCE:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:  # else rich 14.0 prints an empty line
            bar.stop()
