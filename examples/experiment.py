"""What the experiments share: their command line, the data sets, and the table of figures.

An experiment is a script with a function ``main(full, data)`` that returns a list of rows.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import fetch_20newsgroups

from skembed import TextCleaner
from skembed.datasets import fetch_imdb, fetch_movie_reviews

REVIEW_POLARITY = "review_polarity.tar.gz"
IMDB = "aclImdb_v1.tar.gz"
NEWSGROUPS = "scikit_learn_data/20news-bydate_py3.pkz"
STOP_WORDS = "nltk_stopwords_english.txt"
GLOVE = "vectors/glove.6B.100d.txt"
GLOVE_PART = "vectors/glove.6B.50d.part.txt"
GOOGLE_NEWS = "vectors/GoogleNews-vectors-negative300.bin.gz"
GOOGLE_NEWS_PART = "vectors/GoogleNews.300d.part.txt.gz"

ORIGINS = {
    REVIEW_POLARITY: "https://www.cs.cornell.edu/people/pabo/movie-review-data/",
    IMDB: "https://ai.stanford.edu/~amaas/data/sentiment/",
    NEWSGROUPS: "sklearn.datasets.fetch_20newsgroups(data_home='FOLDER/scikit_learn_data')",
    STOP_WORDS: "the English stop words of NLTK, one a line",
    GLOVE: "skembed.datasets.fetch_word_vectors('glove.6B.100d') returns its path",
    GOOGLE_NEWS: "https://code.google.com/archive/p/word2vec/",
}

Documents = tuple[Any, Any]  # texts and labels


@dataclass(frozen=True)
class Row:
    """A published figure beside ours: scores by seed, and the seconds that all took.

    The note says why ours is lower, where it is.
    """

    experiment: str
    published: str
    scores: tuple[float, ...]
    seconds: float
    note: str = ""

    @property
    def mean(self) -> float:
        return statistics.fmean(self.scores)

    @property
    def spread(self) -> float:
        """The standard deviation; 0 for one seed."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else 0.0

    def noted(self, note: str) -> "Row":
        return replace(self, note=note)


def seeds(full: bool) -> list[int]:
    return [0, 1, 2] if full else [0]


def measure(published: dict[str, str], score: Callable[[int], Any], full: bool) -> list[Row]:
    """Call score(seed) for each seed: a number, or several, for the rows named in published.

    Rows that are scored together share their seconds.
    """
    start = time.perf_counter()
    scores = np.array([np.atleast_1d(score(seed)) for seed in seeds(full)])
    seconds = time.perf_counter() - start
    return [
        Row(experiment, figure, tuple(column.tolist()), seconds)
        for (experiment, figure), column in zip(published.items(), scores.T, strict=True)
    ]


def table(rows: list[Row]) -> str:
    """Return the rows as a table, with the notes below it."""
    figures = pd.DataFrame(
        {
            "experiment": [row.experiment for row in rows],
            "published": [row.published for row in rows],
            "mean": [f"{row.mean:.3f}" for row in rows],
            "spread": [f"{row.spread:.3f}" for row in rows],
            "seeds": [len(row.scores) for row in rows],
            "seconds": [f"{row.seconds:.0f}" for row in rows],
        }
    ).to_string(index=False)
    return "\n".join([figures, *(f"{row.experiment}: {row.note}" for row in rows if row.note)])


def command_line(main: Callable[..., list[Row]], **options: dict[str, Any]) -> None:
    """Run an experiment as the command line says, and print its table."""
    print(table(main(**arguments(main, **options))))


def arguments(main: Callable[..., Any], **options: dict[str, Any]) -> dict[str, Any]:
    """Read from the command line what a script's main is called with."""
    parser = argparse.ArgumentParser(
        description=sys.modules[main.__module__].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--full", action="store_true", help="the real setting; else a small one")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("SKEMBED_DATA"),
        metavar="FOLDER",
        help="where the data sets and vectors are, by default what SKEMBED_DATA names",
    )
    for name, settings in options.items():
        parser.add_argument(f"--{name}", **settings)
    return vars(parser.parse_args())


def present(data: Path | None, *names: str) -> Path:
    """Return the first of these files that is in the folder of data, or say what to pass."""
    for name in names if data is not None else ():
        if (data / name).is_file():
            return data / name
    raise SystemExit(
        f"Pass --data FOLDER, or set SKEMBED_DATA, with {names[0]} in the folder "
        f"({ORIGINS[names[0]]})."
    )


def glove(data: Path | None) -> Path:
    """Return the file of GloVe vectors: all of them, 100-d, or the small 50-d part."""
    return present(data, GLOVE, GLOVE_PART)


def google_news(data: Path | None) -> Path:
    """Return the file of word2vec vectors learned from Google News: all of them, or the part."""
    return present(data, GOOGLE_NEWS, GOOGLE_NEWS_PART)


def movie_reviews(full: bool, data: Path | None, subset: str) -> Documents:
    """Return reviews of Pang and Lee, and their classes."""
    archive = present(data, REVIEW_POLARITY)
    return few(fetch_movie_reviews(subset=subset, archive=archive, return_X_y=True), full, every=20)


def imdb(full: bool, data: Path | None, subset: str) -> Documents:
    """Return reviews of Maas and others, and their classes."""
    archive = present(data, IMDB)
    return few(fetch_imdb(subset=subset, archive=archive, return_X_y=True), full, every=200)


def newsgroups(full: bool, data: Path | None, subset: str, *, raw: bool = False) -> Documents:
    """Return posts to 20 Newsgroups, and their groups; raw ones have their headers and quotes."""
    home, remove = present(data, NEWSGROUPS).parent, ("headers", "footers", "quotes")
    posts = fetch_20newsgroups(subset=subset, remove=() if raw else remove, data_home=home)
    groups = np.asarray(posts.target_names)[posts.target]
    return few((posts.data, groups), full, every=50)


def few(documents: Documents, full: bool, every: int) -> Documents:
    """Return texts and labels, in the small setting only some of them."""
    texts, labels = documents
    return documents if full else (texts[::every], labels[::every])


def clean_doc(data: Path | None, **more: Any) -> TextCleaner:
    """Return what Brownlee's tutorials do to a review: words of letters, no stop words."""
    stop_words = present(data, STOP_WORDS).read_text().split()
    return TextCleaner(alphabetic_only=True, stop_words=stop_words, min_token_length=2, **more)
