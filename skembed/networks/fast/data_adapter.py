"""Pass batches to the backend with known shapes and without autotuning."""

from typing import Any

from keras.src.trainers.data_adapters.data_adapter_utils import get_tensor_spec
from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

__all__ = ["Feed"]


class Feed(PyDatasetAdapter):  # type: ignore[misc]
    """Feed batches to ``keras.Model.fit`` with known shapes and without autotuning.

    Keras infers the shape of all batches from the first two batches of the first epoch,
    and an epoch with other shapes fails. This adapter asks the batches for their shapes.

    TensorFlow 2.21 inspects its pipeline after 10 ms, 20 ms, 40 ms and so on, to tune how
    many batches it prefetches. Closing the pipeline waits for the inspecting thread, which
    sleeps until its next inspection. An epoch that ends between two inspections is thus
    often delayed, by up to its own duration. So autotuning is disabled.

    Parameters
    ----------
    x : keras.utils.PyDataset
        The batches; ``examples()`` shows their shapes. Their order is kept.
    """

    def get_tf_dataset(self) -> Any:
        """Return Keras's dataset with known shapes and autotuning disabled."""
        self._output_signature = get_tensor_spec(self.py_dataset.examples())
        dataset = super().get_tf_dataset()
        options = type(dataset.options())()
        options.autotune.enabled = False
        return dataset.with_options(options)
