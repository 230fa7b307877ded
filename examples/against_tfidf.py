"""
Which to choose: the default pipeline, or TF-IDF with a linear model
====================================================================

TF-IDF features of words and word pairs with a linear classifier are the first thing to try on any
text. On which data sets is a network better, and what does it cost? Both models run with the
defaults of their libraries on the same splits: ten folds of the movie reviews, and the test sets of
IMDB and of 20 Newsgroups (split by date, without headers, footers and quotes).
Run it as ``python examples/against_tfidf.py --full --data FOLDER``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pandas as pd
from experiment import imdb, movie_reviews, newsgroups, parse_arguments
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import PredefinedSplit, StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PadSequences, TextCleaner

# %%
# The two pipelines.


def make_pipelines(full: bool) -> dict[str, Pipeline]:
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
# The criteria. Times are means per fold; the prediction time is for 1,000 documents.


@dataclass(frozen=True)
class Choice:
    on: str
    model: str
    accuracies: tuple[float, ...]
    fit_seconds: float
    predict_seconds: float
    megabytes: float


def compare(full: bool, on: str, texts: list, labels: list, split) -> Iterable[Choice]:
    """Measure both pipelines on one data set with the given split."""
    for model, pipeline in make_pipelines(full).items():
        folds = cross_validate(
            pipeline, texts, labels, cv=split, return_estimator=True, error_score="raise"
        )
        n_test = np.mean([len(test) for _, test in split.split(texts, labels)])
        yield Choice(
            on,
            model,
            tuple(folds["test_score"].tolist()),
            folds["fit_time"].mean(),
            folds["score_time"].mean() / n_test * 1000,
            measure_megabytes(folds["estimator"][0]),
        )


def measure_megabytes(fitted: Pipeline) -> float:
    """Return the size of the saved pipeline in megabytes."""
    with TemporaryDirectory() as folder:
        joblib.dump(fitted, Path(folder) / "pipeline.joblib")
        return (Path(folder) / "pipeline.joblib").stat().st_size / 1e6


# %%
# The movie reviews have no standard test set, so they are cross-validated in ten folds.


def main(full: bool, data: Path | None) -> list[Choice]:
    found = []
    folds = StratifiedKFold(10 if full else 2, shuffle=True, random_state=0)
    found += compare(full, "movie reviews", *movie_reviews(full, data, "all"), folds)
    for on, load in {"IMDB": imdb, "20 Newsgroups": newsgroups}.items():
        texts, labels = load(full, data, "train")
        test, test_labels = load(full, data, "test")
        train_test_split = PredefinedSplit([-1] * len(texts) + [0] * len(test))
        found += compare(full, on, [*texts, *test], [*labels, *test_labels], train_test_split)
    return found


def table(found: list[Choice]) -> str:
    return pd.DataFrame(
        {
            "data set": [choice.on for choice in found],
            "model": [choice.model for choice in found],
            "accuracy": [f"{np.mean(choice.accuracies):.3f}" for choice in found],
            "fit, s": [f"{choice.fit_seconds:.1f}" for choice in found],
            "predict 1,000, s": [f"{choice.predict_seconds:.2f}" for choice in found],
            "file, MB": [f"{choice.megabytes:.1f}" for choice in found],
        }
    ).to_string(index=False)


if __name__ == "__main__":
    print(table(main(**parse_arguments(main))))
