"""Networks without values: what compiled programs depend on."""

import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable
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
    sizes : set of tuple of int
        Numbers of documents, and of tokens in each text, for which there are programs.
    """

    def __init__(self, model: keras.Model, examples: tuple[Any, ...], skips_rows: bool) -> None:
        self.model = model
        self.skips_rows = skips_rows
        self.programs: dict[Any, Callable[..., Any]] = {}
        self.sizes: set[tuple[int, ...]] = set()
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
        self._forms: OrderedDict[str, dict[tuple[int, ...], Form]] = OrderedDict()
        self._lock = threading.RLock()

    def find(self, model: keras.Model, named: bool, examples: tuple[Any, ...] = ()) -> Form | None:
        """Return the form of a network, or None if a user defined a part of it.

        Parameters
        ----------
        model : keras.Model
            The network; compiled, with a built optimizer, unless `examples` is empty.
        named : bool
            Whether it has a built-in architecture. The numbers of ids are then rounded up.
        examples : tuple of ndarray, default=()
            Ids, targets and optionally weights of some documents, to train on such.
        """
        configs = _configs(model, for_training=bool(examples))
        if configs is None:
            return None
        if examples and named:
            configs["model"] = _replaced(configs["model"], with_any_rate)
        skips_rows = named and bool(examples) and _reduction(model) in _REDUCTIONS
        if examples and not _ignores_zeros(model.optimizer):
            named = False
        n_ids = _numbers_of_ids(model) if named else ()
        types = [(array.dtype.str, array.ndim) for array in keras.tree.flatten(examples)]
        also = types, skips_rows, _settings()
        key = repr((_with_rows(configs, [0] * len(n_ids)), also))
        with self._lock:
            of_sizes = self._forms.setdefault(key, {})
            self._forms.move_to_end(key)
            n_rows = _capacities(n_ids, [*of_sizes])
            if n_rows not in of_sizes:
                configs = _with_rows(configs, n_rows)
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
    changes = values(config)
    return {name: _replaced(changes.get(name, part), values) for name, part in config.items()}


def _not_predicting(part: dict[str, Any]) -> dict[str, Any]:
    """Return values for what does not matter in predictions; dropout at rate 0 has no seeds."""
    return {"trainable": True} | ({"rate": 0.5} if part.get("rate") else {})


def _numbers_of_ids(model: keras.Model) -> tuple[int, ...]:
    return tuple(x.input_dim for x in model.layers if isinstance(x, keras.layers.Embedding))


def _capacities(n_ids: tuple[int, ...], known: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the rows of the vectors of each text; those of a known form, if all fit."""
    for sizes in sorted(known):
        if all(capacity(n, [size], _SPARE_ROWS) == size for n, size in zip(n_ids, sizes)):
            return sizes
    return tuple(capacity(n, [], _SPARE_ROWS) for n in n_ids)


def _with_rows(config: Any, n_rows: Iterable[int]) -> Any:
    """Return a configuration with other numbers of rows in its word vectors, in their order.

    Without such numbers, the configuration stays as it is.
    """
    rows = iter(n_rows)

    def values(part: dict[str, Any]) -> dict[str, Any]:
        if "embeddings_initializer" not in part:
            return {}
        n = next(rows, None)
        return {} if n is None else {"input_dim": n, "embeddings_initializer": "zeros"}

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
