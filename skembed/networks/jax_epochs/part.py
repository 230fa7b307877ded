"""Run compiled steps on the training or the validation documents of a job."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.networks.batches import FixedBatches, ShuffledBatches
from skembed.networks.jax_epochs.documents import ResidentDocuments
from skembed.networks.jax_epochs.forms import Form
from skembed.networks.jax_epochs.programs import programs

__all__ = ["Part"]

Places = npt.NDArray[np.int32]
_SECONDS_PER_CALL = 0.5  # Ctrl-C is heard between calls
_FIRST_IDS_PER_SECOND = 2**18


class Part:
    """The training or the validation documents of a job.

    Parameters
    ----------
    batches : ShuffledBatches or FixedBatches
        The documents in batches.
    max_batches : int
        Maximum number of batches per call of a compiled program.
    **also : ndarray
        What the steps need besides the documents.

    Attributes
    ----------
    state : tuple of lists of array
        The state to start from, and after each call the new one; see `steps`.
    """

    def __init__(
        self, batches: ShuffledBatches | FixedBatches, max_batches: int, **also: Any
    ) -> None:
        self.batches = batches
        self.max_batches = max_batches
        self.documents = ResidentDocuments(batches, few_widths=max_batches > 1)
        self._arrays: dict[str, Any] = {}
        self._also = also
        self.state: Any = None
        self._ids_per_second = float(_FIRST_IDS_PER_SECOND)

    def run(
        self,
        form: Form,
        step: Callable[..., Any],
        *,
        donates: bool = False,
        stops: Callable[[], bool] = lambda: False,
    ) -> list[Any]:
        """Run a step on all batches, as they are shuffled now, and return the last results.

        Parameters
        ----------
        form : Form
            The network.
        step : callable
            One of `steps`.
        donates : bool, default=False
            Whether the memory of each state is used for the next one.
        stops : callable, default=lambda: False
            Tells, after each call, whether to stop.
        """
        import jax

        if not self._arrays:
            self._arrays = self.documents.on_device(form.sizes) | self._also
        n_tokens = (len(text["ids"]) for text in self._arrays["texts"])
        form.sizes.add((len(self._arrays["targets"]), *n_tokens))
        results: list[Any] = []
        waiting, n_waiting, begun = results, 0, time.perf_counter()
        for program, widths, places in self._programs(form, step, donates):
            for some in self._pieces(sum(widths), places):
                self.state, results = program(self.state, *self._args(some))
                # The device has one call to run and one waiting: it is never idle for long.
                jax.block_until_ready(waiting)
                now = time.perf_counter()
                if n_waiting:
                    self._ids_per_second = n_waiting / (now - begun)
                waiting, n_waiting, begun = results, sum(widths) * some.size, now
                if stops():
                    return results
        return results

    def _programs(
        self, form: Form, step: Callable[..., Any], donates: bool
    ) -> list[tuple[Callable[..., Any], tuple[int, ...], Places]]:
        """Return each call of an epoch: its program, compiled now, its widths and its batches."""
        calls = [
            *self.documents.calls(
                self.batches.batches, self.batches.batch_size, self.max_batches, form.skips_rows
            )
        ]
        shapes = [(widths, self.state, *self._args(places)) for widths, places in calls]
        compiled = programs(form, step, shapes, donates=donates)
        return [(program, *call) for program, call in zip(compiled, calls)]

    def _pieces(self, width: int, places: Places) -> Iterator[Places]:
        """Cut a call so that it takes about as long as `_SECONDS_PER_CALL`."""
        while len(places):
            seconds = width * places.shape[1] / self._ids_per_second
            n = max(1, int(_SECONDS_PER_CALL / seconds))
            yield places[:n]
            places = places[n:]

    def _args(self, places: Places) -> tuple[Any, ...]:
        n_more = self.max_batches - len(places)
        sized = np.pad(places, ((0, n_more), (0, 0)), constant_values=-1)
        return self._arrays, sized, np.int32(len(places))
