"""Every use of parts of Keras that its documentation does not promise.

Tried with Keras 3.14 and 3.15. Before ``pyproject.toml`` allows a newer version, run the
tests with it and compare this module with its source.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras.src.backend.common import global_state
from keras.src.random import seed_generator
from keras.src.saving import serialization_lib
from keras.src.trainers.data_adapters.data_adapter_utils import get_tensor_spec
from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

__all__ = [
    "KnownShapes",
    "adam_moments",
    "build_metrics",
    "compilation",
    "custom_gradient",
    "first_epoch",
    "forward_pass",
    "input_layers",
    "let_rows_vary",
    "new_names_and_seeds",
    "release_values",
    "rename",
    "set_value",
    "trace_prediction",
    "trace_step",
    "updated_metrics",
]


class _TensorFlowIfImported:
    """Stands for TensorFlow in Keras's serialization; available once TensorFlow is imported.

    Keras copies and saves objects, as ``clone`` does with an optimizer, by serializing them. On
    every backend it would import TensorFlow to ask whether a value is of one of its types,
    which none can be as long as TensorFlow is not imported.
    """

    def __init__(self, tensorflow: Any) -> None:
        self._tensorflow = tensorflow  # Keras's own stand-in, which imports it on first use

    @property
    def available(self) -> bool:
        return sys.modules.get("tensorflow") is not None and self._tensorflow.available

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tensorflow, name)


if keras.backend.backend() != "tensorflow":
    serialization_lib.tf = _TensorFlowIfImported(serialization_lib.tf)


@contextmanager
def new_names_and_seeds(seed: int) -> Iterator[None]:
    """Number layer names from the start and draw the seeds of layers from a new generator.

    Parameters
    ----------
    seed : int
        The seed of the generator.
    """
    names = global_state.get_global_attribute("object_name_uids")
    generator = seed_generator.python_random
    try:
        seed_generator.python_random = random.Random(seed)
        global_state.set_global_attribute("object_name_uids", None)
        yield
    finally:
        seed_generator.python_random = generator
        global_state.set_global_attribute("object_name_uids", names)


class KnownShapes(PyDatasetAdapter):  # type: ignore[misc]
    """Pass batches to ``keras.Model.fit`` together with their shapes.

    Keras would infer the shape of all batches from the first two batches of the first
    epoch, and an epoch with other shapes would fail. On TensorFlow, autotuning is disabled: at
    the end of an epoch its thread often sleeps for as long as the epoch took.

    Parameters
    ----------
    x : keras.utils.PyDataset
        The batches. Their method ``examples`` returns two batches that differ in every
        dimension that varies.
    """

    def get_tf_dataset(self) -> Any:
        """Return Keras's dataset, with the shapes of all batches and without autotuning."""
        self._output_signature = get_tensor_spec(self.py_dataset.examples())
        dataset = super().get_tf_dataset()
        options = type(dataset.options())()
        options.autotune.enabled = False
        return dataset.with_options(options)


def trace_prediction(model: keras.Model) -> Callable[[Any], Any]:
    """Trace the prediction function for any number of documents of any length.

    By default TensorFlow traces for the first shape that it sees, and generalizes when it
    sees a second one. Then the last bits of predictions would depend on earlier use.

    Parameters
    ----------
    model : keras.Model
        The network, on TensorFlow.

    Returns
    -------
    callable
        The trace, from ``[(arrays,)]`` to a tensor of outputs. A direct call of it spares the
        choice among traces, which takes TensorFlow as long as a small network.
    """
    specs = tuple(
        get_tensor_spec([np.zeros((n, each.shape[1] or n), each.dtype) for n in (1, 2)])
        for each in model.inputs
    )
    model.make_predict_function()
    trace: Callable[[Any], Any] = model.predict_function.get_concrete_function(
        [(specs if len(specs) > 1 else specs[0],)]
    )
    return trace


def trace_step(
    model: keras.Model, name: str, examples: list[tuple[npt.NDArray[Any], ...]]
) -> Callable[[Any], dict[str, Any]]:
    """Trace a step of a compiled model as ``keras.Model.fit`` does, without a pipeline around it.

    Parameters
    ----------
    model : keras.Model
        The network, on TensorFlow.
    name : {"train_step", "test_step"}
        The method to trace.
    examples : list of tuple of ndarray
        Two batches that differ in every dimension that varies.

    Returns
    -------
    callable
        The trace, from a batch to what is logged.
    """
    method, strategy = getattr(model, name), model.distribute_strategy
    function = sys.modules["tensorflow"].function(
        lambda batch: strategy.run(method, args=(batch,)),
        autograph=False,
        jit_compile=model.jit_compile,
    )
    trace: Callable[[Any], dict[str, Any]] = function.get_concrete_function(
        get_tensor_spec(examples)
    )
    return trace


def first_epoch(model: keras.Model) -> int:
    """Return the epoch at which training begins: not 0 if ``BackupAndRestore`` restored one."""
    return model._initial_epoch or 0


def compilation(model: keras.Model) -> tuple[Any, ...]:
    """Return objects that ``compile`` replaces, the optimizer and the loss."""
    return model.optimizer, model._compile_loss


