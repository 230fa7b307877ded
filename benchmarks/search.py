"""Benchmarks of a grid search: time, scores and memory, in one process and in several."""

import importlib.util
import os
import string
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any
from unittest import mock

import joblib
import numpy as np
from joblib.externals.loky import get_reusable_executor
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from benchmarks.classifier import make_pipeline
from benchmarks.figures import Figure, median, seconds
from benchmarks.memory import peak, resident
from benchmarks.reviews import data_folder, movie_reviews
from skembed import KerasTextClassifier, PretrainedEmbeddingMatrix

DIM, N_WORDS = 50, 20_000
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


@dataclass(frozen=True)
class Grid:
    """A search of 12 candidates in three folds, with learned, frozen and tuned vectors."""

    n_reviews: int
    n_epochs: int
    filters: tuple[int, ...]
    kernel_sizes: tuple[Any, ...]


LARGE = Grid(2_000, 3, (64, 128), (5, (3, 4, 5)))
SMALL = Grid(800, 2, (16, 32), (3, 5))


def load_reviews(n_reviews):
    """Return ``n_reviews`` of the 2,000 reviews, evenly spaced, and their classes."""
    texts, labels = movie_reviews("all")
    chosen = np.linspace(0, len(texts) - 1, n_reviews).astype(int)
    return texts[chosen], labels[chosen]


def glove_path():
    """Return the path of the GloVe vectors."""
    return data_folder() / "vectors" / "glove.6B.50d.part.txt"


def score(estimator, X, y):
    """Return the accuracy, and the id and peak memory in MB of this process."""
    return {"accuracy": estimator.score(X, y), "peak": peak(), "process": os.getpid()}


SEARCH = {"scoring": score, "cv": FOLDS, "refit": False, "error_score": "raise"}


def search_with_skembed(texts, labels, grid, n_jobs):
    """Search with skembed, from raw text."""
    embed = PretrainedEmbeddingMatrix(glove_path())
    classifier = KerasTextClassifier(embedding_dim=None, epochs=grid.n_epochs, random_state=0)
    pipeline = make_pipeline(("embed", embed), ("classify", classifier), num_words=N_WORDS)
    search = GridSearchCV(pipeline, list_candidates(embed, grid), n_jobs=n_jobs, **SEARCH)
    return search.fit(texts, labels)


def list_candidates(embed, grid):
    """Return the parameters of the candidates, for steps named ``embed`` and ``classify``."""
    network = {"classify__filters": grid.filters, "classify__kernel_size": grid.kernel_sizes}
    return [
        # Learned vectors have the same dimension as those of GloVe.
        {"embed": ["passthrough"], "classify__embedding_dim": [DIM], **network},
        {"embed": [embed], "classify__embedding_trainable": [False, True], **network},
    ]


