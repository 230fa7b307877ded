"""Weights of words that take half the space in a pickle."""

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from skembed._pickles import restores_state
from skembed._python_parameters import PythonParameters

__all__ = ["SinglePrecisionWeights", "round_to_single"]


def round_to_single(weights: Any) -> npt.NDArray[np.float64]:
    """Return weights that float32 can hold, as float64 in column order.

    SciPy converts an array of any other type or order for each product with sparse documents.
    """
    return np.asfortranarray(np.asarray(weights, np.float32), np.float64)


class SinglePrecisionWeights(PythonParameters):
    """Base class of estimators whose learned weights are pickled as float32.

    This is done only if nothing is lost, so predictions stay the same to the last bit.
    """

    _weights: ClassVar[str]

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())  # type: ignore[call-overload]
        weights = state.get(self._weights)
        if isinstance(weights, np.ndarray):  # it is sparse after sparsify()
            single = weights.astype(np.float32)
            state[self._weights] = single if np.array_equal(single, weights) else weights
        return state

    @restores_state
    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        weights = vars(self).get(self._weights)
        if isinstance(weights, np.ndarray):
            vars(self)[self._weights] = np.asfortranarray(weights, np.float64)
