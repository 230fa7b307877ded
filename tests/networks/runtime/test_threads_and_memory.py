"""The memory of a network is free before the next network is built."""

import gc
import weakref

import keras
import numpy as np
import pytest
from helpers import classifier

from skembed import (
    HashingTokenizerTransformer,
    KerasTokenizerTransformer,
    PadSequences,
    TokenSequences,
    network_training,
)
from skembed.errors import IdRangeError, NotEnoughMemoryError, SkembedError
from skembed.networks.runtime import threads_and_memory
from skembed.networks.runtime.threads_and_memory import memory_errors


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


@pytest.fixture
def no_embedding(monkeypatch):
    """Fail if word vectors are allocated."""
    monkeypatch.setattr(keras.layers.Embedding, "build", None)


TEXTS, LABELS = ["a b", "c d"] * 4, [0, 1] * 4


@pytest.mark.parametrize("largest", [2**20, 50_000_000, 2**31 - 1])
def test_one_large_id_is_refused_before_memory_is_taken(largest, no_embedding):
    message = rf"largest id is {largest:,}, .* 8 documents have 16 tokens.*from_array\(X, vocab"
    array = [[1, 2], [largest, 3]] * 4
    X = TokenSequences.from_lists(array)
    for given in (array, np.array(array), np.array(array, float), X, X.padded(5)):
        with pytest.raises(IdRangeError, match=message):
            classifier().fit(given, LABELS)
        with pytest.raises(IdRangeError, match=message):
            classifier().partial_fit(given, LABELS, classes=[0, 1])


def test_a_large_value_of_padding_is_refused_too(no_embedding):
    padded = PadSequences(maxlen=3, value=2**31 - 2).fit_transform([[1, 2], [3, 4]] * 4)
    with pytest.raises(IdRangeError, match="largest id is 2,147,483,646"):
        classifier().fit(padded, LABELS)


def test_large_ids_of_a_vocabulary_or_of_many_tokens_are_accepted(monkeypatch):
    monkeypatch.setattr(network_training, "_MANY_IDS", 10)
    with pytest.raises(IdRangeError, match="largest id is 1,600"):
        classifier().fit(np.array([[1, 2], [3, 1600]] * 4), LABELS)
    classifier(epochs=1).fit(np.array([[1, 2], [3, 1599]] * 4), LABELS)
    hashed = HashingTokenizerTransformer(100_000).fit_transform(TEXTS)
    assert hashed.ids.max() > 1600
    classifier(epochs=1).fit(hashed, LABELS)


@pytest.mark.parametrize(
    ("X", "parameters"),
    [
        (HashingTokenizerTransformer(2**31).fit_transform(TEXTS), {}),
        (KerasTokenizerTransformer().fit_transform(TEXTS), {"embedding_dim": 2**31 - 1}),
    ],
)
def test_word_vectors_beyond_the_memory_of_the_machine(X, parameters, no_embedding):
    with pytest.raises(NotEnoughMemoryError, match=r"GB, and the machine has .* Lower embedding_d"):
        classifier(**parameters).fit(X, LABELS)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX aborts the process on a CPU")
def test_a_backend_out_of_memory_is_told_as_such(monkeypatch):
    monkeypatch.setattr(threads_and_memory, "_total_bytes", lambda: float("inf"))
    X = HashingTokenizerTransformer(2**31).fit_transform(TEXTS)
    with pytest.raises(NotEnoughMemoryError, match=r"does not fit into memory .* Lower batch_size"):
        classifier(embedding_dim=10_000).fit(X, LABELS)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 298. GiB"),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes."),
        RuntimeError("CUDA out of memory. Tried to allocate 9 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_errors_of_every_backend(error):
    with pytest.raises(NotEnoughMemoryError) as raised, memory_errors():
        raise error
    assert isinstance(raised.value, MemoryError)
    assert isinstance(raised.value, SkembedError)
    assert raised.value.__cause__ is error


def test_other_errors_pass():
    for error in (ValueError("no"), IdRangeError("no"), NotEnoughMemoryError("the first")):
        with pytest.raises(type(error)) as raised, memory_errors():
            raise error
        assert raised.value is error


@pytest.mark.parametrize("value", [1e300, 2.0**31, 1e18])
def test_floats_that_are_no_ids(value):
    with pytest.raises(IdRangeError, match="fit into 32 bits"):
        classifier().fit(np.array([[1.0, 2.0], [3.0, value]] * 4), LABELS)
    with pytest.raises(IdRangeError, match="0 or more"):
        classifier().fit(np.array([[1.0, 2.0], [3.0, -value]] * 4), LABELS)
