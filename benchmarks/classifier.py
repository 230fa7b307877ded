"""Benchmarks of the classifier: epoch, bulk, memory, files, growth, rare words."""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from benchmarks.figures import Figure, median, seconds
from benchmarks.memory import resident
from benchmarks.reviews import data_folder, imdb, movie_reviews
from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TokenSequences,
)
from skembed.datasets import load_feedback
from skembed.networks import ARCHITECTURES, NetworkFacts
from skembed.networks.runtime.keras_import import keras

SIZES, FILTERS, DIM = (3, 4, 5), 100, 100


class EpochSeconds(keras.callbacks.Callback):
    """Records the seconds of each epoch, in the class because callbacks are copied."""

    seconds: ClassVar[list] = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        EpochSeconds.seconds.append(time.perf_counter() - self.start)


def time_epochs(fit, *args, **params):
    """Call ``fit``, which uses ``EpochSeconds``, and return the seconds of each epoch."""
    EpochSeconds.seconds = []
    fit(*args, **params)
    return EpochSeconds.seconds


def make_pipeline(*more, min_count=2, num_words=None):
    stop_words = (data_folder() / "nltk_stopwords_english.txt").read_text().split()
    stop_words = [word for word in stop_words if "'" not in word]  # punctuation is deleted before
    return Pipeline(
        [
            (
                "clean",
                TextCleaner(
                    strip_punctuation="delete",
                    alphabetic_only=True,
                    stop_words=stop_words,
                    min_token_length=2,
                ),
            ),
            (
                "tokenize",
                KerasTokenizerTransformer(num_words, min_count=min_count, oov_token=None),
            ),
            ("pad", PadSequences()),
            *more,
        ]
    )


def load_polarity():
    """Return texts and labels of the 1,800 training reviews, then of the 200 test reviews."""
    return *movie_reviews("train"), *movie_reviews("test")


def measure_matmul_speed():
    """Return the floating-point operations per second of a matrix product."""
    a = np.random.rand(2048, 2048).astype(np.float32)
    return 2 * 2048**3 / median(seconds(np.matmul, a, a) for _ in range(5))


def make_plain_keras_model(sequences, seed):
    """Return the same network, to be trained with plain Keras."""
    keras.utils.set_random_seed(seed)
    facts = NetworkFacts(sequences.n_ids, None, 2, DIM, embedding_trainable=True)
    model = ARCHITECTURES["cnn"](facts, filters=FILTERS, kernel_size=SIZES)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def epoch(n_seeds=5, n_epochs=4):
    """An epoch of Kim's CNN on 1,800 reviews; the longest has 1,317 words."""
    texts, labels, test_texts, test_labels = load_polarity()
    prepare = make_pipeline()
    training, test = prepare.fit_transform(texts), prepare.transform(test_texts)
    operations = 3 * 2 * sum(SIZES) * DIM * FILTERS * training.lengths.sum()
    padded, padded_test = training.to_array(), test.to_array()
    truth = labels.astype(np.float32)[:, np.newaxis]
    ours, theirs, arithmetic, accuracies = [], [], [], ([], [])
    for seed in range(n_seeds):
        arithmetic.append(operations / measure_matmul_speed())
        classifier = KerasTextClassifier(
            filters=FILTERS,
            kernel_size=SIZES,
            embedding_dim=DIM,
            epochs=n_epochs,
            callbacks=EpochSeconds,
            random_state=seed,
        )
        ours += time_epochs(classifier.fit, training, labels)[1:]
        accuracies[0].append(classifier.score(test, test_labels))
        model = make_plain_keras_model(training, seed)
        settings = {"epochs": n_epochs, "verbose": 0, "callbacks": [EpochSeconds()]}
        theirs += time_epochs(model.fit, padded, truth, **settings)[1:]
        is_correct = (model.predict(padded_test, verbose=0)[:, 0] > 0.5) == test_labels
        accuracies[1].append(is_correct.mean())
    what = f"one epoch (median of {n_seeds} seeds)"
    yield Figure(what, median(ours), "s", "Keras, padded", median(theirs), at_least=4)
    yield Figure(what, median(ours), "s", "arithmetic alone", median(arithmetic), at_most=3)
    means, sds = (list(map(f, accuracies)) for f in (statistics.mean, statistics.stdev))
    yield Figure("test accuracy (mean)", means[0], "", "Keras, padded", means[1])
    yield Figure("  standard deviation", sds[0], "", "Keras, padded", sds[1])
    yield Figure("  Keras minus skembed", means[1] - means[0], "", at_most=max(sds))


