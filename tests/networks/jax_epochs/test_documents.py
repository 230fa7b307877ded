"""The calls of an epoch, and the sizes of arrays. JAX is not needed for them."""

import numpy as np
import pytest

from skembed import TokenSequences
from skembed.labelled_documents import LabelledDocuments
from skembed.networks.batches import ShuffledBatches
from skembed.networks.jax_epochs.capacities import capacity
from skembed.networks.jax_epochs.documents import ResidentDocuments
from skembed.targets import Target

LENGTHS = np.random.RandomState(0).lognormal(4, 1, 203).astype(int) + 1
DOCUMENTS = TokenSequences.from_lists([[1] * n for n in LENGTHS])


@pytest.mark.parametrize("max_batches", [1, 4, 32])
@pytest.mark.parametrize("pads_rows", [False, True])
def test_every_document_is_in_one_batch_that_is_wide_enough(max_batches, pads_rows):
    target = Target(classes=np.arange(2), codes=np.arange(203) % 2)
    batches = ShuffledBatches(
        LabelledDocuments(DOCUMENTS, target, None), target.codes, 8, np.random.RandomState(0)
    )
    resident = ResidentDocuments(batches)
    calls = [*resident.calls(batches.batches, 8, max_batches, pads_rows)]
    places = np.concatenate([places.ravel() for _, places in calls])
    assert sorted(places[places >= 0]) == [*range(203)]
    assert (places < 0).sum() == (26 * 8 - 203 if pads_rows else 0)
    for (width,), places in calls:
        assert len(places) <= max_batches
        assert LENGTHS[places].max() <= width
    assert len({widths for widths, _ in calls}) <= 5


@pytest.mark.parametrize("n", [1, 63, 64, 100, 1333, 20_000, 1_000_001])
def test_a_size_fits_larger_data_and_is_used_again(n):
    size = capacity(n, [], 0.25)
    assert n * 1.2 <= size <= max(64, n * 1.5)
    assert capacity(n + n // 5, [size], 0.25) == size
    assert capacity(n, [10 * n + 64, size], 0.25) == size
    assert capacity(n, [10 * n + 200], 0.25) == size
