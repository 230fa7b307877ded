"""Shared code of the experiments: command line, data sets and result table.

An experiment is a script with a function ``main(full, data)`` that returns a list of ``Row``.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
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
SUBJECTIVITY = {
    "objective": "sentences/plot.tok.gt9.5000",
    "subjective": "sentences/quote.tok.gt9.5000",
}
TREC = {"train": "sentences/TREC.train", "test": "sentences/TREC.test"}
STOP_WORDS = "nltk_stopwords_english.txt"
GLOVE = "vectors/glove.6B.100d.txt"
GLOVE_PART = "vectors/glove.6B.50d.part.txt"
GOOGLE_NEWS = "vectors/GoogleNews-vectors-negative300.bin.gz"
GOOGLE_NEWS_PART = "vectors/GoogleNews.300d.part.txt.gz"

ORIGINS = {
    REVIEW_POLARITY: "https://www.cs.cornell.edu/people/pabo/movie-review-data/",
    IMDB: "https://ai.stanford.edu/~amaas/data/sentiment/",
    NEWSGROUPS: "sklearn.datasets.fetch_20newsgroups(data_home='FOLDER/scikit_learn_data')",
    **dict.fromkeys(
        SUBJECTIVITY.values(), "https://www.cs.cornell.edu/people/pabo/movie-review-data/"
    ),
    **dict.fromkeys(TREC.values(), "https://cogcomp.seas.upenn.edu/Data/QA/QC/"),
    STOP_WORDS: "the English stop words of NLTK, one per line",
    GLOVE: "skembed.datasets.fetch_word_vectors('glove.6B.100d') returns its path",
    GOOGLE_NEWS: "https://code.google.com/archive/p/word2vec/",
}

Documents = tuple[Any, Any]  # texts and labels


@dataclass(frozen=True)
class Row:
    """A published figure and our scores, one per seed, with the total time in seconds.

    If our figure is lower, the note says why.
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
        """Standard deviation of the scores; 0 for a single seed."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else 0.0

    def with_note(self, note: str) -> "Row":
        return replace(self, note=note)


def seeds(full: bool) -> list[int]:
    return [0, 1, 2] if full else [0]


def measure(published: dict[str, str], score: Callable[[int], Any], full: bool) -> list[Row]:
    """Call ``score`` with each seed and return one row for each entry of ``published``.

    ``score(seed)`` returns one number per row. The rows share the total time.
    """
    start = time.perf_counter()
    scores = np.array([np.atleast_1d(score(seed)) for seed in seeds(full)])
    seconds = time.perf_counter() - start
    return [
        Row(experiment, figure, tuple(column.tolist()), seconds)
        for (experiment, figure), column in zip(published.items(), scores.T, strict=True)
    ]


def table(rows: list[Row]) -> str:
    """Format the rows as a table, followed by their notes."""
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


def run_from_command_line(main: Callable[..., list[Row]], **options: dict[str, Any]) -> None:
    """Run an experiment with the command-line arguments and print its table."""
    print(table(main(**parse_arguments(main, **options))))


def parse_arguments(main: Callable[..., Any], **options: dict[str, Any]) -> dict[str, Any]:
    """Parse the command line into keyword arguments for a script's ``main``."""
    parser = argparse.ArgumentParser(
        description=sys.modules[main.__module__].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--full", action="store_true", help="run at full size; default: small")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("SKEMBED_DATA") or None,
        metavar="FOLDER",
        help="folder with data sets and vectors; default: the variable SKEMBED_DATA",
    )
    for name, settings in options.items():
        parser.add_argument(f"--{name}", **settings)
    return vars(parser.parse_args())


def show(found: pd.DataFrame, **plot: Any) -> None:
    """Print a table and, if Matplotlib is installed, plot it."""
    print(found.to_string(index=False))
    draw(found, **plot)


