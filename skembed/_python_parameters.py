"""Store the parameters of estimators as Python values."""

from typing import Any

import numpy as np

from skembed._html_repr import HtmlRepr
from skembed._pickles import Lasting, restores_state

__all__ = ["PythonParameters"]


class PythonParameters(Lasting, HtmlRepr):
    """Base class of all estimators; it stores NumPy scalars in parameters as Python values.

    ``np.arange``, data frames and the distributions of a search yield NumPy scalars. They pass
    scikit-learn's checks of parameters, but Keras and ``json`` refuse them, and small types
    overflow in sums. So a NumPy scalar, also in a list or tuple, and an array without dimensions
    become the equal Python value when the parameter is set. Everything else is stored as it is,
    because :func:`~sklearn.base.clone` looks for the objects that it passed.

    By scikit-learn's convention, the names of learned attributes end in an underscore and those
    of private ones start with one. All others are parameters, including routed ones such as
    ``optimizer__learning_rate``.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        is_parameter = not (name.startswith("_") or name.endswith("_"))
        super().__setattr__(name, _to_python(value) if is_parameter else value)

    @restores_state
    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)  # type: ignore[misc]  # that of scikit-learn's BaseEstimator


def _to_python(value: Any) -> Any:
    """Return the Python value that equals a NumPy scalar; return any other object itself."""
    if isinstance(value, np.generic | np.ndarray) and value.ndim == 0:
        return value.item()
    if type(value) not in (list, tuple):
        return value
    kinds = {*map(type, value)}  # few, even if the list has many words
    if not any(issubclass(kind, np.generic | np.ndarray | list | tuple) for kind in kinds):
        return value
    converted = [*map(_to_python, value)]
    is_changed = any(new is not old for new, old in zip(converted, value))
    return type(value)(converted) if is_changed else value
