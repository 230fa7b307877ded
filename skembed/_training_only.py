"""What only ``fit`` needs, and how the pickle of a fitted estimator does without it."""

import os
from copy import copy
from hashlib import blake2b
from inspect import signature
from operator import is_
from threading import Lock
from typing import Any, ClassVar
from uuid import uuid4
from weakref import WeakKeyDictionary, WeakValueDictionary

from skembed._pickles import Lasting, Named, portable, restores_state
from skembed._python_parameters import PythonParameters
from skembed.errors import NotSavedError

__all__ = ["NotSaved", "SavedPath", "TrainingOnly", "part_of_a_fitted"]

# Data in classes of these packages is kept: skembed cannot be installed without them.
_DATA = {"builtins", "gensim", "numpy", "pandas"}

# The originals, as long as they live in this process, by what a pickle holds instead.
_PATHS: dict[str, Any] = {}
_OBJECTS: WeakValueDictionary[str, Any] = WeakValueDictionary()
_LOCK = Lock()

# The values of parameters that were found valid, as long as their estimator lives.
_VALID: WeakKeyDictionary["TrainingOnly", list[Any]] = WeakKeyDictionary()


class NotSaved(Lasting):
    """Stands in a loaded estimator for an object that only training needed.

    Where the object still lives, in the process that pickled it, unpickling returns the
    object itself.

    Parameters
    ----------
    what : str
        The module and name of the object, or of its class.
    token : str or None
        Identifies the object.
    """

    what: str
    token: str | None

    def __new__(cls, what: str, token: str | None) -> Any:
        """Return the object if it lives in this process, otherwise a placeholder."""
        alive = None if token is None else _OBJECTS.get(token)
        if alive is not None:
            return alive
        placeholder = super().__new__(cls)
        placeholder.what, placeholder.token = what, token
        return placeholder

    def __getnewargs__(self) -> tuple[str, str | None]:
        return self.what, self.token

    def __repr__(self) -> str:
        return f"<{self.what}, not saved: only training needed it>"


class SavedPath:
    """Stands in a pickle for an absolute path: elsewhere it becomes the name of the file."""

    def __new__(cls, name: str, token: str) -> Any:
        """Return the whole path if this process knows it, otherwise the name."""
        return _PATHS.get(token, name)


class TrainingOnly(PythonParameters):
    """Estimator whose pickle, once fitted, leaves out what only ``fit`` needs.

    Of the parameters in `_for_training`, and of those routed to them, the pickle of a fitted
    estimator keeps data. An absolute path is reduced to the name of the file, and for any other
    object, class or function a :class:`NotSaved` is loaded. Unfitted estimators, such as those
    sent to the workers of a search, and those with ``warm_start=True`` are pickled completely;
    unfitted parts of a fitted estimator are not, see `part_of_a_fitted`.
    A copy, and what is loaded in the process that pickled, has the same objects as the original.

    The parameters in `_functions` are needed for predictions, so what makes them portable is
    pickled. A parameter that is newer than a pickle has its default.
    """

    _for_training: ClassVar[tuple[str, ...]] = ()
    _functions: ClassVar[tuple[str, ...]] = ()
    _is_part_of_a_fitted: bool

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = {**super().__getstate__()}  # type: ignore[dict-item]
        is_part = state.pop("_is_part_of_a_fitted", False)
        state |= {name: portable(state[name]) for name in self._functions}
        reduced = {  # always: a hash of an unfitted step makes its path known to this process
            name: _reduced(value) if self._is_for_training(name) else value
            for name, value in state.items()
        }
        is_fitted = any(name.endswith("_") and not name.startswith("_") for name in state)
        leaves_out = (is_fitted or is_part) and not getattr(self, "warm_start", False)
        if leaves_out:
            return reduced
        read = self._read_by_fit()
        return state | {"_read_by_fit": read} if read else state

    def _read_by_fit(self) -> list[str]:
        """Return versions of the files that `fit` would read now.

        They are in the pickle of an unfitted estimator for one purpose: its hash, such as that of
        ``Pipeline(memory=...)``, changes with what `fit` would learn.
        """
        return []

    @restores_state
    def __setstate__(self, state: dict[str, Any]) -> None:
        state = {name: _resolved(value) for name, value in state.items()}
        parameters = signature(type(self)).parameters.values()
        added = {p.name: p.default for p in parameters if p.default is not p.empty}
        super().__setstate__(added | state)  # older files lack new parameters
        vars(self).pop("_read_by_fit", None)
        observers = vars(self).pop("_skl_callbacks", [])
        observers = [observer for observer in observers if not isinstance(observer, NotSaved)]
        if observers:
            self._skl_callbacks = observers

    def _is_for_training(self, name: str) -> bool:
        return name.split("__")[0] in (*self._for_training, "_skl_callbacks")

    def _not_saved(self) -> dict[str, Any]:
        """Return the parameters that were left out of the pickle that this was loaded from."""
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        return {name: value for name, value in params.items() if _lacks(value)}

    def _validate_params(self) -> None:
        for name, value in self._not_saved().items():
            raise NotSavedError(
                f"{name}={value!r}: this {type(self).__name__} was saved after fit, without what "
                f"only training needs. To fit it again, set what is missing: "
                f"set_params({name}=...)."
            )
        super()._validate_params()  # type: ignore[misc]

    def _validate_new_params(self) -> None:
        """Validate the parameters, unless the same values have been found valid before.

        Validation takes longer than to clean or to split a short text.
        """
        values = [*map(vars(self).get, self._parameter_constraints)]  # type: ignore[attr-defined]
        if not _is_same(values, _VALID.get(self)):
            self._validate_params()
            _VALID[self] = values


