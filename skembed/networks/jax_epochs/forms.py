"""Networks without values: what compiled programs depend on."""

import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable
from inspect import isfunction
from typing import Any

import keras
import numpy as np

from skembed.networks.jax_epochs.capacities import capacity
from skembed.networks.jax_epochs.dropout import with_any_rate
from skembed.networks.live_network import LiveNetwork
from skembed.networks.runtime.keras_internals import build_metrics, compilation, release_values
from skembed.networks.runtime.seeding import building

__all__ = ["FORMS", "Form", "Forms", "own_form"]

_MAX_FORMS = 32
_SPARE_ROWS = 0.25  # an optimizer computes them; half as many documents more have so many words
# The loss of a batch with empty rows can be corrected for these reductions.
_REDUCTIONS = ("sum_over_batch_size", "mean", "sum")
# They treat each weight by itself, so rows of zeros change nothing. Others use norms or means.
_ROW_BY_ROW = ("SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Nadam", "Lion")


class Form:
    """A network that lends its structure to all networks of the same form.

    Parameters
    ----------
    model : keras.Model
        A compiled network, or an uncompiled one for prediction only. Only its structure is
        used: the values of its variables are passed to the programs.
    examples : tuple of ndarray
        Ids, targets and optionally weights of some documents; empty for prediction only.
    skips_rows : bool
        Whether batches may contain rows without a document.

    Attributes
    ----------
    programs : dict
        The compiled programs by what they were compiled for.
    sizes : set of (int, int)
        Numbers of documents and of tokens for which there are programs.
    """

    def __init__(self, model: keras.Model, examples: tuple[Any, ...], skips_rows: bool) -> None:
        self.model = model
        self.skips_rows = skips_rows
        self.programs: dict[Any, Callable[..., Any]] = {}
        self.sizes: set[tuple[int, int]] = set()
        self.lock = threading.RLock()
        #: Identifies what a network of its own was compiled with; see `own_form`.
        self.compilation: tuple[Any, ...] = ()
        if examples:
            build_metrics(model, *examples)
            model.reset_metrics()
            self.names = [*model.get_metrics_result()]
            self.no_metrics = [np.array(variable.value) for variable in model.metrics_variables]

    def loss_weights(self, weights: Any, present: Any) -> Any:
        """Return the weights of the rows for which the loss is that of the documents alone."""
        if present is None:
            return weights
        counted = keras.ops.cast(present, "float32")
        if _reduction(self.model) != "sum":
            counted = counted / keras.ops.mean(counted)
        return counted if weights is None else weights * counted

    def results(self, metrics: Any) -> list[Any]:
        """Return the loss and the metrics, in the order of `names`."""
        with keras.StatelessScope([*zip(self.model.metrics_variables, metrics)]):
            results = self.model.get_metrics_result()
        return [results[name] for name in self.names]


class Forms:
    """The forms of this process, by what programs depend on.

    Parameters
    ----------
    max_forms : int, default=32
        Maximum number of forms; those not used for longest are discarded with their programs.
    """

    def __init__(self, max_forms: int = _MAX_FORMS) -> None:
        self.max_forms = max_forms
        self._forms: OrderedDict[str, dict[int, Form]] = OrderedDict()
        self._lock = threading.RLock()

    def find(
        self, model: keras.Model, n_ids: int | None, examples: tuple[Any, ...] = ()
    ) -> Form | None:
        """Return the form of a network, or None if a user defined a part of it.

        Parameters
        ----------
        model : keras.Model
            The network; compiled, with a built optimizer, unless `examples` is empty.
        n_ids : int or None
            The number of ids of a built-in architecture, which are rounded up; otherwise None.
        examples : tuple of ndarray, default=()
            Ids, targets and optionally weights of some documents, to train on such.
        """
        configs = _configs(model, for_training=bool(examples))
        if configs is None:
            return None
        if examples and n_ids is not None:
            configs["model"] = _replaced(configs["model"], with_any_rate)
        skips_rows = n_ids is not None and bool(examples) and _reduction(model) in _REDUCTIONS
        if examples and not _ignores_zeros(model.optimizer):
            n_ids = None
        types = [(array.dtype.str, array.ndim) for array in examples]
        also = types, skips_rows, _settings()
        key = repr((configs if n_ids is None else _with_rows(configs, n_ids, 0), also))
        with self._lock:
            of_sizes = self._forms.setdefault(key, {})
            self._forms.move_to_end(key)
            n_rows = 0 if n_ids is None else capacity(n_ids, of_sizes, _SPARE_ROWS)
            if n_rows not in of_sizes:
                if n_ids is not None:
                    configs = _with_rows(configs, n_ids, n_rows)
                try:
                    of_sizes[n_rows] = _new_form(type(model), configs, examples, skips_rows)
                except (TypeError, ValueError):  # Keras finds no class of a user's by its name
                    return None
            while len(self._forms) > self.max_forms:
                self._forms.popitem(last=False)
            return of_sizes[n_rows]


