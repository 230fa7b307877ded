"""Predict with few compiled programs, which all networks of the same form share."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skembed.networks.jax_epochs.documents import power_of_two
from skembed.networks.jax_epochs.forms import FORMS, Form
from skembed.networks.jax_epochs.programs import programs
from skembed.networks.jax_epochs.values import Values
from skembed.networks.live_network import LiveNetwork

__all__ = ["outputs_of"]

Ids = npt.NDArray[np.int32]
_MIN_WIDTH = 16
_FEW_ROWS = (1, 8)  # a single document should not wait for many empty rows
_IDS_PER_CALL = 2**15
_BATCHES_AT_ONCE = 64


def outputs_of(
    live: LiveNetwork, n_ids: int | None, batches: Iterable[Ids]
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield a network's outputs for each of several batches; see `skembed.networks.prediction`.

    Widths are rounded up to powers of two, and batches get rows of padding, so that few
    programs serve all documents. A network that a user may have changed, or defined in part,
    is left to Keras.
    """
    if live.prediction is None:  # looking up the form takes a while
        live.prediction = FORMS.find(live.model, n_ids), Values()
    form, values = live.prediction
    if form is None or live.shared:
        for ids in batches:
            yield live.model.predict_on_batch(ids)
        return
    variables = values.read([live.model.variables], [form.model.variables])
    is_ragged = live.model.inputs[0].shape[1] is None
    batches = iter(batches)
    while some := [*islice(batches, _BATCHES_AT_ONCE)]:
        pieces = [[*_pieces(ids, is_ragged)] for ids in some]
        calls = [(0, variables, piece) for of_batch in pieces for piece in of_batch]
        results = iter(
            [program(*call[1:]) for program, call in zip(programs(form, _predict, calls), calls)]
        )
        for ids, of_batch in zip(some, pieces):
            outputs = np.concatenate([np.asarray(next(results)) for _ in of_batch])
            yield outputs[: len(ids)]


def _predict(form: Form, _: int, variables: Any, ids: Any) -> Any:
    with keras.StatelessScope([*zip(form.model.variables, *variables)]):
        return form.model(ids, training=False)


def _pieces(ids: Ids, is_ragged: bool) -> Iterator[Ids]:
    """Cut ids into arrays of a few shapes; all but the last one have no empty rows."""
    width = max(power_of_two(ids.shape[1]), _MIN_WIDTH) if is_ragged else ids.shape[1]
    most = max(_FEW_ROWS[-1], _IDS_PER_CALL // max(1, width))
    for start in range(0, len(ids), most):
        piece = ids[start : start + most]
        n_rows = next((n for n in _FEW_ROWS if len(piece) <= n), most)
        yield np.pad(piece, ((0, n_rows - len(piece)), (0, width - ids.shape[1])))
