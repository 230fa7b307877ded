"""
Which to choose: the default pipeline, or TF-IDF with a linear model
====================================================================

Counting words and pairs of words, weighted, under a linear classifier, is what to try first on any
text. On which sets is a network worth more, and what does it cost? Both run here with the defaults
of their libraries, on the same splits: ten folds of the movie reviews, and the parts for testing
that IMDB and 20 Newsgroups (by date, without headers, footers and quotes) come with.
Run it as ``python examples/against_tfidf.py --full --data FOLDER``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pandas as pd
from experiment import arguments, imdb, movie_reviews, newsgroups
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import PredefinedSplit, StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PadSequences, TextCleaner

# %%
# The two of them.


def pipelines(full: bool) -> dict[str, Pipeline]:
    classify = KerasTextClassifier(random_state=0)
    if not full:
        classify.set_params(epochs=1, filters=4)
    return {
        "skembed": make_pipeline(
            TextCleaner(strip_html=True), KerasTokenizerTransformer(), PadSequences(), classify
        ),
        "TF-IDF": make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC(random_state=0)
        ),
    }


# %%
# What there is to choose by. Times are those of a fold; a prediction's is that of 1,000 documents.


@dataclass(frozen=True)
class Choice:
    on: str
    model: str
    accuracies: tuple[float, ...]
    fit_seconds: float
    predict_seconds: float
    megabytes: float


def choices(full: bool, on: str, texts: list, labels: list, split) -> Iterable[Choice]:
    """Measure both on one set, whose test parts are those of the split."""
    for model, pipeline in pipelines(full).items():
        folds = cross_validate(
            pipeline, texts, labels, cv=split, return_estimator=True, error_score="raise"
        )
        tested = np.mean([len(test) for _, test in split.split(texts, labels)])
        yield Choice(
            on,
            model,
            tuple(folds["test_score"].tolist()),
            folds["fit_time"].mean(),
            folds["score_time"].mean() / tested * 1000,
            megabytes(folds["estimator"][0]),
        )


def megabytes(fitted: Pipeline) -> float:
    with TemporaryDirectory() as folder:
        joblib.dump(fitted, Path(folder) / "pipeline.joblib")
        return (Path(folder) / "pipeline.joblib").stat().st_size / 1e6


# %%
# The movie reviews have no part for testing that one agrees on: ten folds, in which fits and scores
# are ten too.


def main(full: bool, data: Path | None) -> list[Choice]:
    found = []
    folds = StratifiedKFold(10 if full else 2, shuffle=True, random_state=0)
    found += choices(full, "movie reviews", *movie_reviews(full, data, "all"), folds)
    for on, fetched in {"IMDB": imdb, "20 Newsgroups": newsgroups}.items():
        texts, labels = fetched(full, data, "train")
        test, test_labels = fetched(full, data, "test")
        part_for_testing = PredefinedSplit([-1] * len(texts) + [0] * len(test))
        found += choices(full, on, [*texts, *test], [*labels, *test_labels], part_for_testing)
    return found


def table(found: list[Choice]) -> str:
    return pd.DataFrame(
        {
            "on": [choice.on for choice in found],
            "model": [choice.model for choice in found],
            "accuracy": [f"{np.mean(choice.accuracies):.3f}" for choice in found],
            "fit, s": [f"{choice.fit_seconds:.1f}" for choice in found],
            "predict 1,000, s": [f"{choice.predict_seconds:.2f}" for choice in found],
            "file, MB": [f"{choice.megabytes:.1f}" for choice in found],
        }
    ).to_string(index=False)


if __name__ == "__main__":
    print(table(main(**arguments(main))))
