"""Train with TensorFlow on a CPU, faster than ``keras.Model.fit`` does by itself."""

from contextlib import nullcontext

import keras

from skembed.networks.fast.compiled_steps import batches_per_call, use_compiled_steps
from skembed.networks.fast.data_adapter import WithoutAutotuning
from skembed.networks.fast.dropout_rates import rates_are_variables
from skembed.networks.fast.model_pool import POOL, form_of
from skembed.networks.fast.training_call import is_faster, train_with_faster_call
from skembed.networks.runtime.keras_internals import trace_prediction
from skembed.networks.training.engine import TrainingJob
from skembed.networks.training.keras_engine import run_epochs

__all__ = ["TensorFlowEngine"]


class TensorFlowEngine:
    """Train with TensorFlow: several batches per call, reused graphs, sparse gradients."""

    def supports(self, job: TrainingJob) -> bool:
        """Tell whether the backend is TensorFlow and the user left its settings alone."""
        model = job.network.model
        return (
            keras.backend.backend() == "tensorflow"
            and model.steps_per_execution == 1
            and not model.run_eagerly
            and model.distribute_strategy.num_replicas_in_sync == 1
        )

    def fit(self, job: TrainingJob) -> None:
        """Train the network; see `Engine`."""
        network, sequences = job.network, job.documents.sequences
        network.live.weighted |= network.live.reusable
        if network.live.weighted:  # then the steps are traced once, with weights
            job = job.with_weights()
        faster = is_faster(network.spec, network.model, sequences.lengths.mean(), job.batch_size)
        batches, validation = job.training_batches(similar=not faster), job.validation_batches()
        form = None
        if network.live.reusable:
            arrays = batches.form, None if validation is None else validation.form
            form = form_of(network.model, faster, arrays)
        if form is not None:
            network.live = POOL.exchange(form, network.live)
        n_batches = batches_per_call(network.live, sequences.ids.size / len(batches), job.callbacks)
        model = network.model
        with (
            use_compiled_steps(network.live, n_batches),
            train_with_faster_call(model) if faster else nullcontext(),
            nullcontext() if form is None else rates_are_variables(model),
        ):
            run_epochs(job, batches, validation, WithoutAutotuning)
        if form is not None:
            if model.predict_function is None:
                trace_prediction(model)
            POOL.add_when_discarded(form, network)
