"""The published reviews, if ``SKEMBED_DATA`` has them."""

import re
from functools import partial

import numpy as np
import pytest
from sklearn.datasets import fetch_20newsgroups

from skembed.datasets import fetch_imdb, fetch_movie_reviews
from skembed.errors import ArchiveError


@pytest.mark.slow
def test_real_movie_reviews(shared_data):
    fetch = partial(fetch_movie_reviews, archive=shared_data / "review_polarity.tar.gz")
    train, test = fetch(), fetch(subset="test")
    assert np.bincount(train.target).tolist() == [900, 900]
    assert np.bincount(test.target).tolist() == [100, 100]
    numbers = [int(re.search(r"cv(\d+)_", name)[1]) for name in (*train.filenames, *test.filenames)]
    assert numbers == [*range(900)] * 2 + [*range(900, 1000)] * 2
    folds = [int(name.split("/cv")[1][0]) for name in fetch(subset="all").filenames]
    assert np.bincount(folds).tolist() == [200] * 10  # as the guide makes them
    assert all(
        name.split("/")[1] == train.target_names[y]
        for name, y in zip(train.filenames, train.target)
    )
    assert all(text.isascii() and text.endswith("\n") for text in train.data)


@pytest.mark.slow
def test_real_imdb_reviews(shared_data):
    archive = shared_data / "aclImdb_v1.tar.gz"
    if not archive.is_file():
        pytest.skip("SKEMBED_DATA has no aclImdb_v1.tar.gz")
    reviews = fetch_imdb(subset="all", archive=archive)
    found = np.array([name.split("/")[1:3] for name in reviews.filenames])
    expected = [("train", "neg"), ("train", "pos"), ("test", "neg"), ("test", "pos")]
    assert np.array_equal(found, np.repeat(expected, 12_500, axis=0))
    assert reviews.target.tolist() == (found[:, 1] == "pos").tolist()
    stars = np.array([int(name[:-4].rpartition("_")[2]) for name in reviews.filenames])
    assert np.array_equal(stars >= 7, reviews.target == 1)
    assert max(stars[reviews.target == 0]) == 4


@pytest.mark.slow
def test_real_archives_are_not_taken_for_each_other(shared_data):
    with pytest.raises(ArchiveError, match=r"contains no file like aclImdb/train/neg/0_3\.txt"):
        fetch_imdb(archive=shared_data / "review_polarity.tar.gz")


@pytest.mark.slow
def test_real_newsgroups_come_from_scikit_learn(shared_data):
    data_home = shared_data / "scikit_learn_data"
    if not data_home.is_dir():
        pytest.skip("SKEMBED_DATA has no scikit_learn_data")
    parts = [
        fetch_20newsgroups(
            subset=subset,
            remove=("headers", "footers", "quotes"),
            data_home=data_home,
            download_if_missing=False,
        )
        for subset in ("train", "test")
    ]
    assert [len(part.data) for part in parts] == [11_314, 7_532]
    assert [len(part.target_names) for part in parts] == [20, 20]
