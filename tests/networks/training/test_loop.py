"""The training loop: mixed precision, and batches of different widths."""

import keras
import numpy as np
from helpers import classifier

from skembed import KerasTextClassifier, TokenSequences


def test_mixed_precision_follows_keras(data):
    sequences, labels = data
    policy = keras.config.dtype_policy()
    exact = classifier(architecture="cnn", filters=8).fit(sequences, labels)
    try:
        keras.config.set_dtype_policy("mixed_float16")
        mixed = classifier(architecture="cnn", filters=8).fit(sequences, labels)
        assert {layer.compute_dtype for layer in mixed.model_.layers} == {"float16", "float32"}
        probabilities = mixed.predict_proba(sequences)
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_dtype_policy(policy)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(probabilities, exact.predict_proba(sequences), atol=0.02)
    assert mixed.embedding_weights_.dtype == np.float32


def test_widths_of_batches_may_differ_in_later_epochs_alone():
    """Keras infers the shape of all batches from the first two of the first epoch."""
    documents = TokenSequences.from_lists([[1] * 400] * 2 + [[2] * 210] * 6)
    network = KerasTextClassifier(filters=2, epochs=10, batch_size=4, random_state=0)
    assert len(network.fit(documents, [0, 1] * 4).history_["loss"]) == 10