#: The forms of this process.
FORMS = Forms()


def own_form(live: LiveNetwork, examples: tuple[Any, ...]) -> Form:
    """Return the form of a network of which a user defined a part; kept with the network."""
    model, form = live.model, live.compiled
    now = *compilation(model), *(variable.trainable for variable in model.variables)
    if not isinstance(form, Form) or form.compilation != now:
        form = live.compiled = Form(model, examples, skips_rows=False)
        form.compilation = now
    return form


def _configs(model: keras.Model, for_training: bool) -> dict[str, Any] | None:
    """Return the configurations that programs depend on: of the model and of its compilation.

    None if they do not say everything, because a user defined a part.
    """
    if not type(model).__module__.startswith("keras."):
        return None
    configs: dict[str, Any] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of lambda functions, which are not of Keras
            configs["model"] = model.get_config()
            if for_training:
                optimizer = keras.optimizers.serialize(model.optimizer)
                configs["compile"] = (model.get_compile_config() or {}) | {"optimizer": optimizer}
                if _is_function_of_keras(model.loss):
                    configs["compile"]["loss"] = model.loss.__name__
    except Exception:  # a part of the user has no configuration
        return None
    if not _is_of_keras(configs):
        return None
    if not for_training:
        return _replaced(configs, _not_predicting)  # type: ignore[no-any-return]
    if isinstance(optimizer["config"].get("learning_rate"), float):  # it is a variable
        optimizer["config"]["learning_rate"] = 0.0
    return configs


def _is_function_of_keras(loss: Any) -> bool:
    return isfunction(loss) and loss.__module__.startswith("keras.")


def _is_of_keras(config: Any) -> bool:
    if isinstance(config, list | tuple):
        return all(map(_is_of_keras, config))
    if not isinstance(config, dict):
        return True
    name, module = config.get("class_name", ""), config.get("module") or "keras"
    own = str(module).split(".")[0] == "keras" and name not in ("Lambda", "__lambda__")
    return own and all(map(_is_of_keras, config.values()))


def _replaced(config: Any, values: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a configuration with other values for some names, wherever they occur in it."""
    if isinstance(config, list | tuple):
        return type(config)(_replaced(part, values) for part in config)
    if not isinstance(config, dict):
        return config
    new = {name: values(config).get(name, part) for name, part in config.items()}
    return {name: _replaced(part, values) for name, part in new.items()}


def _not_predicting(part: dict[str, Any]) -> dict[str, Any]:
    """Return values for what does not matter in predictions; dropout at rate 0 has no seeds."""
    return {"trainable": True} | ({"rate": 0.5} if part.get("rate") else {})


def _with_rows(config: Any, n_ids: int, n_rows: int) -> Any:
    """Return a configuration with another number of rows in its word vectors."""

    def values(part: dict[str, Any]) -> dict[str, Any]:
        is_of_words = "embeddings_initializer" in part and part["input_dim"] == n_ids
        return {"input_dim": n_rows, "embeddings_initializer": "zeros"} if is_of_words else {}

    return _replaced(config, values)


def _new_form(
    kind: type[keras.Model], configs: dict[str, Any], examples: tuple[Any, ...], skips_rows: bool
) -> Form:
    with building(0):
        model = kind.from_config(configs["model"])
        if examples:
            compiled = dict(configs["compile"])
            if skips_rows:  # these metrics are told which rows to count
                compiled["weighted_metrics"] = compiled.pop("metrics")
            model.compile_from_config(compiled)
        form = Form(model, examples, skips_rows)
    release_values(model)
    return form


def _reduction(model: keras.Model) -> str:
    return getattr(keras.losses.get(model.loss), "reduction", "sum_over_batch_size") or "none"


def _ignores_zeros(optimizer: keras.optimizers.Optimizer) -> bool:
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return type(optimizer).__name__ in _ROW_BY_ROW


def _settings() -> tuple[Any, ...]:
    """Return the settings of Keras and JAX that programs depend on."""
    import jax

    of_keras = keras.config.floatx(), keras.config.epsilon(), keras.config.dtype_policy().name
    precision = jax.config.jax_default_matmul_precision
    return *of_keras, precision, jax.config.jax_enable_x64, jax.default_backend()
