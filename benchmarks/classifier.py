"""The classifier's figures: an epoch, serving, memory, files, growth, rare words.

Run as ``python -m benchmarks.classifier``, or with the names of some parts. Two cores;
rivals run in turn with skembed. All parts take about half an hour.
"""

import gc
import statistics
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

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
from skembed.networks.runtime import keras

SIZES, FILTERS, DIM = (3, 4, 5), 100, 100
median = statistics.median


def seconds(run, *args):
    start = time.perf_counter()
    run(*args)
    return time.perf_counter() - start


class EpochSeconds(keras.callbacks.Callback):
    """Collects the seconds of each epoch; Keras callbacks are copied, so in the class."""

    of: ClassVar[list] = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        EpochSeconds.of.append(time.perf_counter() - self.start)


def seconds_of_epochs(fit, *args, **params):
    EpochSeconds.of = []
    fit(*args, **params)
    return EpochSeconds.of


def steps(*more, min_count=2):
    stop_words = (data_folder() / "nltk_stopwords_english.txt").read_text().split()
    return Pipeline(
        [
            ("clean", TextCleaner(alphabetic_only=True, stop_words=stop_words, min_token_length=2)),
            ("tokenize", KerasTokenizerTransformer(min_count=min_count, oov_token=None)),
            ("pad", PadSequences()),
            *more,
        ]
    )


def polarity():
    """Return texts and labels of the 1,800 reviews for training, and of the 200 for testing."""
    return *movie_reviews("train"), *movie_reviews("test")


def matmul_speed():
    """Return the floating-point operations a second of a product of matrices."""
    a = np.random.rand(2048, 2048).astype(np.float32)
    return 2 * 2048**3 / median(seconds(np.matmul, a, a) for _ in range(5))


def kim_by_hand(sequences, seed):
    """Return the same network as a plain Keras user trains it."""
    keras.utils.set_random_seed(seed)
    facts = NetworkFacts(sequences.n_ids, None, 2, DIM, embedding_trainable=True)
    model = ARCHITECTURES["cnn"](facts, filters=FILTERS, kernel_size=SIZES)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def epoch(n_seeds=5, n_epochs=4):
    texts, labels, test_texts, test_labels = polarity()
    prepare = steps()
    training, test = prepare.fit_transform(texts), prepare.transform(test_texts)
    operations = 3 * 2 * sum(SIZES) * DIM * FILTERS * training.lengths.sum()
    padded, padded_test = np.asarray(training), np.asarray(test)
    truth = labels.astype(np.float32)[:, np.newaxis]
    ours, theirs, arithmetic, accuracies = [], [], [], ([], [])
    for seed in range(n_seeds):
        arithmetic.append(operations / matmul_speed())
        classifier = KerasTextClassifier(
            filters=FILTERS,
            kernel_size=SIZES,
            embedding_dim=DIM,
            epochs=n_epochs,
            callbacks=EpochSeconds,
            random_state=seed,
        )
        ours += seconds_of_epochs(classifier.fit, training, labels)[1:]
        accuracies[0].append(classifier.score(test, test_labels))
        model = kim_by_hand(training, seed)
        how = {"epochs": n_epochs, "verbose": 0, "callbacks": [EpochSeconds()]}
        theirs += seconds_of_epochs(model.fit, padded, truth, **how)[1:]
        right = (model.predict(padded_test, verbose=0)[:, 0] > 0.5) == test_labels
        accuracies[1].append(right.mean())
    print(f"An epoch of Kim's CNN, {len(texts)} reviews, {training.n_ids} ids, {padded.shape[1]}")
    print(f"  words the longest; medians over {n_seeds} seeds, the first epoch of each left out")
    print(f"  skembed                {median(ours):6.2f} s   ({min(ours):.2f} to {max(ours):.2f})")
    print(f"  Keras, padded          {median(theirs):6.2f} s")
    print(f"  Keras / skembed        {median(theirs) / median(ours):6.2f}     (at least 4)")
    print(f"  arithmetic alone       {median(arithmetic):6.2f} s   ({operations / 1e9:.0f} GFLOP)")
    print(f"  skembed / arithmetic   {median(ours) / median(arithmetic):6.2f}     (at most 3)")
    for name, found in zip(("skembed", "Keras"), accuracies):
        spread = statistics.stdev(found)
        print(f"  test accuracy, {name:<8}{statistics.mean(found):6.3f}     (sd {spread:.3f})")


def serving():
    texts, labels, test_texts, _ = polarity()
    classifier = KerasTextClassifier(epochs=1, random_state=0)
    pipeline = steps(("classify", classifier)).fit(texts, labels)
    network = pipeline["classify"].model_
    network.predict_function = None  # of its own: the rival shall not share ours

    def by_model(text):
        return network.predict(np.asarray(pipeline[:-1].transform([text])), verbose=0)

    def ours(text):
        return pipeline.predict([text])

    def milliseconds(predict):  # one after another, as a server is asked
        for text in texts[:30]:
            predict(text)
        return 1000 * median(seconds(predict, text) for text in test_texts)

    mine, theirs = milliseconds(ours), milliseconds(by_model)
    print(
        f"One review through cleaning, tokenizing, padding and the CNN; {len(test_texts)} reviews"
    )
    print(f"  pipeline.predict       {mine:6.2f} ms  (at most 3)")
    print(f"  through Model.predict  {theirs:6.2f} ms")
    print(f"  ratio                  {theirs / mine:6.1f}     (at least 10)")


