"""The interface to scikeras and workarounds for its incompatibilities.

No other module imports scikeras. scikeras 0.13 was written for scikit-learn before 1.6
and Keras 3.0. It provides the base class (``KerasTextClassifier`` is a scikeras
``KerasClassifier``) and the names of nested parameters such as
``optimizer__learning_rate``. Everything else is replaced here or in the classifier;
``tests/networks/runtime/test_scikeras_traps.py`` has a test for each case.
"""

import copy
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import keras
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import ClassifierTags
from sklearn.utils._param_validation import InvalidParameterError

from skembed.networks.runtime.keras_copies import copied
from skembed.networks.runtime.routed_parameters import made, parameters_for
from skembed.networks.training.lazy_adam import lazy

__all__ = ["ScikerasClassifier", "tensorflow_settings"]

# Importing scikeras replaces these methods for the whole process: models with Lambda layers
# can then be pickled but not unpickled. The originals are restored below.
_REPLACED = (
    (keras.Model, "__reduce__"),
    (keras.Model, "__deepcopy__"),
    (keras.losses.Loss, "__reduce__"),
    (keras.metrics.Metric, "__reduce__"),
    (keras.optimizers.Optimizer, "__reduce__"),
)
_originals = [vars(owner).get(name) for owner, name in _REPLACED]


@contextmanager
def _tensorflow_for_its_backend_only() -> Iterator[None]:
    """Hide TensorFlow on other backends: scikeras imports it wherever it is installed.

    scikeras works without it. TensorFlow that is already imported stays visible.
    """
    if keras.backend.backend() == "tensorflow" or "tensorflow" in sys.modules:
        yield
        return
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # its import then fails
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


with _tensorflow_for_its_backend_only():
    #: TensorFlow's settings, as scikeras imports them; its ``config`` exists with TensorFlow only.
    from scikeras.utils import random_state as tensorflow_settings
    from scikeras.wrappers import KerasClassifier

for (_owner, _name), _original in zip(_REPLACED, _originals):
    if _original is None:
        delattr(_owner, _name)
    else:
        setattr(_owner, _name, _original)


class ScikerasClassifier(KerasClassifier):  # type: ignore[misc]
    """A scikeras classifier that is compatible with scikit-learn 1.9.

    Subclasses assign their own parameters in ``__init__`` and pass all others to
    :meth:`_set_routed`.
    """

    _routing_prefixes = ("architecture", "callbacks", "optimizer", "text")

    # Hide scikeras attributes that belong to its own training, which has no token sequences.
    initialize = initialized_ = current_epoch = scorer = property()
    feature_encoder = target_encoder = property()

    __repr__ = BaseEstimator.__repr__
    score = ClassifierMixin.score

    def __sklearn_tags__(self) -> Any:
        # scikeras lists ClassifierMixin after BaseEstimator, so its tags are lost.
        tags = BaseEstimator.__sklearn_tags__(self)
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags()
        tags.classifier_tags.multi_label = True
        tags.target_tags.required = True
        tags.input_tags.categorical = True  # word ids are integers
        tags.input_tags.positive_only = True
        tags.non_deterministic = self.random_state is None
        return tags

    def _set_routed(self, routed: dict[str, Any]) -> None:
        for name, value in routed.items():
            if not self._is_routed(name):
                raise InvalidParameterError(
                    f"{type(self).__name__}() got an unexpected parameter {name!r}. Expected one "
                    f"of {', '.join(self._own_param_names())}, or optimizer__..., callbacks__..., "
                    "architecture__... and text__... (for parameters of a loss or metric, pass an "
                    "instance)"
                )
            setattr(self, name, value)

    def _is_routed(self, name: str) -> bool:
        return any(name.startswith(f"{prefix}__") for prefix in self._routing_prefixes)

    def _own_param_names(self) -> list[str]:
        parameters = inspect.signature(type(self).__init__).parameters.values()
        return sorted(p.name for p in parameters if p.kind == p.KEYWORD_ONLY)

    def _get_param_names(self) -> list[str]:
        # scikeras treats every attribute without a trailing underscore as a parameter.
        return [*self._own_param_names(), *sorted(filter(self._is_routed, vars(self)))]

    def set_params(self, **params: Any) -> Self:
        """Set parameters, including routed ones.

        Parameters
        ----------
        **params : dict
            Names from :meth:`get_params`, or routed ones such as ``optimizer__learning_rate``.

        Returns
        -------
        ScikerasClassifier
            This instance.

        Raises
        ------
        ValueError
            If a parameter does not exist.
        """
        own = tuple(f"{name}__" for name in (*self._own_param_names(), "text"))
        self._set_routed({name: params.pop(name) for name in [*params] if name.startswith(own)})
        BaseEstimator.set_params(self, **params)
        return self

    def _new_optimizer(self) -> keras.optimizers.Optimizer:
        """Return a new optimizer for each network; a given instance is copied."""
        given, params = self.optimizer, self._routed_to("optimizer")
        if isinstance(given, str):
            given = keras.optimizers.Adam if given == "lazy_adam" else _optimizer_class(given)
        self._check_kind("optimizer", given, keras.optimizers.Optimizer)
        optimizer = made("optimizer", given, params)
        if optimizer is given:
            return copied("optimizer", given)
        return lazy(optimizer) if self.optimizer == "lazy_adam" else optimizer

    def _new_callbacks(self) -> list[keras.callbacks.Callback]:
        """Return new callbacks for each fit; given instances are copied."""
        given = [] if self.callbacks is None else self.callbacks
        given = [*given] if isinstance(given, list | tuple) else [given]
        for callback in given:
            self._check_kind("callbacks", callback, keras.callbacks.Callback)
        params = self._routed_to("callbacks")
        if params and not given:
            raise InvalidParameterError(
                f"callbacks__{next(iter(params))} is set, but callbacks is {self.callbacks}."
            )
        return [copy.deepcopy(callback) for callback in made("callbacks", given, params)]

    def _check_kind(self, name: str, value: Any, kind: type) -> None:
        if not issubclass(value if isinstance(value, type) else type(value), kind):
            raise InvalidParameterError(
                f"The {name!r} parameter of {type(self).__name__} takes instances and classes of "
                f"{kind.__module__.split('.')[0]}'s {kind.__name__}. Got {value!r} instead."
            )

    def _routed_to(self, destination: str) -> dict[str, Any]:
        return parameters_for(destination, self.get_params(deep=False))


def _optimizer_class(name: str) -> type:
    try:
        return type(keras.optimizers.get(name))
    except ValueError as error:
        raise InvalidParameterError(
            f"optimizer={name!r} is not the name of an optimizer in keras.optimizers, nor "
            "'lazy_adam'."
        ) from error
