"""Train with TensorFlow on a CPU, faster than ``keras.Model.fit`` does by itself."""

from contextlib import nullcontext

import keras

from skembed.networks.fast.compiled_steps import CompiledSteps
from skembed.networks.fast.dropout_rates import rates_are_variables
from skembed.networks.fast.few_rows import few_rows_have_gradients, without_zero_rows
from skembed.networks.fast.model_pool import POOL, form_of
from skembed.networks.fast.training_call import long_texts, train_with_faster_call
from skembed.networks.runtime.keras_internals import trace_prediction
from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.own_epochs import keras_would_do_the_same, run_own_epochs

__all__ = ["TensorFlowEngine"]


class TensorFlowEngine:
    """Train with TensorFlow: no pipeline, reused graphs, sparse gradients."""

    def supports(self, job: TrainingJob) -> bool:
        """Tell whether the backend is TensorFlow and the user left its settings alone."""
        return (
            keras.backend.backend() == "tensorflow"
            and keras_would_do_the_same(job)
            and job.network.model.distribute_strategy.num_replicas_in_sync == 1
        )

    def fit(self, job: TrainingJob) -> None:
        """Train the network; see `Engine`."""
        network, sequences = job.network, job.documents.sequences
        network.live.weighted |= network.live.reusable
        if network.live.weighted:  # then the steps are traced once, with weights
            job = job.with_weights()
        faster = long_texts(network.spec, network.model, sequences, job.batch_size)
        n_words = sequences.lengths.mean()
        few_rows = bool(faster) and few_rows_have_gradients(network.model, n_words)
        batches = job.training_batches(similar=not faster)
        validation = job.validation_batches()
        form = None
        if network.live.reusable:
            arrays = batches.form, None if validation is None else validation.form
            form = form_of(network.model, faster, few_rows, arrays)
        if form is not None:
            network.live = POOL.exchange(form, network.live)
        model, steps = network.model, CompiledSteps(network.live, batches, validation)
        with (
            train_with_faster_call(model, faster) if faster else nullcontext(),
            without_zero_rows(model.optimizer) if few_rows else nullcontext(),
            nullcontext() if form is None else rates_are_variables(model),
        ):
            run_own_epochs(job, batches, steps.run_epoch)
        if form is not None:
            if model.predict_function is None:
                trace_prediction(model)
            POOL.add_when_discarded(form, network)
