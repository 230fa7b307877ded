"""Load the movie reviews that the benchmarks use."""

import os
from pathlib import Path

from skembed.datasets import fetch_imdb, fetch_movie_reviews


def data_folder() -> Path:
    """Return the data folder named by the environment variable SKEMBED_DATA."""
    folder = Path(os.environ.get("SKEMBED_DATA", "."))
    if not (folder / "nltk_stopwords_english.txt").is_file():
        raise SystemExit(
            "Set SKEMBED_DATA to a folder that contains nltk_stopwords_english.txt, the stop words "
            f"of NLTK; {folder.resolve()} does not contain it."
        )
    return folder


def imdb(subset):
    """Return reviews of the Large Movie Review Dataset and their classes."""
    archive = _find_archive("aclImdb_v1.tar.gz")
    return fetch_imdb(subset=subset, archive=archive, return_X_y=True)


def movie_reviews(subset):
    """Return reviews of the polarity data set v2.0 and their classes, 1 for positive."""
    archive = _find_archive("review_polarity.tar.gz")
    return fetch_movie_reviews(subset=subset, archive=archive, return_X_y=True)


def _find_archive(name: str) -> Path | None:
    """Return the archive in SKEMBED_DATA, or None, so that it is downloaded."""
    folder = os.environ.get("SKEMBED_DATA")
    return Path(folder) / name if folder else None
