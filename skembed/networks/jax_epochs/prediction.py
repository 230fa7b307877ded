"""Predict with few compiled programs, which all networks of the same form share."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.networks.inputs import Arrays
from skembed.networks.jax_epochs.documents import power_of_two
from skembed.networks.jax_epochs.forms import FORMS, Form
from skembed.networks.jax_epochs.programs import programs
from skembed.networks.jax_epochs.values import Values
from skembed.networks.live_network import LiveNetwork

__all__ = ["outputs_of"]

_MIN_WIDTH = 16
_FEW_ROWS = (1, 8)  # a single document should not wait for many empty rows
_IDS_PER_CALL = 2**15
_BATCHES_AT_ONCE = 64


def outputs_of(
    live: LiveNetwork, named: bool, batches: Iterable[Arrays]
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield a network's outputs for each of several batches; see `skembed.networks.prediction`.

    Widths are rounded up to powers of two, and batches get rows of padding, so that few
    programs serve all documents. A network that a user may have changed, or defined in part,
    is left to Keras.
    """
    if live.prediction is None:  # looking up the form takes a while
        live.prediction = FORMS.find(live.model, named), Values()
    form, values = live.prediction
    if form is None or live.shared:
        for arrays in batches:
            yield live.model.predict_on_batch(arrays)
        return
    variables = values.read([live.model.variables], [form.model.variables])
    are_ragged = [each.shape[1] is None for each in live.model.inputs]
    batches = iter(batches)
    while some := [*islice(batches, _BATCHES_AT_ONCE)]:
        lists = [[*arrays] if isinstance(arrays, tuple) else [arrays] for arrays in some]
        pieces = [[*_pieces(arrays, are_ragged)] for arrays in lists]
        calls = [(0, variables, piece) for of_batch in pieces for piece in of_batch]
        results = iter(
            [program(*call[1:]) for program, call in zip(programs(form, _predict, calls), calls)]
        )
        for (first, *_), of_batch in zip(lists, pieces):
            outputs = np.concatenate([np.asarray(next(results)) for _ in of_batch])
            yield outputs[: len(first)]


def _predict(form: Form, _: int, variables: Any, arrays: list[Any]) -> Any:
    with keras.StatelessScope([*zip(form.model.variables, *variables)]):
        return form.model(arrays if len(arrays) > 1 else arrays[0], training=False)


def _pieces(arrays: list[Any], are_ragged: list[bool]) -> Iterator[list[Any]]:
    """Cut the arrays of a batch into some of a few shapes; only the last one has empty rows."""
    widths = [
        max(power_of_two(array.shape[1]), _MIN_WIDTH) if is_ragged else array.shape[1]
        for array, is_ragged in zip(arrays, are_ragged)
    ]
    most = max(_FEW_ROWS[-1], _IDS_PER_CALL // max(1, sum(widths)))
    for start in range(0, len(arrays[0]), most):
        some = [array[start : start + most] for array in arrays]
        n_rows = next((n for n in _FEW_ROWS if len(some[0]) <= n), most)
        yield [
            np.pad(array, ((0, n_rows - len(array)), (0, width - array.shape[1])))
            for array, width in zip(some, widths)
        ]
