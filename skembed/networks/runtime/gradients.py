"""Gradients of a network's scores at its word vectors, on each backend."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from skembed.errors import ExplanationError

__all__ = ["embeddings_of", "score_gradients"]

Floats = npt.NDArray[np.float32]
#: Of ids (rows, width), scales (rows,) and contrasts (rows, n_outputs): scores (rows,) and
#: their derivatives (rows, width).
ScoreGradients = Callable[[npt.NDArray[np.int32], Floats, Floats], tuple[Floats, Floats]]

_MIN_PROBABILITY = 1e-7


def embeddings_of(model: keras.Model) -> list[keras.layers.Embedding]:
    """Return the embedding layers of a network, also those of networks within it."""
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Embedding):
            found.append(layer)
        elif hasattr(layer, "layers"):
            found += embeddings_of(layer)
    return found


@contextmanager
def score_gradients(model: keras.Model, *, independent: bool) -> Iterator[ScoreGradients]:
    """Provide a function that differentiates the scores of a network.

    The vectors of a document are multiplied by one number per word, its scale. A score is a
    sum of the log-odds of the outputs, if these are independent, or otherwise of their
    log-probabilities, each multiplied by its contrast. The derivative by the scale of a word
    is the product of its vector with the gradient at the scaled vector.

    Parameters
    ----------
    model : keras.Model
        The network.
    independent : bool
        Whether each output is a probability of its own: multilabel targets, or one output.

    Yields
    ------
    callable
        The function. It may be used in this thread only; others can use the model meanwhile.

    Raises
    ------
    ExplanationError
        If the network has no ``keras.layers.Embedding``.
    """
    embeddings = embeddings_of(model)
    if not embeddings:
        raise ExplanationError(
            "Integrated gradients need the word vectors of a keras.layers.Embedding, and this "
            "network has none. Use explain(..., method='occlusion')."
        )
    scaled = _Scaled()
    with ExitStack() as replaced:
        for embedding in embeddings:
            replaced.enter_context(scaled.vectors_of(embedding))
        output = replaced.enter_context(_without_activation(model))
        as_logs = _LOG_ODDS if independent else _LOG_PROBABILITIES

        def score(scales: Any, ids: Any, contrasts: Any, call: Any = model) -> Any:
            scaled.scales = scales
            logs = as_logs[output](ops.cast(call(ids, training=False), "float32"))
            return ops.sum(logs * contrasts, axis=1)

        differentiate = _differentiated(model, score)

        def checked(ids: Any, scales: Floats, contrasts: Floats) -> tuple[Floats, Floats]:
            found = differentiate(ids, scales, contrasts)
            if scaled.strange_shape is not None:
                raise ExplanationError(
                    "Integrated gradients need embedding layers that are called with all ids of a "
                    f"document; one returned vectors of shape {scaled.strange_shape}. Use "
                    "explain(..., method='occlusion')."
                )
            return found

        yield checked


class _Scaled:
    """Multiplies what embedding layers return, in the thread that created it."""

    def __init__(self) -> None:
        self.scales: Any = None
        self.strange_shape: Any = None
        self._thread = threading.get_ident()

    @contextmanager
    def vectors_of(self, embedding: keras.layers.Embedding) -> Iterator[None]:
        call = embedding.call

        def scaled_call(ids: Any, *args: Any, **kwargs: Any) -> Any:
            vectors = call(ids, *args, **kwargs)
            if threading.get_ident() != self._thread:
                return vectors
            if len(vectors.shape) != 3:
                self.strange_shape = tuple(vectors.shape)  # Keras would change an error's message
                return vectors
            return vectors * ops.cast(ops.expand_dims(self.scales, -1), vectors.dtype)

        embedding.call = scaled_call
        try:
            yield
        finally:
            del embedding.call


@contextmanager
def _without_activation(model: keras.Model) -> Iterator[str]:
    """Let the last layer return logits within the context; yield its activation.

    Probabilities close to 0 or 1 have no gradient in single precision. The outputs of layers
    of other kinds stay as they are, and the name is then ``"unknown"``.
    """
    last = model.layers[-1]
    activation: Any = getattr(last, "activation", None)
    name = getattr(activation, "__name__", "unknown")
    if not isinstance(last, keras.layers.Dense) or name not in ("sigmoid", "softmax"):
        yield "unknown"
        return
    thread = threading.get_ident()

    def logits(x: Any) -> Any:
        return x if threading.get_ident() == thread else activation(x)

    last.activation = logits
    try:
        yield name
    finally:
        last.activation = activation


def _log(probabilities: Any) -> Any:
    return ops.log(ops.clip(probabilities, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY))


_LOG_ODDS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda logits: logits,
    "softmax": lambda logits: (
        _log(ops.softmax(logits, axis=1)) - _log(1 - ops.softmax(logits, axis=1))
    ),
    "unknown": lambda outputs: _log(outputs) - _log(1 - outputs),
}
_LOG_PROBABILITIES: dict[str, Callable[[Any], Any]] = {
    "sigmoid": ops.log_sigmoid,
    "softmax": lambda logits: ops.log_softmax(logits, axis=1),
    "unknown": _log,
}


def _differentiated(model: keras.Model, score: Callable[..., Any]) -> ScoreGradients:
    of_backend = {"tensorflow": _with_tensorflow, "jax": _with_jax, "torch": _with_torch}
    differentiate = of_backend[keras.backend.backend()](model, score)

    def score_and_gradient(ids: Any, scales: Floats, contrasts: Floats) -> tuple[Floats, Floats]:
        per_word = np.repeat(scales[:, np.newaxis], ids.shape[1], axis=1)
        scores, gradients = differentiate(per_word, ids, contrasts)
        return ops.convert_to_numpy(scores), ops.convert_to_numpy(gradients)

    return score_and_gradient


def _with_tensorflow(model: keras.Model, score: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    shapes = [((None, None), "float32"), ((None, model.inputs[0].shape[1]), "int32")]
    shapes += [((None, None), "float32")]

    @tf.function(input_signature=[tf.TensorSpec(*spec) for spec in shapes])
    def differentiated(scales: Any, ids: Any, contrasts: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(scales)
            scores = score(scales, ids, contrasts)
        zeros = tf.UnconnectedGradients.ZERO
        return scores, tape.gradient(scores, scales, unconnected_gradients=zeros)

    traced = differentiated.get_concrete_function()
    return lambda *arrays: traced(*map(tf.convert_to_tensor, arrays))


def _with_jax(model: keras.Model, score: Callable[..., Any]) -> Callable[..., Any]:
    import jax

    def total(scales: Any, ids: Any, contrasts: Any, weights: Any) -> Any:
        def call(ids: Any, training: bool) -> Any:
            return model.stateless_call(*weights, ids, training=training)[0]

        scores = score(scales, ids, contrasts, call)
        return ops.sum(scores), scores

    compiled = jax.jit(jax.value_and_grad(total, has_aux=True))

    def differentiate(scales: Any, ids: Any, contrasts: Any) -> Any:
        weights = [
            [variable.value for variable in variables]
            for variables in (model.trainable_variables, model.non_trainable_variables)
        ]
        (_, scores), gradients = compiled(scales, ids, contrasts, weights)
        return scores, gradients

    return differentiate


def _with_torch(model: keras.Model, score: Callable[..., Any]) -> Callable[..., Any]:
    import torch

    def differentiate(*arrays: Any) -> Any:
        scales, ids, contrasts = map(ops.convert_to_tensor, arrays)
        scales.requires_grad_()
        scores = score(scales, ids, contrasts)
        (gradients,) = torch.autograd.grad(scores.sum(), scales, materialize_grads=True)
        return scores.detach(), gradients

    return differentiate
