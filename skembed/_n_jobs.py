"""What the parameter ``n_jobs`` may be."""

from numbers import Integral
from typing import Any

from sklearn.utils._param_validation import Interval

__all__ = ["N_JOBS"]

#: For ``_parameter_constraints``; joblib knows no meaning of 0.
N_JOBS: list[Any] = [
    Interval(Integral, 1, None, closed="left"),
    Interval(Integral, None, -1, closed="right"),
    None,
]
