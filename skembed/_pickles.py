"""Pickle fitted objects under names that do not change when modules move."""

from collections.abc import Callable
from functools import partial, wraps
from pkgutil import resolve_name
from typing import Any, SupportsIndex

from joblib import wrap_non_picklable_objects

from skembed import __version__
from skembed._lasting_names import NAMES, PLACES
from skembed.errors import PickleVersionError, SkembedError

__all__ = ["FORMAT", "Lasting", "Named", "lasting_name", "portable", "restore", "restores_state"]

#: The format of new pickles. Raise it when older versions could not read new pickles, let
#: `restore` and ``__setstate__`` read the older formats, and add a fixture to tests/contract/data.
FORMAT = 1

_REMEDY = (
    "Load it with the version of skembed that wrote it or a later one, or save it again with this "
    "version, after fitting."
)


def restore(name: str, format: int, *args: Any) -> Any:
    """Return what a pickle names: a new instance of a class, or a function.

    This function is all that a pickle imports from skembed, so neither it nor this module may
    ever be moved.

    Parameters
    ----------
    name : str
        The lasting name of the class or the function.
    format : int
        The format of the pickle.
    *args
        Arguments of the ``__new__`` method of the class.

    Raises
    ------
    PickleVersionError
        If this version of skembed does not know the format or the name.
    """
    is_known = isinstance(name, str) and name in PLACES
    if not isinstance(format, int) or not 1 <= format <= FORMAT or not is_known:
        raise PickleVersionError(
            f"The pickle contains {name!r:.60} in format {format!r:.60}; skembed {__version__} "
            f"reads formats 1 to {FORMAT} and the names it knows. {_REMEDY}"
        )
    found = resolve_name(PLACES[name])
    if not isinstance(found, type):
        return found
    try:
        return found.__new__(found, *args)
    except TypeError as error:
        raise PickleVersionError(
            f"The pickle creates {name!r} with arguments that skembed {__version__} does not know "
            f"({error}). {_REMEDY}"
        ) from error


def restores_state(method: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Decorate a ``__setstate__``: whatever it raises becomes a ``PickleVersionError``."""

    @wraps(method)
    def wrapper(self: Any, state: Any) -> None:
        try:
            method(self, state)
        except SkembedError:
            raise
        except Exception as error:
            raise PickleVersionError(
                f"The pickle holds a state of {type(self).__name__} that skembed {__version__} "
                f"does not know ({type(error).__name__}: {error!s:.100}). {_REMEDY}"
            ) from error

    return wrapper


def lasting_name(thing: Any) -> str | None:
    """Return the name that pickles use for a class or a function; None if it is not ours."""
    module, name = (getattr(thing, attribute, None) for attribute in ("__module__", "__qualname__"))
    return NAMES.get(f"{module}:{name}")


class Lasting:
    """Base class of what pickles by a lasting name instead of by module and class name.

    A subclass defined by a user is pickled in the ordinary way, by its own name.
    """

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        reduced: Any = super().__reduce_ex__(max(2, int(protocol)))
        name = lasting_name(type(self))
        if name is None:
            return reduced
        _, (_, *args), *state = reduced
        return restore, (name, FORMAT, *args), *state

    def __copy__(self) -> Any:
        # A pickle may leave out some of what this object has; a copy shares all of it.
        copy = object.__new__(type(self))
        vars(copy).update(vars(self))
        return copy


class Named:
    """Stands in a pickle for what `restore` returns for a name and arguments."""

    def __init__(self, name: str, *args: Any) -> None:
        self._args = name, FORMAT, *args

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Named | None":
        """Return what stands for a function of skembed, or None for other functions."""
        name = lasting_name(function)
        return None if name is None else cls(name)

    def __reduce__(self) -> Any:
        return restore, self._args

    @staticmethod
    def resolved(value: Any) -> Any:
        """Return what a value stands for; only pickle replaces it without being asked."""
        return restore(*value._args) if isinstance(value, Named) else value


def portable(function: Any) -> Any:
    """Return what to pickle for a function that a user may have passed.

    pickle stores a function by its name and module. The module of functions defined in a notebook
    or a script is ``__main__``, which differs in the loading process, and functions within
    functions have no name to find them by. So the code of these is stored instead. For a
    function of skembed, its lasting name is stored.

    Parameters
    ----------
    function : object
        A function, another callable, or anything else, which is returned as it is.

    Returns
    -------
    object
        `function`, or what pickles its code or its name and unpickles as the function.
    """
    if not callable(function):
        return function
    if _is_found_by_name(function):
        return Named.of(function) or function
    return wrap_non_picklable_objects(function, keep_wrapper=False)


def _is_found_by_name(function: Any) -> bool:
    if isinstance(function, partial):
        return _is_found_by_name(function.func)
    named = function if hasattr(function, "__qualname__") else type(function)
    return getattr(named, "__module__", None) != "__main__" and "<" not in named.__qualname__
