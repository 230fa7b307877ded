"""Copy the Keras objects that users pass, so that training does not change them."""

import inspect
from typing import Any

from sklearn.utils._param_validation import InvalidParameterError

__all__ = ["copied"]


def copied(name: str, given: Any) -> Any:
    """Return a new optimizer, loss or metric with the configuration of a given one.

    Parameters
    ----------
    name : str
        The parameter of the classifier, for error messages.
    given : object
        A Keras object with ``get_config`` and ``from_config``.

    Raises
    ------
    InvalidParameterError
        If the class does not return all of its parameters from ``get_config``: the copy, and
        every copy that scikit-learn makes, would silently have their defaults.
    """
    kind, config = type(given), given.get_config()
    if not kind.__module__.startswith("keras."):
        lost = [parameter for parameter in _parameters(kind) if parameter not in config]
        if lost:
            raise InvalidParameterError(
                f"{name}={given!r} cannot be copied: {kind.__name__}.get_config() does not return "
                f"{', '.join(lost)}. Add them there, or pass the class {kind.__name__} itself."
            )
    return kind.from_config(config)


def _parameters(kind: type) -> list[str]:
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = inspect.signature(kind).parameters.values()
    return [p.name for p in found if p.kind in named and p.name not in ("name", "dtype")]
