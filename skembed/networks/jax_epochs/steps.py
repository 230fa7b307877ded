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


def train(
    form: Form, widths: tuple[int, ...], state: Any, documents: Any, places: Any, n: Any
) -> Any:
    """Train on the first `n` of several batches.

    Parameters
    ----------
    form : Form
        The network.
    widths : tuple of int
        The number of ids per document, of each text.
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
        batch = _batch(form, widths, documents, places[i])
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


def validate(
    form: Form, widths: tuple[int, ...], state: Any, documents: Any, places: Any, n: Any
) -> Any:
    """Add the first `n` of several batches to the metrics; see `train`.

    The state is trainable variables, other variables and variables of the metrics.
    """
    trainable, other, metrics = state

    def step(i: Any, metrics: Any) -> Any:
        batch = _batch(form, widths, documents, places[i])
        _, (loss, outputs, _, metrics) = form.model.compute_loss_and_updates(
            trainable, other, metrics, *batch[:2], form.loss_weights(*batch[2:]), training=False
        )
        return _with_scores(form, metrics, loss, outputs, batch)

    metrics = _repeated(step, n, metrics, len(places))
    return (trainable, other, metrics), form.results(metrics)


def _repeated(step: Any, n: Any, state: Any, n_max: int) -> Any:
    import jax

    return step(0, state) if n_max == 1 else jax.lax.fori_loop(0, n, step, state)


def _batch(form: Form, widths: tuple[int, ...], documents: Any, places: Any) -> tuple[Any, ...]:
    """Return input, targets, weights or None, and which rows have a document, or None for all."""
    import jax.numpy as jnp

    rows = jnp.maximum(places, 0)
    arrays = [_ids(width, text, rows) for width, text in zip(widths, documents["texts"])]
    if "numbers" in documents:
        arrays.append(documents["numbers"][rows])
    weights = documents["weights"][rows] if "weights" in documents else None
    inputs = tuple(arrays) if len(arrays) > 1 else arrays[0]
    return inputs, documents["targets"][rows], weights, places >= 0 if form.skips_rows else None


def _ids(width: int, text: Any, rows: Any) -> Any:
    import jax.numpy as jnp

    columns = jnp.arange(width)
    is_word = columns < text["lengths"][rows][:, None]
    at = jnp.where(is_word, text["starts"][rows][:, None] + columns, 0)
    return jnp.where(is_word, text["ids"][at], 0)


def _with_scores(form: Form, metrics: Any, loss: Any, outputs: Any, batch: Any) -> Any:
    inputs, targets, weights, present = batch
    n = len(targets) if present is None else present.sum()
    weights = weights if present is None else keras.ops.cast(present, "float32")
    return updated_metrics(form.model, metrics, loss, n, (inputs, targets, outputs, weights))
