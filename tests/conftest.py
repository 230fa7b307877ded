"""Shared fixtures: a small corpus, and real data if the machine has them."""

import os
from pathlib import Path

import numpy as np
import pytest

from skembed import KerasTokenizerTransformer, PadSequences
from skembed.datasets import load_feedback

pytest.register_assert_rewrite("helpers")


@pytest.fixture(scope="session")
def feedback():
    """Texts and sentiments of 80 comments, equally many of each sentiment and topic."""
    data = load_feedback()
    order = np.lexsort((np.arange(720), data.topic, data.sentiment))
    chosen = np.sort(np.concatenate([order[i * 90 : i * 90 + 10] for i in range(8)]))
    return data.data[chosen], data.sentiment[chosen]


@pytest.fixture(scope="session")
def data(feedback):
    """The eighty comments as rows of 40 ids, and their sentiments."""
    texts, labels = feedback
    sequences = KerasTokenizerTransformer().fit_transform(texts)
    return PadSequences(40).fit_transform(sequences), labels


@pytest.fixture(scope="session")
def shared_data():
    """The folder with the real data sets, named by SKEMBED_DATA."""
    folder = Path(os.environ.get("SKEMBED_DATA", "."))
    if not (folder / "review_polarity.tar.gz").is_file():
        pytest.skip("SKEMBED_DATA names no folder with review_polarity.tar.gz")
    return folder
