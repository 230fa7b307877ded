"""Train a network and check the result."""

import time
import warnings
from dataclasses import replace

import keras
import numpy as np

from skembed.errors import ArchitectureError, TrainingDivergedError
from skembed.networks.runtime.seeding import quiet
from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.engines import engine_for
from skembed.networks.training.interruption import ctrl_c_stops

__all__ = ["train"]

_N_CHECKED_DOCUMENTS = 32
_ROUNDING = 0.02  # of probabilities in half precision


def train(job: TrainingJob, recorded: keras.callbacks.History, *, in_search: bool = False) -> None:
    """Train a compiled network; restore its weights if training fails.

    Ctrl-C stops training after the current batch with a warning, and keeps the current
    weights, or with early stopping the best ones. In a search it stops the search: a partly
    trained candidate must not be compared.

    Parameters
    ----------
    job : TrainingJob
        The network, the documents and the settings.
    recorded : keras.callbacks.History
        One of the callbacks of the job.
    in_search : bool, default=False
        Whether the network is a candidate in a search.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C is pressed in a search.
    TrainingDivergedError
        If the loss, or an output, becomes NaN or infinite.
    ArchitectureError
        If the outputs are not probabilities.
    """
    network, begun = job.network, time.perf_counter()
    recorded.history = {}  # Keras sets it when training begins
    with network.as_before_on_error(), quiet(), ctrl_c_stops(network) as ctrl_c:
        repeat = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: ctrl_c.repeat())
        job = replace(job, callbacks=[*job.callbacks, repeat])
        try:
            engine_for(job).fit(job)
        except KeyboardInterrupt:  # pressed twice, or raised by a callback
            ctrl_c.pressed = True
            for callback in job.callbacks:  # early stopping then restores the best weights
                callback.on_train_end()
        except RuntimeError:  # PyTorch raises it for comparisons with NaN
            _check_converged(job, recorded)
            raise
        if ctrl_c.pressed and in_search:
            raise KeyboardInterrupt
        _check_converged(job, recorded)
    network.training_time = time.perf_counter() - begun
    if ctrl_c.pressed:
        warnings.warn(
            f"Training was interrupted after {len(recorded.history.get('loss', []))} of "
            f"{job.epochs} epochs; the last one may be incomplete. The classifier is fitted with "
            "the weights that it has learned so far.",
            stacklevel=4,
        )


def _check_converged(job: TrainingJob, recorded: keras.callbacks.History) -> None:
    """Raise an error if training diverged or the outputs are not probabilities.

    Weights may be huge yet finite, and the last loss computed before they were. So the
    outputs for some documents are checked.
    """
    some = job.documents.sequences[:_N_CHECKED_DOCUMENTS]
    outputs = job.network.outputs(some)
    losses = recorded.history.get("loss", [])
    if not (np.isfinite(losses).all() and np.isfinite(outputs).all()):
        last = losses[-1] if losses else "unknown"
        raise TrainingDivergedError(
            f"The training diverged: after epoch {len(losses)} the loss is {last} and the "
            f"network's outputs are {'finite' if np.isfinite(outputs).all() else 'not finite'}. "
            "Lower optimizer__learning_rate, or set optimizer__clipnorm=1.0."
        )
    exclusive = outputs.shape[1] > 1 and not job.network.spec.facts.multilabel
    sums = outputs.sum(axis=1) if exclusive else np.ones(1)
    if outputs.min() < 0 or outputs.max() > 1 + _ROUNDING or np.abs(sums - 1).max() > _ROUNDING:
        raise ArchitectureError(
            f"The network's outputs range from {outputs.min():.3g} to {outputs.max():.3g}, so they "
            "are not probabilities: end it in softmax, or sigmoid for one unit, as "
            "skembed.networks.probabilities(x, facts) does."
        )
