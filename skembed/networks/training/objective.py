"""The loss and the metrics of a network, and the targets in the form that they expect."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import InvalidParameterError

from skembed.networks.runtime.keras_copies import copied
from skembed.targets import Target

__all__ = ["compile_for_outputs", "targets_for", "try_scores"]

# As in Keras, these names stand for the function that fits the outputs and the targets.
_CROSS_ENTROPY, _ACCURACY = ("crossentropy", "ce"), ("accuracy", "acc")


def compile_for_outputs(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    multilabel: bool,
    loss: Any = None,
    metrics: Any = None,
) -> None:
    """Compile a network with a loss and metrics that fit its outputs.

    Parameters
    ----------
    model : keras.Model
        The network.
    optimizer : keras.optimizers.Optimizer
        The optimizer.
    multilabel : bool
        Whether the targets are multilabel.
    loss : str, keras.losses.Loss, class or function, default=None
        The loss; None for cross-entropy.
    metrics : str, keras.metrics.Metric, class or function, or list of these, default=None
        The metrics; None for accuracy.

    Raises
    ------
    InvalidParameterError
        If the loss or a metric is unknown or does not fit the outputs.
    """
    exclusive = model.outputs[0].shape[1] > 1 and not multilabel
    if metrics is None:
        # For multilabel targets it is the fraction of correct labels, not of correct documents.
        metrics = [keras.metrics.BinaryAccuracy("binary_accuracy")] if multilabel else ["accuracy"]
    metrics = metrics if isinstance(metrics, list | tuple) else [metrics]
    losses = [] if loss is None or _is_one_of(loss, _CROSS_ENTROPY) else [_loss(loss)]
    scores = [
        metric if _is_one_of(metric, _ACCURACY + _CROSS_ENTROPY) else _metric(metric)
        for metric in metrics
    ]
    special = [score for score in scores if not isinstance(score, str)]
    for name, things in {"loss": losses, "metrics": special}.items():
        for thing in things:
            _check_fits(name, thing, exclusive)
    form = _form_of_targets(losses + special) if exclusive else "binary"
    model.compile(
        optimizer=optimizer,
        loss=losses[0] if losses else f"{form}_crossentropy",
        # Instances: a metric given by name would create its variables in the first training
        # step, which TensorFlow would then trace again.
        metrics=[
            _of_form(form, score) if isinstance(score, str) else _as_metric(score)
            for score in scores
        ],
    )


def targets_for(model: keras.Model, target: Target) -> npt.NDArray[Any]:
    """Return the targets in the form that the network's loss expects.

    Parameters
    ----------
    model : keras.Model
        A compiled network.
    target : Target
        The labels.
    """
    if target.multilabel:
        return target.codes.astype(np.float32)
    if model.outputs[0].shape[1] == 1:
        return target.codes.astype(np.float32)[:, np.newaxis]
    if _takes_class_numbers(keras.losses.get(model.loss)):
        return target.codes
    return np.eye(len(target.classes), dtype=np.float32)[target.codes]


def try_scores(model: keras.Model, target: Target) -> dict[str, Any] | None:
    """Compute the loss and the metrics of a compiled network for two documents.

    Parameters
    ----------
    model : keras.Model
        A compiled network. Its metrics are reset.
    target : Target
        The labels.

    Returns
    -------
    dict of str to float or array, or None
        What is logged, by name; None for a network that does not compute them as Keras does.

    Raises
    ------
    InvalidParameterError
        If Keras cannot compute the loss or a metric for such targets and outputs.
    """
    methods = ("train_step", "compute_loss", "compute_metrics")
    if any(getattr(type(model), name) is not getattr(keras.Model, name) for name in methods):
        return None
    targets = targets_for(model, target[np.arange(min(2, len(target.codes)))])
    n_units = model.outputs[0].shape[1]
    outputs = np.full((len(targets), n_units), 1 / max(2, n_units), np.float32)
    tensors = keras.ops.convert_to_tensor(targets), keras.ops.convert_to_tensor(outputs)
    try:
        model.compute_loss(None, *tensors)
        return dict(model.compute_metrics(None, *tensors))
    except Exception as error:
        raise InvalidParameterError(
            f"The loss or a metric does not fit targets of shape {targets.shape} and outputs of "
            f"shape {outputs.shape}, one row per document: {error}"
        ) from error
    finally:
        model.reset_metrics()


def _is_one_of(given: Any, names: tuple[str, ...]) -> bool:
    return isinstance(given, str) and given in names


def _of_form(form: str, name: str) -> keras.metrics.Metric:
    score = "crossentropy" if name in _CROSS_ENTROPY else "accuracy"
    return type(keras.metrics.get(f"{form}_{score}"))(name=name)


def _loss(given: Any) -> Any:
    return _found("loss", given, keras.losses.get, keras.losses.Loss)


def _metric(given: Any) -> Any:
    metric = _found("metrics", given, keras.metrics.get, keras.metrics.Metric)
    if isinstance(given, str):
        metric.name = given  # as Keras names it
    return metric


def _as_metric(metric: Any) -> keras.metrics.Metric:
    if isinstance(metric, keras.metrics.Metric):
        return metric
    return keras.metrics.MeanMetricWrapper(metric, name=_name(metric))


def _found(name: str, given: Any, get: Callable[[Any], Any], kind: type) -> Any:
    """Return the Keras object or the function that a user named or passed; objects are copied."""
    if isinstance(given, kind):
        return copied(name, given)
    known = issubclass(given, kind) if isinstance(given, type) else callable(given)
    try:
        if known or isinstance(given, str):
            return get(given)
    except TypeError as error:
        raise InvalidParameterError(
            f"{name}={given!r} cannot be made without parameters: pass an instance. {error}"
        ) from error
    except ValueError as error:
        raise _unknown(name, given, kind) from error
    raise _unknown(name, given, kind)


def _unknown(name: str, given: Any, kind: type) -> InvalidParameterError:
    home = "keras.losses" if name == "loss" else "keras.metrics"
    return InvalidParameterError(
        f"{name}={given!r} is neither a name in {home}, nor a {kind.__name__} or its class, nor a "
        "function of targets and outputs."
    )


def _takes_class_numbers(thing: Any) -> bool:
    """Tell whether a loss or metric takes the numbers of classes instead of indicators."""
    return any(name.startswith("sparse") for name in _names(thing))


def _names(thing: Any, only_keras: bool = False) -> list[str]:
    kinds = [thing] if hasattr(thing, "__name__") else type(thing).__mro__
    kinds = [kind for kind in kinds if not only_keras or kind.__module__.startswith("keras.")]
    return [kind.__name__.lower().replace("_", "") for kind in kinds]


def _form_of_targets(objects: list[Any]) -> str:
    numbers = [thing for thing in objects if _takes_class_numbers(thing)]
    others = [thing for thing in objects if not _takes_class_numbers(thing)]
    if numbers and others:
        raise InvalidParameterError(
            f"loss and metrics do not fit together: {_name(numbers[0])} takes the number of the "
            f"class, and {_name(others[0])} takes one column per class. Use the categorical loss "
            "or metric of the same name without 'Sparse'."
        )
    return "categorical" if others else "sparse_categorical"


def _check_fits(name: str, thing: Any, exclusive: bool) -> None:
    """Raise an error for a loss or metric that would be computed, but would mean nothing."""
    names = _names(thing, only_keras=True)
    config = thing.get_config() if hasattr(thing, "get_config") else {}
    problem = None
    if config.get("from_logits"):
        problem = "has from_logits=True, but the outputs are probabilities: use from_logits=False"
    elif type(thing) is keras.metrics.Accuracy:
        problem = "compares classes, but the outputs are probabilities: use 'accuracy'"
    elif not exclusive and any("categorical" in each for each in names):
        problem = (
            "needs one output for each of several classes that exclude each other, but the outputs "
            "are sigmoid units, one for two classes or one per label: use the binary form"
        )
    elif exclusive and any(each.startswith("binary") for each in names):
        problem = (
            "needs sigmoid units, one for two classes or one per label, but there is one output "
            "for each class and they sum to one: use the categorical form"
        )
    elif not exclusive and {"kldivergence", "cosinesimilarity"} & {*names}:
        problem = (
            "compares distributions over classes, but the outputs are sigmoid units, one for two "
            "classes or one per label: use 'binary_crossentropy'"
        )
    elif not exclusive and "fbetascore" in names and config["threshold"] is None:
        problem = (
            "has no threshold and so takes the largest output of a document for positive, but the "
            "outputs are sigmoid units, one for two classes or one per label: set threshold=0.5"
        )
    if problem:
        raise InvalidParameterError(f"{name}: {_name(thing)} {problem}.")


def _name(thing: Any) -> str:
    return getattr(thing, "__name__", None) or type(thing).__name__