def bulk():
    """Predictions of the CNN for 25,000 IMDB reviews; the longest has 961 words."""
    texts, labels = imdb("train")
    prepare = make_pipeline(min_count=5)
    training = prepare.fit_transform(texts[::10])
    classifier = KerasTextClassifier(epochs=1, random_state=0).fit(training, labels[::10])
    test = prepare[:-1].transform(imdb("test")[0])
    longest = int(test.lengths.max())
    padded = test.padded(longest).to_array()
    ours = [seconds(classifier.predict, test) for _ in range(3)]
    theirs = seconds(lambda: classifier.model_.predict(padded, verbose=0))
    yield Figure("predict", median(ours), "s", "Keras, padded (one run)", theirs, at_least=3)


def memory(n_fits=60):
    """60 fits of a grid search in one process."""
    texts, labels = load_feedback(return_X_y=True)
    resident_mb, warm_up = [], KerasTextClassifier(architecture="average", epochs=1)
    pipeline = Pipeline(
        [
            ("tokenize", KerasTokenizerTransformer()),
            ("classify", KerasTextClassifier(filters=32, epochs=2, random_state=0)),
        ]
    )
    clone(pipeline).set_params(classify=warm_up).fit(texts, labels)
    times = [seconds(clone(pipeline).fit, texts, labels) for _ in range(10)]

    def record_memory(estimator, X, y):
        resident_mb.append(resident())
        return estimator.score(X, y)

    rates = np.geomspace(1e-4, 1e-2, n_fits // 3).tolist()
    grid = {"classify__optimizer__learning_rate": rates}
    GridSearchCV(pipeline, grid, cv=3, scoring=record_memory, refit=False).fit(texts, labels)
    yield Figure(f"growth, fit 5 to {n_fits}", resident_mb[-1] - resident_mb[4], "MB", at_most=50)
    yield Figure("tenth fit", times[9], "s", "first fit", times[0], at_most=1)


def files():
    """Size of a saved pipeline with frozen GloVe vectors."""
    texts, labels, *_ = load_polarity()
    vectors = data_folder() / "vectors" / "glove.6B.50d.part.txt"
    classifier = KerasTextClassifier(
        filters=FILTERS, epochs=1, embedding_trainable=False, random_state=0
    )
    embed = ("embed", PretrainedEmbeddingMatrix(vectors))
    pipeline = make_pipeline(embed, ("classify", classifier)).fit(texts[::6], labels[::6])
    weights = sum(w.nbytes for w in pipeline["classify"].model_.get_weights())
    words = sum(len(word.encode()) for word in pipeline["tokenize"].vocabulary_)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.joblib"
        joblib.dump(pipeline, path)
        size = path.stat().st_size
    minimum = (weights + words) / 1e6
    yield Figure("file", size / 1e6, "MB", "weights and vocabulary", minimum, at_most=1.2)


def growth():
    """An epoch of a CNN (32 filters of 5 words) on IMDB reviews, by number and length."""
    texts, labels = imdb("train")
    order = np.random.RandomState(0).permutation(len(texts))
    sequences = KerasTokenizerTransformer(num_words=20_000).fit_transform(texts)[order]
    labels = labels[order]

    def time_epoch(sequences, labels):
        classifier = KerasTextClassifier(
            filters=32, kernel_size=5, epochs=3, callbacks=EpochSeconds, random_state=0
        )
        return median(time_epochs(classifier.fit, sequences, labels)[1:])

    for n in (6_250, 12_500, 25_000):
        yield Figure(f"{n:,} documents", time_epoch(sequences[:n], labels[:n]))
    long = np.flatnonzero(sequences.lengths >= 400)[:3000]
    for length in (100, 200, 400):
        truncated = sequences[long].padded(length)
        yield Figure(f"3,000 documents of {length} words", time_epoch(truncated, labels[long]))


def rare_words():
    """A training step on 32 documents of 200 words, by optimizer."""
    random = np.random.RandomState(0)
    for architecture in ("average", "cnn"):
        for n_ids in (10_000, 50_000, 200_000):
            # Zipf's law: the frequency of a word falls with its rank, as in natural text.
            ids = np.minimum(random.zipf(1.3, (320, 200)), n_ids - 1)
            documents = replace(TokenSequences.from_array(ids), n_ids=n_ids)
            step_milliseconds = []
            for optimizer, trainable in (("lazy_adam", True), ("adam", True), ("adam", False)):
                classifier = KerasTextClassifier(
                    architecture=architecture,
                    embedding_trainable=trainable,
                    optimizer=optimizer,
                    epochs=5,
                    callbacks=EpochSeconds,
                    random_state=0,
                )
                times = time_epochs(classifier.fit, documents, [0, 1] * 160)
                step_milliseconds.append(1000 * median(times[1:]) / 10)
            lazy, adam, frozen = step_milliseconds
            what = f"{architecture}, {n_ids:,} ids: lazy_adam"
            yield Figure(what, lazy, "ms", "adam", adam)
            yield Figure(what, lazy, "ms", "frozen vectors", frozen)
