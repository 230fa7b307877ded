"""Pass batches to TensorFlow without autotuning."""

from typing import Any

from skembed.networks.runtime.keras_internals import KnownShapes

__all__ = ["WithoutAutotuning"]


class WithoutAutotuning(KnownShapes):
    """Pass batches to ``keras.Model.fit`` without autotuning.

    TensorFlow 2.21 inspects its pipeline after 10 ms, 20 ms, 40 ms and so on, to tune how
    many batches it prefetches. Closing the pipeline waits for the inspecting thread, which
    sleeps until its next inspection. An epoch that ends between two inspections is thus
    often delayed, by up to its own duration.

    Parameters
    ----------
    x : keras.utils.PyDataset
        The batches; their order is kept.
    """

    def get_tf_dataset(self) -> Any:
        """Return Keras's dataset with autotuning disabled."""
        dataset = super().get_tf_dataset()
        options = type(dataset.options())()
        options.autotune.enabled = False
        return dataset.with_options(options)
