"""Copy the Keras objects that users pass, so that training does not change them."""

import inspect
from typing import Any

import numpy as np
from sklearn.utils._param_validation import InvalidParameterError

__all__ = ["copied"]

_PLAIN = (bool, int, float, str, type(None), list, tuple, dict, np.ndarray)


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
        If Keras cannot make it from its configuration, or if it would lose a parameter that its
        ``get_config`` does not return.
    """
    kind, config = type(given), given.get_config()
    is_of_keras = kind.__module__.startswith("keras.")
    missing = [] if is_of_keras else [name for name in _parameters(kind) if name not in config]
    advice = f"or pass the class {kind.__name__} or a function instead of an instance."
    try:
        copy = kind.from_config(config)
    except (TypeError, ValueError) as error:
        problem = f"{error} Correct that, {advice}"
        lost = missing
    else:
        problem = ""
        lost = [parameter for parameter in missing if not _is_kept(parameter, given, copy)]
        if not is_of_keras:
            lost += [attribute for attribute in vars(given) if _is_changed(attribute, given, copy)]
    if lost:
        names = ", ".join(dict.fromkeys(lost))
        problem = f"{kind.__name__}.get_config() does not return {names}. Add them there, {advice}"
    if problem:
        raise InvalidParameterError(f"{name}={given!r} cannot be copied: {problem}")
    return copy


def _parameters(kind: type) -> list[str]:
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = inspect.signature(kind).parameters.values()
    return [p.name for p in found if p.kind in named and p.name not in ("name", "dtype")]


def _is_kept(attribute: str, given: Any, copy: Any) -> bool:
    """Whether a public attribute with the name of a parameter has the same plain value."""
    is_plain = isinstance(vars(given).get(attribute, ...), _PLAIN)
    return is_plain and not _is_changed(attribute, given, copy)


def _is_changed(attribute: str, given: Any, copy: Any) -> bool:
    """Whether a public attribute has another plain value; training itself sets ``built``."""
    value, copied_value = vars(given)[attribute], vars(copy).get(attribute)
    if attribute.startswith("_") or attribute == "built" or not isinstance(value, _PLAIN):
        return False
    return repr(value) != repr(copied_value)
