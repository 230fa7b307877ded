"""Adam that updates only the words of the batch."""

import pickle

import keras
import numpy as np
import pytest
from helpers import classifier, with_random_vectors


def test_lazy_adam_is_adam_where_every_word_is_seen():
    """Each word occurs once: on TensorFlow, Keras squares gradients per occurrence."""
    words, labels = np.arange(1, 9)[:, np.newaxis], np.arange(8) % 2
    lazy, adam = (
        classifier(
            architecture="flatten", optimizer=optimizer, epochs=4, optimizer__learning_rate=0.05
        ).fit(words, labels)
        for optimizer in ("lazy_adam", "adam")
    )
    assert type(lazy.model_.optimizer) is type(adam.model_.optimizer)
    for one, other in zip(lazy.model_.get_weights(), adam.model_.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_lazy_adam_leaves_words_alone_that_a_batch_does_not_hold():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients come as rows on TensorFlow alone")
    documents, labels = np.array([[2, 2, 3], [3, 4, 4]]), [0, 1]
    for optimizer, moves in (("lazy_adam", False), ("adam", True)):
        network = classifier(
            architecture="flatten", optimizer=optimizer, warm_start=True, epochs=1, batch_size=1
        ).partial_fit(documents, labels, [0, 1])
        before = network.embedding_weights_
        network.partial_fit(documents[1:], labels[1:])
        moved = (network.embedding_weights_ != before).any(axis=1)
        assert moved.tolist() == [False, False, moves, True, True]


def test_lazy_adam_stays_lazy_and_is_saved_as_adam(data):
    X, labels = with_random_vectors(data[0]), data[1]
    network = classifier(
        optimizer="lazy_adam", optimizer__beta_1=0.5, unfreeze_after=1, embedding_dim=None
    ).fit(X, labels)
    for fitted in (network, pickle.loads(pickle.dumps(network))):
        assert fitted.model_.optimizer.beta_1 == 0.5
        assert "update_step" in vars(fitted.model_.optimizer)
    saved, of_adam = (
        keras.optimizers.serialize(optimizer)
        for optimizer in (network.model_.optimizer, keras.optimizers.Adam())
    )
    assert {k: saved[k] for k in ("module", "class_name", "registered_name")} == {
        k: of_adam[k] for k in ("module", "class_name", "registered_name")
    }


def test_lazy_adam_adds_up_the_gradients_of_a_word():
    """Two occurrences of a word in a document count as one with twice the gradient."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients come as rows on TensorFlow alone")
    network = classifier(
        architecture="average", optimizer="lazy_adam", hidden_units=0, epochs=1, batch_size=2
    ).fit(np.array([[1, 1], [2, 3]]), [0, 1])
    momenta, velocities = (
        np.asarray(v.numpy())
        for v in network.model_.optimizer.variables
        if v.shape == network.embedding_weights_.shape
    )
    np.testing.assert_allclose(velocities, momenta**2 / 0.1**2 * 0.001, rtol=1e-4)
    assert not velocities[0].any()
    assert velocities[1:].all()