def bulk():
    texts, labels = imdb("train")
    prepare = steps(min_count=5)
    training = prepare.fit_transform(texts[::10])
    classifier = KerasTextClassifier(epochs=1, random_state=0).fit(training, labels[::10])
    test = prepare[:-1].transform(imdb("test")[0])
    longest = int(test.lengths.max())
    padded = np.asarray(test.padded(longest))
    mine = [seconds(classifier.predict, test) for _ in range(3)]
    theirs = seconds(lambda: classifier.model_.predict(padded, verbose=0))
    print(f"{len(test):,} IMDB reviews, {longest} words the longest, through the CNN")
    print(f"  skembed                {median(mine):6.1f} s")
    print(f"  Keras, padded          {theirs:6.1f} s   (one run)")
    print(f"  Keras / skembed        {theirs / median(mine):6.1f}     (at least 3)")


def resident():
    """Return the megabytes that this process holds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def memory(n_fits=60):
    texts, labels = load_feedback(return_X_y=True)
    held, warm = [], KerasTextClassifier(architecture="average", epochs=1)
    pipeline = Pipeline(
        [
            ("tokenize", KerasTokenizerTransformer()),
            ("classify", KerasTextClassifier(filters=32, epochs=2, random_state=0)),
        ]
    )
    clone(pipeline).set_params(classify=warm).fit(texts, labels)
    times = [seconds(clone(pipeline).fit, texts, labels) for _ in range(10)]

    def remember(estimator, X, y):
        held.append(resident())
        return estimator.score(X, y)

    rates = np.geomspace(1e-4, 1e-2, n_fits // 3).tolist()
    grid = {"classify__optimizer__learning_rate": rates}
    GridSearchCV(pipeline, grid, cv=3, scoring=remember, refit=False).fit(texts, labels)
    print(f"{len(held)} fits of a grid in one process")
    print(f"  growth after 5 fits    {held[-1] - held[4]:6.1f} MB  (less than 50)")
    print(f"  first fit              {times[0]:6.2f} s")
    print(f"  tenth fit              {times[9]:6.2f} s   (not above the first)")


def files():
    texts, labels, *_ = polarity()
    vectors = data_folder() / "vectors" / "glove.6B.50d.part.txt"
    classifier = KerasTextClassifier(
        filters=FILTERS, epochs=1, embedding_trainable=False, random_state=0
    )
    embed = ("embed", PretrainedEmbeddingMatrix(vectors))
    pipeline = steps(embed, ("classify", classifier)).fit(texts[::6], labels[::6])
    weights = sum(w.nbytes for w in pipeline["classify"].model_.get_weights())
    words = sum(len(word.encode()) for word in pipeline["tokenize"].vocabulary_)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.joblib"
        joblib.dump(pipeline, path)
        size = path.stat().st_size
    print("The file of a pipeline with frozen GloVe vectors")
    print(f"  weights and vocabulary {(weights + words) / 1e6:6.2f} MB")
    print(f"  file                   {size / 1e6:6.2f} MB")
    print(f"  ratio                  {size / (weights + words):6.2f}     (at most 1.2)")


def growth():
    texts, labels = imdb("train")
    order = np.random.RandomState(0).permutation(len(texts))
    sequences = KerasTokenizerTransformer(num_words=20_000).fit_transform(texts)[order]
    labels = labels[order]

    def an_epoch(sequences, labels):
        classifier = KerasTextClassifier(
            filters=32, kernel_size=5, epochs=3, callbacks=EpochSeconds, random_state=0
        )
        return median(seconds_of_epochs(classifier.fit, sequences, labels)[1:])

    print("An epoch of a CNN (32 filters of 5) on IMDB reviews; should double from line to line")
    for n in (6_250, 12_500, 25_000):
        print(f"  {n:6} documents       {an_epoch(sequences[:n], labels[:n]):6.2f} s")
    long = np.flatnonzero(sequences.lengths >= 400)[:3000]
    for length in (100, 200, 400):
        cut = sequences[long].padded(length)
        print(f"  {length:6} words each     {an_epoch(cut, labels[long]):6.2f} s")


def rare_words():
    random = np.random.RandomState(0)
    print("A step of 32 documents of 200 words, by optimizer; milliseconds")
    print("  network        ids  lazy_adam    adam  frozen")
    for architecture in ("average", "cnn"):
        for n_ids in (10_000, 50_000, 200_000):
            # Words as frequent as in text: the share of a word falls with its rank.
            ids = np.minimum(random.zipf(1.3, (320, 200)), n_ids - 1)
            documents = replace(TokenSequences.from_array(ids), n_ids=n_ids)
            found = []
            for optimizer, trainable in (("lazy_adam", True), ("adam", True), ("adam", False)):
                classifier = KerasTextClassifier(
                    architecture=architecture,
                    embedding_trainable=trainable,
                    optimizer=optimizer,
                    epochs=5,
                    callbacks=EpochSeconds,
                    random_state=0,
                )
                times = seconds_of_epochs(classifier.fit, documents, [0, 1] * 160)
                found.append(1000 * median(times[1:]) / 10)
            print(f"  {architecture:<9}{n_ids:9,}{found[0]:11.0f}{found[1]:8.0f}{found[2]:8.0f}")


PARTS = {part.__name__: part for part in (epoch, serving, bulk, memory, files, growth, rare_words)}


def main():
    chosen = sys.argv[1:] or [*PARTS]
    unknown = set(chosen) - set(PARTS)
    if unknown:
        raise SystemExit(f"No part {', '.join(unknown)}: choose of {', '.join(PARTS)}.")
    warnings.simplefilter("ignore")
    for name in chosen:
        PARTS[name]()
        print(flush=True)


if __name__ == "__main__":
    main()
