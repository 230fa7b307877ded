"""
The default against TF-IDF with a linear model, and what each part of it buys
=============================================================================

TF-IDF of words and word pairs with a linear model is the first thing to try on any text. Each row
compares a model with the better of two such models, on the same folds. The sets are the movie
reviews of Pang and Lee ("polarity") and their sentences on films ("subj"), both in ten folds, and
IMDB, 20 Newsgroups (split by date, without headers, footers and quotes) and the questions of TREC,
each with its own test set. Three sets have fifty documents to learn from, drawn ten times.

Every model gets raw text and has the defaults of its library. The default of skembed runs with the
seeds 0, 1 and 2, and so does every other model with something random in it on TREC; elsewhere
these have the seed 0. The standard error is that of the mean over the folds or, with a single test
set, over its documents; that of a difference is paired. The expected calibration error (ECE) has 15
bins. Times are processor seconds, which other programs on the machine change less than they change
the time by the clock; the models use one core, only the networks use all. "One, ms" is the time to
classify a single document, "all, ms" the time per document to classify all test documents. Networks
take long on long documents, and run on polarity, IMDB and 20 Newsgroups only if named. Run it as
``python examples/against_tfidf.py --full --data FOLDER`` or, for some sets and models only, with
``--on trec subj --models default CNN``. The small setting needs no data.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pandas as pd
from experiment import (
    GLOVE,
    GLOVE_PART,
    GOOGLE_NEWS,
    GOOGLE_NEWS_PART,
    Documents,
    find_data_file,
    imdb,
    movie_reviews,
    newsgroups,
    parse_arguments,
    questions,
    seeds,
    sentences,
)
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC
from text_networks import make_cnn, make_fasttext
from threadpoolctl import threadpool_limits

from skembed import WeightedVotingClassifier, make_text_classifier
from skembed.datasets import load_feedback

BASELINES = ("TF-IDF, logistic regression", "TF-IDF, linear SVM")
PARTS = ("tfidf", "ratio", "bayes")
NETWORKS = ("fastText", "CNN")
WITH_VECTORS = {
    "default with GloVe": (GLOVE, GLOVE_PART),
    "default with Google News": (GOOGLE_NEWS, GOOGLE_NEWS_PART),
}
WITH_TRIPLES = "default with word triples"
WITH_NETWORK = "default with fastText"
MODELS = (
    *BASELINES,
    "default",
    *(f"only {part}" for part in PARTS),
    *(f"default without {part}" for part in PARTS),
    "plain average",
    "stacking",
    WITH_TRIPLES,
    *WITH_VECTORS,
    WITH_NETWORK,
    *NETWORKS,
)
RANDOM = (*(model for model in MODELS if model.startswith("default")), *NETWORKS)

# %%
# The default and its parts. The plain average and stacking are scikit-learn's ways to combine the
# same parts, on the same counts.


def make_model(name: str, full: bool, data: Path | None) -> Pipeline:
    default = make_text_classifier()
    parts = default["vote"].estimators
    combined = {
        **{f"only {part}": classify for part, classify in parts},
        "plain average": VotingClassifier(parts, voting="soft"),
        "stacking": StackingClassifier(parts),
    }
    if name in BASELINES:
        linear = LogisticRegression() if name == BASELINES[0] else LinearSVC(random_state=0)
        return make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), linear)
    if name in combined:
        return Pipeline([*default.steps[:-1], ("classify", combined[name])])
    if name in NETWORKS:
        return make_fasttext(full) if name == "fastText" else make_cnn(full)
    if name in WITH_VECTORS:
        return make_text_classifier(find_data_file(data, *WITH_VECTORS[name]))
    if name == WITH_NETWORK:
        voters = [("ngrams", default), ("network", make_fasttext(full))]
        return Pipeline([("vote", WeightedVotingClassifier(voters, cv=3))])
    if name == WITH_TRIPLES:
        return default.set_params(count__ngram_range=(1, 3))
    left_out = name.removeprefix("default").removeprefix(" without ")
    return default.set_params(**{f"vote__{left_out}": "drop"}) if left_out else default


# %%
# The sets: documents, and the folds as indices of training and test documents.

Folds = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Documented:
    texts: np.ndarray
    labels: np.ndarray
    folds: Folds


def in_folds(documents: Documents, full: bool) -> Documented:
    texts, labels = (np.asarray(x, object) for x in documents)
    folds = StratifiedKFold(10 if full else 2, shuffle=True, random_state=0)
    return Documented(texts, labels.astype(str), [*folds.split(texts, labels.astype(str))])


def as_given(load: Callable[..., Documents], full: bool, data: Path | None) -> Documented:
    """Return a set that has a test set of its own."""
    (train, y_train), (test, y_test) = (load(full, data, subset) for subset in ("train", "test"))
    fold = np.arange(len(train)), len(train) + np.arange(len(test))
    texts, labels = np.array([*train, *test], object), np.array([*y_train, *y_test])
    return Documented(texts, labels, [fold])


def fifty_of(on: str, full: bool, data: Path | None) -> Documented:
    """Return a set with fifty training documents, drawn ten times, and up to 2,000 for tests."""
    whole = SETS[on](full, data)
    train, test = whole.folds[0]
    test = np.random.default_rng(0).permutation(test)[:2_000]
    draws = [np.random.default_rng(i).choice(train, 50, replace=False) for i in range(10)]
    return replace(whole, folds=[(draw, test) for draw in draws])


SETS: dict[str, Callable[[bool, Path | None], Documented]] = {
    "comments": lambda full, data: in_folds(load_feedback(return_X_y=True), full),
    "trec": lambda full, data: as_given(questions, full, data),
    "subj": lambda full, data: in_folds(sentences(full, data), full),
    "polarity": lambda full, data: in_folds(movie_reviews(full, data, "all"), full),
    "newsgroups": lambda full, data: as_given(newsgroups, full, data),
    "imdb": lambda full, data: as_given(imdb, full, data),
    "50 of trec": lambda full, data: fifty_of("trec", full, data),
    "50 of subj": lambda full, data: fifty_of("subj", full, data),
    "50 of imdb": lambda full, data: fifty_of("imdb", full, data),
}
LONG = ("polarity", "newsgroups", "imdb", "50 of imdb")

# %%
# One fit: which test documents are classified correctly, how sure the model is, and what it costs.
# Linear algebra uses one thread: on word counts more gain nothing, and their waiting would count.


@dataclass(frozen=True)
class Fit:
    correct: np.ndarray
    confidence: np.ndarray | None
    fit_seconds: float
    predict_milliseconds: float
    single_milliseconds: float
    megabytes: float


@threadpool_limits.wrap(limits=1)
def measure_fit(model: Pipeline, on: Documented, fold: tuple[np.ndarray, np.ndarray]) -> Fit:
    train, test = fold
    texts = on.texts[test].tolist()
    fitted, fit_seconds = timed(model.fit, on.texts[train].tolist(), on.labels[train])
    predicted, predict_seconds = timed(fitted.predict, texts)
    single_seconds = [timed(fitted.predict, [text])[1] for text in texts[:50]]
    has_confidence = hasattr(fitted, "predict_proba")
    return Fit(
        predicted == on.labels[test],
        fitted.predict_proba(texts).max(axis=1) if has_confidence else None,
        fit_seconds,
        predict_seconds / len(test) * 1000,
        float(np.median(single_seconds)) * 1000,
        measure_megabytes(fitted),
    )


def timed(function: Callable, *arguments):
    """Return what the function returns, and its processor seconds."""
    start = time.process_time()
    return function(*arguments), time.process_time() - start


def measure_megabytes(fitted: Pipeline) -> float:
    """Return the size of the saved pipeline in megabytes."""
    with TemporaryDirectory() as folder:
        joblib.dump(fitted, Path(folder) / "pipeline.joblib")
        return (Path(folder) / "pipeline.joblib").stat().st_size / 1e6


# %%
# A row: the fits of one model on one set, beside the better TF-IDF model.


@dataclass(frozen=True)
class Choice:
    """How good a model is on a data set, and what it costs.

    The gain is the difference to the accuracy of the better TF-IDF model. There is one accuracy
    for each seed and fold, seed by seed. Times and the size are means over the fits.
    """

    on: str
    model: str
    accuracies: tuple[float, ...]
    accuracy_error: float
    gain: float
    gain_error: float
    calibration_error: float | None
    fit_seconds: float
    predict_milliseconds: float
    single_milliseconds: float
    megabytes: float
    n_seeds: int


def make_choice(on: str, model: str, by_seed: list[list[Fit]], rival: list[Fit]) -> Choice:
    fits = [fit for fits in by_seed for fit in fits]
    scores = np.mean([repeat(fits) for fits in by_seed], axis=0)
    gains = scores - repeat(rival)
    errors = [measure_calibration(fits) for fits in by_seed if fits[0].confidence is not None]
    return Choice(
        on,
        model,
        tuple(float(fit.correct.mean()) for fit in fits),
        standard_error(scores),
        float(gains.mean()),
        standard_error(gains),
        float(np.mean(errors)) if errors else None,
        float(np.mean([fit.fit_seconds for fit in fits])),
        float(np.mean([fit.predict_milliseconds for fit in fits])),
        float(np.mean([fit.single_milliseconds for fit in fits])),
        float(np.mean([fit.megabytes for fit in fits])),
        len(by_seed),
    )


def repeat(fits: list[Fit]) -> np.ndarray:
    """Return what the standard error is taken over: scores of folds, or of documents."""
    if len(fits) > 1:
        return np.array([fit.correct.mean() for fit in fits])
    return fits[0].correct.astype(float)


def standard_error(scores: np.ndarray) -> float:
    return float(scores.std(ddof=1) / np.sqrt(len(scores)))


def measure_calibration(fits: list[Fit], n_bins: int = 15) -> float:
    """Return the expected calibration error on the test documents of all folds (Guo et al. 2017).

    In each bin, the mean confidence is compared with the accuracy.
    """
    correct = np.concatenate([fit.correct for fit in fits])
    confidence = np.concatenate([fit.confidence for fit in fits])
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, confidence - correct, n_bins)
    return float(np.abs(gaps).sum() / len(correct))


# %%
# The study.


def choose_seeds(on: str, model: str, full: bool) -> list[int]:
    """Return the seeds: all of them for the default and, on TREC, for whatever is random."""
    return seeds(full) if model == "default" or (model in RANDOM and on == "trec") else [0]


def with_seed(model: BaseEstimator, seed: int) -> BaseEstimator:
    names = [name for name in model.get_params() if name.endswith("random_state")]
    return clone(model).set_params(**dict.fromkeys(names, seed))


def choose_models(on: str, data: Path | None) -> list[str]:
    """Return the models that run on this set if none are named."""
    left_out = {WITH_NETWORK, *NETWORKS} if on in LONG else set()
    for model, files in WITH_VECTORS.items():
        if data is None or not any((data / file).is_file() for file in files):
            left_out.add(model)
    return [model for model in MODELS if model not in left_out]


def compare(full: bool, data: Path | None, on: str, models: list[str]) -> Iterator[Choice]:
    """Measure the models on one data set; the TF-IDF models always."""
    documented = SETS[on](full, data)

    def fit_all(name: str) -> list[list[Fit]]:
        print(f"{on}: {name}", file=sys.stderr)
        model = make_model(name, full, data)
        return [
            [measure_fit(with_seed(model, seed), documented, fold) for fold in documented.folds]
            for seed in choose_seeds(on, name, full)
        ]

    baselines = {name: fit_all(name) for name in BASELINES}
    (rival,) = max(baselines.values(), key=lambda by_seed: np.mean(repeat(by_seed[0])))
    for name in dict.fromkeys([*BASELINES, *models]):
        yield make_choice(on, name, baselines.get(name) or fit_all(name), rival)


def main(
    full: bool,
    data: Path | None,
    on: list[str] | None = None,
    models: list[str] | None = None,
) -> list[Choice]:
    chosen = on or ([name for name in SETS if name != "comments"] if full else ["comments"])
    return [
        choice
        for name in chosen
        for choice in compare(full, data, name, models or choose_models(name, data))
    ]


# %%
# The table.


def describe(choice: Choice) -> dict[str, str]:
    """Return the cells of a row by their column."""
    calibration = choice.calibration_error
    return {
        "data set": choice.on,
        "model": choice.model,
        "accuracy": f"{np.mean(choice.accuracies):.3f} ± {choice.accuracy_error:.3f}",
        "difference": f"{choice.gain:+.3f} ± {choice.gain_error:.3f}",
        "calibration error": "" if calibration is None else f"{calibration:.3f}",
        "fit, s": f"{choice.fit_seconds:.1f}",
        "predict, ms": f"{choice.predict_milliseconds:.3f}",
        "one, ms": f"{choice.single_milliseconds:.2f}",
        "file, MB": f"{choice.megabytes:.1f}",
        "seeds": str(choice.n_seeds),
    }


def table(found: list[Choice]) -> str:
    short = {"calibration error": "ECE", "predict, ms": "all, ms", "file, MB": "MB"}
    rows = pd.DataFrame([describe(choice) for choice in found]).rename(columns=short)
    return rows.to_string(index=False)


if __name__ == "__main__":
    some = {"nargs": "+", "metavar": "NAME"}
    options = {
        "on": {"choices": SETS, "help": f"data sets: {', '.join(SETS)}", **some},
        "models": {"choices": MODELS, "help": f"models: {'; '.join(MODELS)}", **some},
    }
    print(table(main(**parse_arguments(main, **options))))
