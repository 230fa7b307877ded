"""How batches reach the backend."""

from typing import Any

from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

__all__ = ["Untuned"]


class Untuned(PyDatasetAdapter):  # type: ignore[misc]
    """Feeds batches to ``keras.Model.fit`` as Keras does, but that TensorFlow does not tune it.

    TensorFlow 2.21 looks at its pipeline after 10 ms, 20 ms, 40 ms and so on, to tune how
    many batches it prepares ahead. An epoch that ends between two looks often waits for
    the second, which can take as long as the epoch did: what ends the pipeline waits for
    the thread that looks, and that sleeps on.

    Parameters
    ----------
    x : keras.utils.PyDataset
        The batches; they come in the same order.
    """

    def get_tf_dataset(self) -> Any:
        """Return Keras's dataset with tuning switched off."""
        dataset = super().get_tf_dataset()
        options = type(dataset.options())()
        options.autotune.enabled = False
        return dataset.with_options(options)
