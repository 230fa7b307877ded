"""Train a network and check the result."""

import time
import warnings
from contextlib import closing, nullcontext

import keras
import numpy as np

from skembed.errors import ArchitectureError, TrainingDivergedError
from skembed.networks.batches import FixedBatches, LabelledDocuments, ShuffledBatches
from skembed.networks.fast.data_adapter import Feed
from skembed.networks.fast.graph_reuse import form_of, trace_prediction
from skembed.networks.fast.steps_per_execution import in_training, take_several_at_once
from skembed.networks.fast.training_call import as_twin, pays
from skembed.networks.runtime.seeding import quiet, reseed
from skembed.networks.text_network import TextNetwork
from skembed.networks.training.interruption import ctrl_c_stops

__all__ = ["train"]

History = dict[str, list[float]]
_LOOKED_AT = 32  # documents
_ROUNDING = 0.02  # of probabilities in half precision


def train(
    network: TextNetwork,
    documents: LabelledDocuments,
    validation: LabelledDocuments | None,
    *,
    batch_size: int,
    epochs: int,
    callbacks: list[keras.callbacks.Callback],
    random_state: np.random.RandomState,
    verbose: int | str,
    shareable: bool,
    in_search: bool = False,
) -> History:
    """Train a compiled network; restore its weights if training fails.

    Ctrl-C stops training after the current batch with a warning, and keeps the current
    weights, or with early stopping the best ones. In a search it stops the search: a partly
    trained candidate must not be compared.

    Parameters
    ----------
    network : TextNetwork
        The network.
    documents, validation : LabelledDocuments
        The training data, and the data to validate on after each epoch.
    batch_size, epochs, callbacks, verbose
        As in ``keras.Model.fit``.
    random_state : RandomState
        Draws the order of the documents.
    shareable : bool
        Whether the network is new and uses classes of Keras and skembed only. Then a cached
        network with compiled graphs may replace it, and it may be cached for reuse later.
    in_search : bool, default=False
        Whether the network is a candidate in a search.

    Returns
    -------
    dict of str to list of float
        The metrics that Keras recorded for each epoch.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C is pressed in a search.
    TrainingDivergedError
        If the loss, or an output, becomes NaN or infinite.
    ArchitectureError
        If the outputs are not probabilities.
    """
    # A user-defined function may modify a built-in network, unknown to its faster forward pass.
    named, words = network.spec.named, documents.sequences.lengths.mean()
    with_twin = named and pays(network.model, words, batch_size)
    batches = ShuffledBatches(documents, batch_size, random_state, similar=not with_twin)
    held_out = None if validation is None else FixedBatches(validation, batch_size)
    begun = time.perf_counter()
    take_several_at_once(network.model, documents.sequences.ids.size / len(batches), callbacks)
    form = None
    if shareable:
        fed = [None if some is None else some.form for some in (batches, held_out)]
        form = form_of(network.model, with_twin, *fed)
    if form is not None:
        network.borrow_traced(form)
    model = network.model
    model.history = keras.callbacks.History()  # empty until Keras sets its own
    with (
        network.as_before_on_error(),
        quiet(),
        as_twin(model) if with_twin else nullcontext(),
        in_training(model),
        ctrl_c_stops(model) as ctrl_c,
        closing(batches),
        nullcontext() if held_out is None else closing(held_out),
    ):

        def begin(epoch: int, logs: dict[str, float] | None) -> None:
            ctrl_c.repeat()
            batches.shuffle()
            reseed(random_state.randint(np.iinfo(np.int32).max))

        try:
            model.fit(
                Feed(batches),
                epochs=epochs,
                shuffle=False,  # the batches shuffle themselves
                validation_data=None if held_out is None else Feed(held_out),
                callbacks=[*callbacks, keras.callbacks.LambdaCallback(on_epoch_begin=begin)],
                verbose=verbose,
            )
        except KeyboardInterrupt:  # pressed twice, or raised by a callback
            ctrl_c.pressed = True
            for callback in callbacks:  # early stopping then restores the best weights
                callback.on_train_end()
        except RuntimeError:  # PyTorch raises it for comparisons with NaN
            _check_converged(network, documents)
            raise
        if ctrl_c.pressed and in_search:
            raise KeyboardInterrupt
        if form is not None and model.predict_function is None:
            trace_prediction(model)
        _check_converged(network, documents)
    network.training_time = time.perf_counter() - begun
    if form is not None and not ctrl_c.pressed:
        network.lend_traced(form)
    history: History = model.history.history
    if ctrl_c.pressed:
        warnings.warn(
            f"Training was interrupted: {len(history.get('loss', []))} of {epochs} epochs are "
            "done, the last perhaps in part. The classifier is fitted, with what it has learned.",
            stacklevel=4,
        )
    return history


def _check_converged(network: TextNetwork, documents: LabelledDocuments) -> None:
    """Raise an error if training diverged or the outputs are not probabilities.

    Weights may be huge yet finite, and the last loss computed before they were. So the
    outputs for some documents are checked.
    """
    model = network.model
    losses = model.history.history.get("loss", [])
    outputs = model.predict_on_batch(documents[np.arange(min(_LOOKED_AT, len(documents)))].ids())
    if not (np.isfinite(losses).all() and np.isfinite(outputs).all()):
        last = losses[-1] if losses else "not known"
        raise TrainingDivergedError(
            f"The training diverged: after epoch {len(losses)} the loss is {last} and the "
            f"network's outputs are {'finite' if np.isfinite(outputs).all() else 'no numbers'}. "
            "Lower optimizer__learning_rate, or set optimizer__clipnorm=1.0."
        )
    exclusive = outputs.shape[1] > 1 and not network.spec.facts.multilabel
    sums = outputs.sum(axis=1) if exclusive else np.ones(1)
    if outputs.min() < 0 or outputs.max() > 1 + _ROUNDING or np.abs(sums - 1).max() > _ROUNDING:
        raise ArchitectureError(
            f"The network's outputs are from {outputs.min():.3g} to {outputs.max():.3g} and are no "
            "probabilities: end it in softmax, or sigmoid for one unit, as "
            "skembed.networks.probabilities(x, facts) does."
        )
