"""Record steps as CUDA graphs."""

import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch

__all__ = ["CudaGraphs", "on_stream_of_its_own"]

_WAITS = "called a synchronizing CUDA operation"


class CudaGraphs:
    """Records functions as CUDA graphs, which share their memory."""

    def __init__(self) -> None:
        self._pool: Any = None

    def waits(self, run: Callable[[], Any]) -> bool:
        """Call a function and tell whether it waited for the card."""
        before = torch.cuda.get_sync_debug_mode()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                run()
            finally:
                torch.cuda.set_sync_debug_mode(before)
        return any(_WAITS in str(warning.message) for warning in caught)

    def record(self, run: Callable[[], Any]) -> Callable[[], Any]:
        """Return a function that repeats what another one asks of the card."""
        graph = torch.cuda.CUDAGraph()
        with (
            _no_garbage_collection(),
            torch.cuda.graph(
                graph,
                pool=self._pool,
                stream=torch.cuda.current_stream(),
                capture_error_mode="thread_local",  # other threads may use the card meanwhile
            ),
        ):
            run()
        self._pool = graph.pool()
        return graph.replay  # type: ignore[no-any-return]


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep Python from deleting other graphs, which a recording does not allow."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def on_stream_of_its_own(device: Any) -> Iterator[None]:
    """Let the card work in a stream of its own within the context, as recording needs."""
    stream = _stream(device)
    stream.wait_stream(torch.cuda.current_stream(device))
    try:
        with torch.cuda.stream(stream):
            yield
    finally:
        torch.cuda.current_stream(device).wait_stream(stream)


@cache
def _stream(device: Any) -> Any:
    """Return the stream of a device: always the same, since each keeps memory of its own."""
    return torch.cuda.Stream(device)