@contextmanager
def forward_pass(model: keras.Model, call: Callable[..., Any]) -> Iterator[None]:
    """Replace the forward pass of a model within the context.

    Parameters
    ----------
    model : keras.Model
        The network.
    call : callable
        Called as ``call(inputs, training, mask)``.
    """
    model.call = call
    try:
        yield
    finally:
        del model.call


def let_rows_vary(model: keras.Model, variables: list[keras.Variable]) -> None:
    """Let graphs that are traced from now on work for any number of rows of some variables.

    Parameters
    ----------
    model : keras.Model
        A compiled network with a built optimizer, on TensorFlow. Graphs that were traced
        before do not see these variables change any more.
    variables : list of keras.Variable
        Variables of the network and of its optimizer. Set them with `set_value` only.
    """
    for variable in variables:
        value, shape = variable.value, variable.shape
        variable._value = type(value)(
            value, trainable=value.trainable, name=variable.name, shape=(None, *shape[1:])
        )
        variable._value._shape = shape  # graphs see another attribute; this one is exported
    # Optimizers know variables by the replaced objects. One for half precision holds another one.
    for optimizer in (model.optimizer, getattr(model.optimizer, "inner_optimizer", None)):
        if optimizer is not None:
            keys = map(optimizer._var_key, optimizer._trainable_variables)
            optimizer._trainable_variables_indices = {key: i for i, key in enumerate(keys)}


def set_value(variable: keras.Variable, value: keras.Variable) -> None:
    """Assign the value of another variable, which may have another number of rows.

    Parameters
    ----------
    variable : keras.Variable
        The variable, on TensorFlow. If the number of rows differs, `let_rows_vary` was called
        with it.
    value : keras.Variable or tensor
        The value.
    """
    shape = value.shape
    variable._shape, variable.value._shape = tuple(shape), type(shape)(None)
    variable.assign(value)
    variable.value._shape = shape


def adam_moments(
    adam: keras.optimizers.Adam, variable: keras.Variable
) -> tuple[keras.Variable, keras.Variable]:
    """Return Adam's estimates of the first and second moment of a variable's gradient.

    Parameters
    ----------
    adam : keras.optimizers.Adam
        The optimizer, built.
    variable : keras.Variable
        A variable that it trains.
    """
    index = adam._get_variable_index(variable)
    return adam._momentums[index], adam._velocities[index]


def custom_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of one result with a gradient of its own, as ``ops.custom_gradient`` does.

    TensorFlow registers a gradient for each trace, and with it keeps the graph for the life of
    the process. A gradient tape, which training uses, does not need that, so it is undone.

    Parameters
    ----------
    function : callable
        Returns a tensor and the function that computes the gradients of its arguments.
    """
    differentiable = keras.ops.custom_gradient(function)

    @wraps(function)
    def call(*args: Any) -> Any:
        result = differentiable(*args)
        if hasattr(result, "graph"):  # a tensor of TensorFlow that is being traced
            registered = sys.modules["tensorflow.python.framework.ops"].gradient_registry._registry
            registered.pop(result.op.get_attr("_gradient_op_type").decode(), None)
        return result

    return call


def build_metrics(model: keras.Model, *batch: npt.NDArray[Any]) -> None:
    """Create the variables of a compiled model's metrics without computing them.

    Parameters
    ----------
    model : keras.Model
        The network.
    *batch : ndarray
        Ids, targets and optionally weights of some documents.
    """
    model._symbolic_build(data_batch=batch)


def updated_metrics(
    model: keras.Model, metrics: list[Any], loss: Any, n_documents: Any, batch: tuple[Any, ...]
) -> list[Any]:
    """Return the variables of a model's metrics after a batch, as ``keras.Model.fit`` does on JAX.

    Parameters
    ----------
    model : keras.Model
        The network, compiled.
    metrics : list of array
        The values of ``model.metrics_variables`` so far.
    loss : array
        The loss of the batch.
    n_documents : int or array
        The number of documents in the batch: the weight of its loss.
    batch : tuple of array
        Ids, targets, outputs and weights or None.
    """
    with keras.StatelessScope([*zip(model.metrics_variables, metrics)]) as scope:
        model._loss_tracker.update_state(loss, sample_weight=n_documents)
        model.compute_metrics(*batch)
    return [scope.get_current_value(variable) for variable in model.metrics_variables]


def release_values(model: keras.Model) -> None:
    """Release the values of all variables of a model, on JAX.

    The model can still be called with values that are passed to its stateless methods.

    Parameters
    ----------
    model : keras.Model
        The network.
    """
    model._purge_model_variables(True, True, model.compiled, model.compiled)


def rename(layer: keras.Layer, name: str) -> None:
    """Give a layer another name before a model is made of it.

    Parameters
    ----------
    layer : keras.Layer
        The layer; the names of its variables stay.
    name : str
        The name, without ``/``.
    """
    layer.name = name


def input_layers(model: keras.Model) -> list[str] | None:
    """Return the names of a model's inputs in their order, or None if it has none or a dict.

    Parameters
    ----------
    model : keras.Model
        The network, which may be of a user's own class.
    """
    if isinstance(getattr(model, "_inputs_struct", {}), dict):
        return None
    return [tensor._keras_history.operation.name for tensor in model.inputs]