def search_as_in_tutorials(texts, labels, grid):
    """Search as tutorials do: tokenize once before the folds, and pad to the longest text."""
    import keras
    from scikeras.wrappers import KerasClassifier
    from tensorflow.keras.preprocessing.text import Tokenizer

    stop_words = {*(data_folder() / "nltk_stopwords_english.txt").read_text().split()}
    punctuation = str.maketrans("", "", string.punctuation)
    documents = [
        [w for w in words if w.isalpha() and w not in stop_words and len(w) > 1]
        for words in (text.translate(punctuation).split() for text in texts)
    ]
    counts = Counter(word for words in documents for word in words)
    documents = [" ".join(word for word in words if counts[word] > 1) for words in documents]
    tokenizer = Tokenizer(num_words=N_WORDS)
    tokenizer.fit_on_texts(documents)
    ids = keras.utils.pad_sequences(tokenizer.texts_to_sequences(documents), padding="post")
    vectors = {}
    with open(glove_path(), encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.split(" ")
            vectors[word] = np.asarray(numbers, dtype="float32")
    matrix = np.zeros((N_WORDS, DIM))
    for word, i in tokenizer.word_index.items():
        if i < N_WORDS and word in vectors:
            matrix[i] = vectors[word]

    def build(vectors, filters, kernel_size):
        embedding = keras.layers.Embedding(N_WORDS, DIM, trainable=vectors != "frozen")
        embedding.build((None,))
        if vectors != "learned":
            embedding.set_weights([matrix])
        ids_in = keras.Input((ids.shape[1],), dtype="int32")
        words = embedding(ids_in)
        maxima = [
            keras.layers.GlobalMaxPooling1D()(
                keras.layers.Conv1D(filters, size, activation="relu", padding="same")(words)
            )
            for size in np.atleast_1d(kernel_size).tolist()
        ]
        x = keras.layers.Concatenate()(maxima) if len(maxima) > 1 else maxima[0]
        x = keras.layers.Dropout(0.5)(x)
        network = keras.Model(ids_in, keras.layers.Dense(1, activation="sigmoid")(x))
        network.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        return network

    candidates = {
        "model__vectors": ["learned", "frozen", "tuned"],
        "model__filters": grid.filters,
        "model__kernel_size": grid.kernel_sizes,
    }
    classifier = KerasClassifier(build, epochs=grid.n_epochs, verbose=0)
    return GridSearchCV(classifier, candidates, **SEARCH).fit(ids, labels)


def time_call(function, *args):
    """Return the result of a call and the seconds that it took."""
    start = time.perf_counter()
    result = function(*args)
    return result, time.perf_counter() - start


def list_peaks(search):
    """Return the peak memory in MB of each process of a search, sorted."""
    results, peaks = search.cv_results_, {}
    for fold in range(FOLDS.get_n_splits()):
        processes, peak_mb = (results[f"split{fold}_test_{name}"] for name in ("process", "peak"))
        for process, megabytes in zip(processes.tolist(), peak_mb.tolist()):
            peaks[process] = max(megabytes, peaks.get(process, 0.0))
    return sorted(peaks.values())


def small_grid():
    """12 small candidates in 3 folds of 533 reviews, two epochs each: fixed costs rule."""
    texts, labels = load_reviews(SMALL.n_reviews)
    get_reusable_executor().shutdown()
    of_one, of_two = (
        [time_call(search_with_skembed, texts, labels, SMALL, n_jobs) for _ in range(2)]
        for n_jobs in (1, 2)
    )
    _, seconds_of_tutorial = time_call(search_as_in_tutorials, texts, labels, SMALL)
    (one_process, seconds_of_one), (_, one_again) = of_one
    (two_processes, seconds_of_two), (_, two_again) = of_two
    what, rival = "the small grid", "as in tutorials"
    yield Figure(what, seconds_of_one, "s", rival, seconds_of_tutorial, at_least=5)
    start = f"{what}, n_jobs=2, with its start"
    yield Figure(start, seconds_of_two, "s", "n_jobs=1", seconds_of_one, at_least=1)
    yield Figure(f"{what}, n_jobs=2, again", two_again, "s", "n_jobs=1, again", one_again)
    scores = [s.cv_results_["mean_test_accuracy"] for s in (one_process, two_processes)]
    difference = np.abs(scores[1] - scores[0]).max()
    yield Figure("accuracy, n_jobs=2 compared with 1", difference, "", at_most=0.05)


def grid():
    """12 candidates in 3 folds of the movie reviews: learned, frozen and fine-tuned vectors."""
    yield from small_grid()
    texts, labels = load_reviews(LARGE.n_reviews)
    one_process, seconds_of_one = time_call(search_with_skembed, texts, labels, LARGE, 1)
    before = resident()
    two_processes, seconds_of_two = time_call(search_with_skembed, texts, labels, LARGE, 2)
    growth = resident() - before
    tutorial, seconds_of_tutorial = time_call(search_as_in_tutorials, texts, labels, LARGE)
    what = "the large grid"
    yield Figure(what, seconds_of_one, "s", "as in tutorials", seconds_of_tutorial, at_least=5)
    for rival, seconds_of_rival, bound in (
        ("n_jobs=1", seconds_of_one, 1.5),
        ("as in tutorials", seconds_of_tutorial, 7.5),
    ):
        yield Figure(
            f"{what}, n_jobs=2", seconds_of_two, "s", rival, seconds_of_rival, at_least=bound
        )
    scores = [
        search.cv_results_["mean_test_accuracy"]
        for search in (one_process, two_processes, tutorial)
    ]
    for name, summarize in (("best", np.max), ("mean", np.mean)):
        ours, theirs = summarize(scores[0]), summarize(scores[2])
        yield Figure(f"accuracy, {name} of the candidates", ours, "", "as in tutorials", theirs)
    spread = median(one_process.cv_results_["std_test_accuracy"])
    yield Figure("  standard deviation over folds", spread, "")
    difference = scores[2].mean() - scores[0].mean()
    yield Figure("  mean, tutorials minus skembed", difference, "", at_most=spread)
    difference = np.abs(scores[1] - scores[0]).max()
    yield Figure("accuracy, n_jobs=2 compared with 1", difference, "", at_most=0.05)
    yield Figure("growth of the parent, n_jobs=2", growth, "MB", at_most=50)
    for number, megabytes in enumerate(list_peaks(two_processes), start=1):
        yield Figure(f"peak of worker {number}", megabytes, "MB")
    yield Figure("text steps and vectors", median(time_steps(texts, labels)), "s")
    yield Figure("a whole fit", median(one_process.cv_results_["mean_fit_time"]), "s")


def time_steps(texts, labels, n_times=3):
    """Yield the seconds that the steps before the classifier take in a fold."""
    training, _ = next(FOLDS.split(texts, labels))
    for _ in range(n_times):
        prepare = make_pipeline(
            ("embed", PretrainedEmbeddingMatrix(glove_path())), num_words=N_WORDS
        )
        yield time_call(prepare.fit_transform, texts[training])[1]


def search_on_dask(*args):
    """Search in two Dask processes, including their start and end."""
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        return search_with_skembed(*args, n_jobs=-1)


def time_with_one_thread(*args):
    """Return the seconds of a search in a process with one thread, as a worker of two has."""
    with (
        mock.patch.dict(os.environ, OMP_NUM_THREADS="1"),
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process,
    ):
        return process.submit(seconds, search_with_skembed, *args, 1).result()


def workers():
    """The large grid with eight epochs: in one process, and in two of loky and of Dask."""
    texts, labels = load_reviews(LARGE.n_reviews)
    longer = replace(LARGE, n_epochs=8)
    what = "the large grid, 8 epochs"
    _, seconds_of_one = time_call(search_with_skembed, texts, labels, longer, 1)
    seconds_of_thread = time_with_one_thread(texts, labels, longer)
    get_reusable_executor().shutdown()  # for comparison with the new processes of Dask
    _, seconds_of_loky = time_call(search_with_skembed, texts, labels, longer, 2)
    for rival, theirs in (("all cores", seconds_of_one), ("one thread", seconds_of_thread)):
        rival = f"n_jobs=1, {rival}"
        yield Figure(f"{what}, n_jobs=2", seconds_of_loky, "s", rival, theirs, at_least=1.5)
    if importlib.util.find_spec("distributed") is None:
        return
    dask, seconds_of_dask = time_call(search_on_dask, texts, labels, longer)
    yield Figure(f"{what}, on Dask", seconds_of_dask, "s", "loky", seconds_of_loky, at_most=1.15)
    for number, megabytes in enumerate(list_peaks(dask), start=1):
        yield Figure(f"peak of worker {number}", megabytes, "MB")
