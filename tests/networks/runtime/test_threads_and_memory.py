"""The memory of a network is free before the next network is built."""

import gc
import weakref

import keras
import pytest
from helpers import classifier

from skembed import TokenSequences


def test_a_large_network_is_gone_before_the_next_is_built():
    sequences = TokenSequences.from_lists([[1, 2**18], [2, 3]])
    first = classifier(embedding_dim=32, epochs=1).fit(sequences, [0, 1])
    network = weakref.ref(first.model_)
    gc.disable()
    try:
        del first
        assert network() is not None  # kept by reference cycles, which only the collector finds
        classifier(embedding_dim=32, epochs=1).fit(sequences, [0, 1])
        assert network() is None
    finally:
        gc.enable()


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="the others keep what they took")
def test_what_a_small_network_held_on_a_card_is_given_back_too(monkeypatch):
    import torch

    sequences = TokenSequences.from_lists([[1], [2, 3]])
    first = classifier(epochs=1).fit(sequences, [0, 1])
    network = weakref.ref(first.model_)
    alive_when_emptied = []  # works without a GPU, since the check for one is patched
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(
        torch.cuda, "empty_cache", lambda: alive_when_emptied.append(network() is not None)
    )
    gc.disable()
    try:
        del first
        classifier(epochs=1).fit(sequences, [0, 1])
    finally:
        gc.enable()
    assert alive_when_emptied == [False]
