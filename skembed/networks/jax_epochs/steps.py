"""The steps of training and validation, on documents that are in the device's memory.

JAX traces these functions once per form of network and width of batch. They compute what
``keras.Model.fit`` computes.
"""

from typing import Any

import keras

from skembed.networks.jax_epochs.dropout import keeping
from skembed.networks.jax_epochs.forms import Form
from skembed.networks.runtime.keras_internals import updated_metrics

__all__ = ["train", "validate"]


def train(form: Form, width: int, state: Any, documents: Any, places: Any, n: Any) -> Any:
    """Train on the first `n` of several batches.

    Parameters
    ----------
    form : Form
        The network.
    width : int
        The number of ids per document.
    state : tuple of lists of array
        Trainable variables, other variables, variables of the optimizer and of the metrics.
    documents : dict of str to array
        See `ResidentDocuments`; and ``kept``, see `kept_fractions`.
    places : array of int of shape (n_batches, n_rows)
        The documents of each batch; -1 for rows without a document.
    n : int
        The number of batches to use.

    Returns
    -------
    state : tuple of lists of array
        The new state.
    results : list of array
        The loss and the metrics so far.
    """
    import jax

    model = form.model

    def step(i: Any, state: Any) -> Any:
        trainable, other, optimizer, metrics = state
        batch = _batch(form, width, documents, places[i])
        slopes_of = jax.value_and_grad(model.compute_loss_and_updates, has_aux=True)
        with keeping(model, documents["kept"]):
            (_, (loss, outputs, other, metrics)), slopes = slopes_of(
                trainable,
                other,
                metrics,
                *batch[:2],
                form.loss_weights(*batch[2:]),
                training=True,
                optimizer_variables=optimizer,
            )
        trainable, optimizer = model.optimizer.stateless_apply(optimizer, slopes, trainable)
        metrics = _with_scores(form, metrics, loss, outputs, batch)
        return trainable, other, optimizer, metrics

    state = _repeated(step, n, state, len(places))
    return state, form.results(state[3])


def validate(form: Form, width: int, state: Any, documents: Any, places: Any, n: Any) -> Any:
    """Add the first `n` of several batches to the metrics; see `train`.

    The state is trainable variables, other variables and variables of the metrics.
    """
    trainable, other, metrics = state

    def step(i: Any, metrics: Any) -> Any:
        batch = _batch(form, width, documents, places[i])
        _, (loss, outputs, _, metrics) = form.model.compute_loss_and_updates(
            trainable, other, metrics, *batch[:2], form.loss_weights(*batch[2:]), training=False
        )
        return _with_scores(form, metrics, loss, outputs, batch)

    metrics = _repeated(step, n, metrics, len(places))
    return (trainable, other, metrics), form.results(metrics)


def _repeated(step: Any, n: Any, state: Any, n_max: int) -> Any:
    import jax

    return step(0, state) if n_max == 1 else jax.lax.fori_loop(0, n, step, state)


def _batch(form: Form, width: int, documents: Any, places: Any) -> tuple[Any, ...]:
    """Return ids, targets, weights or None, and which rows have a document, or None for all."""
    import jax.numpy as jnp

    rows = jnp.maximum(places, 0)
    columns = jnp.arange(width)
    is_word = columns < documents["lengths"][rows][:, None]
    at = jnp.where(is_word, documents["starts"][rows][:, None] + columns, 0)
    ids = jnp.where(is_word, documents["ids"][at], 0)
    weights = documents["weights"][rows] if "weights" in documents else None
    return ids, documents["targets"][rows], weights, places >= 0 if form.skips_rows else None


def _with_scores(form: Form, metrics: Any, loss: Any, outputs: Any, batch: Any) -> Any:
    ids, targets, weights, present = batch
    n = len(ids) if present is None else present.sum()
    weights = weights if present is None else keras.ops.cast(present, "float32")
    return updated_metrics(form.model, metrics, loss, n, (ids, targets, outputs, weights))