def part_of_a_fitted(value: Any) -> Any:
    """Return a copy of unfitted estimators that is pickled without what only training needs.

    Parameters
    ----------
    value : object
        An estimator with all of its parts, or estimators in lists, tuples and dicts. Anything
        else is returned as it is.
    """
    if type(value) in (list, tuple):
        return type(value)(map(part_of_a_fitted, value))
    if type(value) is dict:
        return {name: part_of_a_fitted(part) for name, part in value.items()}
    if isinstance(value, type) or not hasattr(value, "get_params"):
        return value
    twin = copy(value)
    for name, part in value.get_params(deep=False).items():
        setattr(twin, name, part_of_a_fitted(part))
    if isinstance(twin, TrainingOnly):
        twin._is_part_of_a_fitted = True
    return twin


def _is_same(values: list[Any], known: list[Any] | None) -> bool:
    return known is not None and all(map(is_, values, known))


def _lacks(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_lacks, value))
    return isinstance(value, NotSaved)


def _reduced(value: Any) -> Any:
    """Return what to pickle for something that only training needs."""
    if isinstance(value, os.PathLike) or (isinstance(value, str) and os.path.isabs(value)):
        return _file_name(value)
    if type(value) in (list, tuple):
        return type(value)(map(_reduced, value))
    return value if isinstance(value, NotSaved) or _is_data(value) else _placeholder(value)


def _resolved(value: Any) -> Any:
    """Return what stands for something that only training needs; pickle itself did it already."""
    if type(value) in (list, tuple) and any(isinstance(part, Named) for part in value):
        return type(value)(map(_resolved, value))
    return Named.resolved(value)


def _is_data(value: Any) -> bool:
    if type(value) is dict:
        return all(map(_is_data, value.values()))
    return type(value).__module__.split(".")[0] in _DATA and not callable(value)


def _file_name(path: Any) -> Named:
    whole = os.fspath(path)
    name = os.path.basename(whole) if os.path.isabs(whole) else whole
    token = blake2b(f"{type(path).__name__} {whole}".encode(), digest_size=16).hexdigest()
    _PATHS[token] = path
    return Named("SavedPath", name, token)


def _placeholder(value: Any) -> Named:
    named = value if hasattr(value, "__qualname__") else type(value)
    what = f"{named.__module__}.{named.__qualname__}"
    return Named("NotSaved", what, _token(value))


def _token(value: Any) -> str | None:
    with _LOCK:
        known = (token for token, other in _OBJECTS.items() if other is value)
        token = next(known, None) or uuid4().hex
        try:
            _OBJECTS[token] = value
        except TypeError:  # weak references to it are impossible
            return None
        return token
