"""Steps that run from a recording of what they ask of the device."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any, Protocol

import torch

from skembed.networks.torch_epochs.constants import Constants

__all__ = ["RecordedSteps", "Recorder", "Step", "Widths"]

Widths = tuple[int, ...]
Step = Callable[[Widths, Any], Any]
_SAME = 1e-2  # difference of two equal steps, relative to the change of a variable
_ROUNDING = 1e-6  # the same, relative to the variable


class Recorder(Protocol):
    """Records what a function asks of the device."""

    def waits(self, run: Callable[[], Any]) -> bool:
        """Call a function and tell whether it waited for the device, which rules out recording."""

    def record(self, run: Callable[[], Any]) -> Callable[[], Any]:
        """Return a function that repeats what another one asks of the device, and nothing else.

        Raises
        ------
        RuntimeError
            If that cannot be recorded.
        """


class RecordedSteps:
    """Run a step on batches; a shape of batch that comes again is recorded, and then repeated.

    Keras spends milliseconds in Python for a step that takes a card a fraction of one. What a
    step does in Python is not repeated, so it must be the same each time, as with every compiled
    network. The step first runs under watch: if it waits for results, it cannot be recorded. The
    first recording is compared with the step itself. Without a recording the step runs as it is.

    Parameters
    ----------
    step : callable
        Called with the widths of a batch, one for each text, and its row numbers.
    recorder : Recorder or None
        None: nothing is recorded.
    variables : callable
        Returns the variables that the step may change.
    """

    def __init__(
        self, step: Step, recorder: Recorder | None, variables: Callable[[], Iterable[Any]]
    ) -> None:
        self._step = step
        self._recorder = recorder
        self._variables = variables
        self._constants = nullcontext() if recorder is None else Constants()
        self._recordings: dict[tuple[Widths, int], tuple[Any, Callable[[], Any]] | None] = {}
        self._is_checked = False

    def __call__(self, widths: Widths, rows: Any) -> None:
        """Run the step on a batch, given by its widths and the numbers of its documents."""
        shape = widths, len(rows)
        with self._constants:
            if self._recorder is None or shape not in self._recordings:
                self._recordings[shape] = None
                self._step(widths, rows)
            elif not self._is_checked:
                self._check(widths, rows)
            else:
                self._repeat(widths, rows)

    def _repeat(self, widths: Widths, rows: Any) -> None:
        recorder, shape = self._recorder, (widths, len(rows))
        assert recorder is not None
        recording = self._recordings[shape]
        if recording is None:
            of_recording = rows.clone()
            try:
                repeat = recorder.record(lambda: self._step(widths, of_recording))
            except RuntimeError:
                self._recorder = None
                self._step(widths, rows)
                return
            recording = self._recordings[shape] = of_recording, repeat
        of_recording, repeat = recording
        of_recording.copy_(rows)
        repeat()

    def _check(self, widths: Widths, rows: Any) -> None:
        """Run the step; if it does not wait, record it and compare."""
        recorder, self._recorder, self._is_checked = self._recorder, None, True
        assert recorder is not None
        before = self._state()
        waits = recorder.waits(lambda: self._step(widths, rows))
        after = None if waits or before is None else self._state()
        if before is None or after is None:
            return
        self._set(before)
        self._recorder = recorder
        self._repeat(widths, rows)
        found = self._state()
        if self._recorder is None or found is None or not _same(found, after, before):
            self._recorder = None
            self._set(after)

    def _state(self) -> list[Any] | None:
        """Return copies of the variables and the generator's state; None without memory for it."""
        try:
            values = [variable.value.detach().clone() for variable in self._variables()]
        except torch.OutOfMemoryError:
            return None
        return [*values, _generator_state(values)]

    def _set(self, state: list[Any]) -> None:
        *values, of_generator = state
        with torch.no_grad():
            for variable, value in zip(self._variables(), values, strict=True):
                variable.value.copy_(value)
        _set_generator_state(values, of_generator)


def _same(found: list[Any], expected: list[Any], before: list[Any]) -> bool:
    """Tell whether each variable has changed by the same, but for rounding."""

    def distance(one: Any, other: Any) -> Any:
        return torch.linalg.vector_norm((one - other).float())

    return all(
        bool(distance(a, b) <= _SAME * distance(old, b) + _ROUNDING * distance(b, 0 * b))
        for a, b, old in zip(found[:-1], expected[:-1], before[:-1])
    )


def _generator_state(values: list[Any]) -> Any:
    """Return the state of the generator of the device that values are on."""
    on_card = values[0].is_cuda
    return torch.cuda.get_rng_state(values[0].device) if on_card else torch.get_rng_state()


def _set_generator_state(values: list[Any], state: Any) -> None:
    if values[0].is_cuda:
        torch.cuda.set_rng_state(state, values[0].device)
    else:
        torch.set_rng_state(state)