def draw(found: pd.DataFrame, **plot: Any) -> None:
    """Plot a table if Matplotlib is installed."""
    if find_spec("matplotlib"):
        from matplotlib import pyplot

        height = max(3, 0.22 * len(found)) if plot["kind"] == "barh" else 3
        axes = found.plot(**plot, legend=False, color="#0072B2", figsize=(6, height))
        if plot["kind"] == "barh":
            axes.invert_yaxis()  # as in the table
        axes.spines[["top", "right"]].set_visible(False)
        pyplot.tight_layout()
        pyplot.show()


def find_data_file(data: Path | None, *names: str) -> Path:
    """Return the first of these files that exists in the data folder; otherwise exit."""
    for name in names if data is not None else ():
        if (data / name).is_file():
            return data / name
    raise SystemExit(
        f"Pass --data FOLDER, or set SKEMBED_DATA, with {names[0]} in the folder "
        f"({ORIGINS[names[0]]})."
    )


def glove(data: Path | None) -> Path:
    """Return the path of the GloVe vectors: the full 100-d set or the small 50-d part."""
    return find_data_file(data, GLOVE, GLOVE_PART)


def google_news(data: Path | None) -> Path:
    """Return the path of the Google News word2vec vectors: the full set or a part of it."""
    return find_data_file(data, GOOGLE_NEWS, GOOGLE_NEWS_PART)


def movie_reviews(full: bool, data: Path | None, subset: str) -> Documents:
    """Return the reviews of Pang and Lee and their classes."""
    archive = find_data_file(data, REVIEW_POLARITY)
    return subsample(
        fetch_movie_reviews(subset=subset, archive=archive, return_X_y=True), full, every=20
    )


def imdb(full: bool, data: Path | None, subset: str) -> Documents:
    """Return the reviews of Maas et al. and their classes."""
    archive = find_data_file(data, IMDB)
    return subsample(fetch_imdb(subset=subset, archive=archive, return_X_y=True), full, every=200)


def newsgroups(full: bool, data: Path | None, subset: str, *, raw: bool = False) -> Documents:
    """Return 20 Newsgroups posts and their groups; ``raw`` keeps headers, footers and quotes."""
    home, remove = find_data_file(data, NEWSGROUPS).parent, ("headers", "footers", "quotes")
    posts = fetch_20newsgroups(subset=subset, remove=() if raw else remove, data_home=home)
    groups = np.asarray(posts.target_names)[posts.target]
    return subsample((posts.data, groups), full, every=50)


def sentences(full: bool, data: Path | None) -> Documents:
    """Return the sentences of Pang and Lee from plots and reviews of films: which are opinions?"""
    texts, labels = [], []
    for label, name in SUBJECTIVITY.items():
        found = find_data_file(data, name).read_text(encoding="utf-8").strip().split("\n")
        texts += found
        labels += [label] * len(found)
    return subsample((texts, labels), full, every=50)


def questions(full: bool, data: Path | None, subset: str) -> Documents:
    """Return the questions of Li and Roth and what they ask for, one of six coarse classes."""
    lines = find_data_file(data, TREC[subset]).read_text(encoding="latin-1").strip().split("\n")
    classes, texts = zip(*(line.split(" ", 1) for line in lines))
    labels = [name.partition(":")[0] for name in classes]
    return subsample((list(texts), labels), full, every=10)


def subsample(documents: Documents, full: bool, every: int) -> Documents:
    """Return the documents; in the small setting, only one in ``every``."""
    texts, labels = documents
    return documents if full else (texts[::every], labels[::every])


def clean_doc(data: Path | None, **more: Any) -> TextCleaner:
    """Return the cleaning step of Brownlee's tutorials: letters only, no stop words."""
    stop_words = find_data_file(data, STOP_WORDS).read_text().split()
    # Punctuation is deleted before, so words such as "don't" would never be found.
    stop_words = [word for word in stop_words if "'" not in word]
    return TextCleaner(
        strip_punctuation="delete",
        alphabetic_only=True,
        stop_words=stop_words,
        min_token_length=2,
        **more,
    )
