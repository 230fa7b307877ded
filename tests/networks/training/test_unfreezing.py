"""Word vectors that are frozen for the first epochs, counted over several fits."""

import pickle

import keras
import numpy as np
import pytest
from helpers import classifier, with_random_vectors

from skembed.errors import ArchitectureError, TrainingDivergedError


def test_epochs_until_tuning_are_counted_over_fits(data):
    X, labels = with_random_vectors(data[0]), data[1]
    matrix = X.embedding.values
    network = classifier(unfreeze_after=3, warm_start=True, embedding_dim=None).fit(X, labels)
    assert np.array_equal(network.embedding_weights_, matrix)
    network = pickle.loads(pickle.dumps(network)).partial_fit(X, labels)
    assert np.array_equal(network.embedding_weights_, matrix)
    network.partial_fit(X, labels)
    assert not np.array_equal(network.embedding_weights_, matrix)
    tuned = network.embedding_weights_
    network.fit(X, labels)
    assert not np.array_equal(network.embedding_weights_, tuned)
    assert network.n_epochs_ == 6


def test_a_failure_after_unfreezing_is_undone(data):
    X, labels = with_random_vectors(data[0]), data[1]
    network = classifier(
        unfreeze_after=2, warm_start=True, optimizer="sgd", hidden_units=4, embedding_dim=None
    ).fit(X, labels)
    before = network.predict_proba(X)
    with pytest.raises(TrainingDivergedError):
        network.fit(X, labels, sample_weight=np.full(len(labels), 1e30))
    assert np.array_equal(network.predict_proba(X), before)
    assert not network.model_.get_layer("embedding").trainable
    network.fit(X, labels)
    assert not np.array_equal(network.embedding_weights_, X.embedding.values)


def test_there_must_be_vectors_to_unfreeze(data):
    def counts(facts):
        ids = keras.Input((facts.length,), dtype="int32")
        x = keras.ops.cast(ids, "float32") / facts.n_ids
        dense = keras.layers.Dense(1, activation="sigmoid", trainable=not facts.embedding_trainable)
        return keras.Model(ids, dense(x))

    with pytest.raises(ArchitectureError, match=r"no keras\.layers\.Embedding: leave"):
        classifier(architecture=counts, embedding_dim=None, unfreeze_after=1).fit(*data)
