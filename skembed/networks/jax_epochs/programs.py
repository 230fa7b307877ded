"""Compile the steps of a form for the shapes that they are called with."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from skembed.networks.jax_epochs.forms import Form
from skembed.networks.runtime.program_cache import programs_on_disk

__all__ = ["lowered", "programs"]

_N_THREADS = 8

Step = Callable[..., Any]


def programs(
    form: Form, step: Step, calls: Iterable[tuple[Any, ...]], *, donates: bool = False
) -> list[Step]:
    """Return a compiled program for each call of a step; equal shapes share one.

    Missing programs are traced one after another, and compiled at the same time. XLA needs
    seconds for a network, most of them on one core.

    Parameters
    ----------
    form : Form
        The network; keeps the programs.
    step : callable
        Called as ``step(form, widths, *arrays)``.
    calls : iterable of tuple
        Widths and arrays of each call.
    donates : bool, default=False
        Whether the memory of the first of the arrays is used for the result.

    Returns
    -------
    list of callable
        The programs; called with the arrays.
    """
    calls = [*calls]
    keys = [_shapes(step, *call) for call in calls]
    with form.lock:
        missing = {key: call for key, call in zip(keys, calls) if key not in form.programs}
        traced = [lowered(step, form, *call, donates=donates) for call in missing.values()]
        if traced:
            with programs_on_disk(), ThreadPoolExecutor(_N_THREADS) as threads:
                compiled = threads.map(lambda program: program.compile(), traced)
                form.programs.update(zip(missing, compiled))
        return [form.programs[key] for key in keys]


def lowered(step: Step, form: Form, width: Any, *arrays: Any, donates: bool) -> Any:
    """Trace a step for arrays of some shapes; XLA has yet to compile it."""
    import jax

    program = jax.jit(partial(step, form, width), donate_argnums=0 if donates else None)
    return program.lower(*arrays)


def _shapes(step: Step, width: Any, *arrays: Any) -> tuple[Any, ...]:
    import jax

    leaves = jax.tree.leaves(arrays)
    return step.__name__, width, *((leaf.shape, leaf.dtype.str) for leaf in leaves)
