"""Make objects from classes and the parameters that are routed to them."""

from typing import Any

from sklearn.utils._param_validation import InvalidParameterError

__all__ = ["made", "parameters_for"]


def parameters_for(destination: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters routed to a destination, without its prefix.

    Parameters
    ----------
    destination : str
        Such as ``"optimizer"``.
    params : dict
        All parameters, such as ``{"optimizer__learning_rate": 0.1, "epochs": 3}``.
    """
    prefix = f"{destination}__"
    routed = {name: value for name, value in params.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): value for name, value in routed.items()}


def made(name: str, value: Any, params: dict[str, Any]) -> Any:
    """Return a value with an instance in place of each class, made with its parameters.

    Parameters
    ----------
    name : str
        The name of the value, for error messages.
    value : object
        A class, or a list or tuple with classes; anything else is returned as it is.
    params : dict
        Parameters of the classes. In a list, those that begin with an index go to one item
        and all others to every class.

    Raises
    ------
    InvalidParameterError
        If nothing takes one of the parameters, or if a class refuses its parameters.
    """
    if isinstance(value, list | tuple):
        return type(value)(_made_items(name, value, params))
    if isinstance(value, type):
        return _instance(name, value, params)
    for parameter in params:
        raise InvalidParameterError(
            f"{name}__{parameter} has no effect: {name} is {value!r}, which takes no parameters "
            "any more. Pass its class, or its name where a name is allowed, instead of an "
            f"instance, or do not set {name}__{parameter}."
        )
    return value


def _made_items(name: str, items: Any, params: dict[str, Any]) -> list[Any]:
    for parameter in params:
        index, _, rest = parameter.partition("__")
        is_of_an_item = rest and index in map(str, range(len(items)))
        if not items or (index.isdecimal() and not is_of_an_item):
            raise InvalidParameterError(
                f"{name}__{parameter} has no effect: {name} is a list of {len(items)}. Parameters "
                f"of its items are {name}__0__... and so on."
            )
    common = {name: value for name, value in params.items() if not name[:1].isdecimal()}
    classes = [item for item in items if isinstance(item, type)]
    return [
        made(
            f"{name}__{i}",
            item,
            (common if item in (classes or items) else {}) | parameters_for(str(i), params),
        )
        for i, item in enumerate(items)
    ]


def _instance(name: str, made_class: type, params: dict[str, Any]) -> Any:
    own = {parameter: value for parameter, value in params.items() if "__" not in parameter}
    for parameter in params:
        head = parameter.partition("__")[0]
        if head not in own:
            raise InvalidParameterError(
                f"{name}__{parameter} has no effect: {name}__{head} is not set. Set it to a class "
                f"that takes the parameter, or do not set {name}__{parameter}."
            )
    arguments = {
        parameter: made(f"{name}__{parameter}", value, parameters_for(parameter, params))
        for parameter, value in own.items()
    }
    try:
        return made_class(**arguments)
    except (TypeError, ValueError) as error:
        given = ", ".join(f"{name}__{parameter}={value!r}" for parameter, value in own.items())
        raise InvalidParameterError(
            f"{made_class.__name__} cannot be made with {given or 'no parameters'}: {error}"
        ) from error
