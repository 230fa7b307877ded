"""The values of a network's variables, in the sizes of its form."""

from typing import Any

import keras
import numpy as np

__all__ = ["Values"]


class Values:
    """Reads the values of variables, and writes them back.

    Word vectors, and what the optimizer keeps for them, get rows of zeros up to the size of
    the form. The network itself never has these rows.
    """

    def __init__(self) -> None:
        #: Of variables with fewer rows than the form's: their value, and the one with all rows.
        self._sized: dict[int, tuple[Any, Any]] = {}

    def read(self, groups: Any, of_form: Any) -> tuple[list[Any], ...]:
        """Return the values of variables in the sizes of other variables.

        Parameters
        ----------
        groups, of_form : lists of lists of keras.Variable
            The variables of the network and of its form.
        """
        return tuple(
            [self._value(*pair) for pair in zip(group, others, strict=True)]
            for group, others in zip(groups, of_form, strict=True)
        )

    def write(self, groups: Any, values: Any) -> None:
        """Assign to variables the values that belong to them, without added rows."""
        for variables, group in zip(groups, values, strict=True):
            for variable, sized in zip(variables, group, strict=True):
                same = sized.shape == variable.shape
                variable.assign(sized if same else sized[: variable.shape[0]])
                if not same:
                    self._sized[id(variable)] = variable.value, sized

    def _value(self, variable: keras.Variable, of_form: keras.Variable) -> Any:
        value = variable.value
        if variable.shape == of_form.shape:
            return value
        known, sized = self._sized.get(id(variable), (None, None))
        if known is not value:
            n_more = of_form.shape[0] - variable.shape[0]
            with_zeros = np.pad(np.asarray(value), [(0, n_more), *[(0, 0)] * (value.ndim - 1)])
            sized = keras.ops.convert_to_tensor(with_zeros)
            self._sized[id(variable)] = value, sized
        return sized
