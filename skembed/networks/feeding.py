"""How batches reach the backend."""

from typing import Any

import keras
from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

__all__ = ["feeding"]


class _Untuned(PyDatasetAdapter):  # type: ignore[misc]
    """Keras's own way, but that TensorFlow does not tune it.

    TensorFlow 2.21 looks at its pipeline after 10 ms, 20 ms, 40 ms and so on, to tune how
    many batches it prepares ahead. An epoch that ends between two looks mostly waits for
    the second, which can take as long as the epoch did: what ends the pipeline waits for
    the thread that looks, and that sleeps on.
    """

    def get_tf_dataset(self) -> Any:
        dataset = super().get_tf_dataset()
        options = type(dataset.options())()
        options.autotune.enabled = False
        return dataset.with_options(options)


def feeding(batches: keras.utils.PyDataset) -> PyDatasetAdapter:
    """Return what to give to ``keras.Model.fit`` in the place of batches.

    Parameters
    ----------
    batches : keras.utils.PyDataset
        The batches.

    Returns
    -------
    PyDatasetAdapter
        Feeds the same batches in the same order.
    """
    return _Untuned(batches)
