"""How batches reach the backend."""

from typing import Any

from keras.src.trainers.data_adapters.data_adapter_utils import get_tensor_spec
from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

__all__ = ["Feed"]


class Feed(PyDatasetAdapter):  # type: ignore[misc]
    """Feeds batches to ``keras.Model.fit`` as Keras does, but leaves TensorFlow no guess.

    Keras takes what the first two batches of the first epoch have in common for the shape
    of all, and an epoch in which that changes fails. Here the batches are asked.

    TensorFlow 2.21 looks at its pipeline after 10 ms, 20 ms, 40 ms and so on, to tune how
    many batches it prepares ahead. An epoch that ends between two looks often waits for
    the second, which can take as long as the epoch did: what ends the pipeline waits for
    the thread that looks, and that sleeps on. So nothing is tuned.

    Parameters
    ----------
    x : keras.utils.PyDataset
        The batches, with ``examples()`` of them; they come in the same order.
    """

    def get_tf_dataset(self) -> Any:
        """Return Keras's dataset, of a known shape and with tuning switched off."""
        self._output_signature = get_tensor_spec(self.py_dataset.examples())
        dataset = super().get_tf_dataset()
        options = type(dataset.options())()
        options.autotune.enabled = False
        return dataset.with_options(options)
