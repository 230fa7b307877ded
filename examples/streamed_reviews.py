"""
IMDB as a stream: more text than memory
=======================================

The reviews are read from a file with one review per line and are never all in memory: each step
receives a thousand at a time. One pipeline hashes words to ids, which needs no separate pass; the
other first counts a vocabulary in a pass of its own and then freezes it. Both classifiers are
saved, loaded, and scored on another file in the same way.

This example reproduces no published experiment. ``imdb_average.py`` trains the same network with
all reviews in memory. The reviews are those of Maas et al., 2011; the small setting streams the
comments that ship with skembed. Run it as ``python examples/streamed_reviews.py --full --data
FOLDER``.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pandas as pd
from experiment import Documents, Row, draw, imdb, measure, parse_arguments, table
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline, make_pipeline

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    TextCleaner,
)
from skembed.datasets import load_feedback

Batches = Iterator[tuple[list[str], list[int]]]
N_WORDS, BATCH_SIZE = 10_000, 1000

# %%
# A stand-in for your own text: a file with one review and its class per line, in random order. A
# stream sorted by class would teach the network first one class and then the other.


def load(full: bool, data: Path | None, subset: str) -> Documents:
    if full:
        return imdb(full, data, subset)
    comments, sentiment = load_feedback(return_X_y=True)
    half = slice(subset == "test", None, 2)
    return comments[half], (sentiment == "positive")[half]


def write_reviews(path: Path, documents: Documents) -> Path:
    texts, labels = documents
    with path.open("w", encoding="utf-8") as file:
        for i in np.random.RandomState(0).permutation(len(texts)):
            file.write(json.dumps({"text": texts[i], "label": int(labels[i])}) + "\n")
    return path


def read_batches(path: Path) -> Batches:
    with path.open(encoding="utf-8") as lines:
        while batch := [json.loads(line) for line in islice(lines, BATCH_SIZE)]:
            yield [review["text"] for review in batch], [review["label"] for review in batch]


# %%
# Hashed ids need no vocabulary, but two words may share an id. A vocabulary can also be counted
# batch by batch; ``FrozenEstimator`` then keeps the tokenizer unchanged when the pipeline is
# fitted. The length is fixed, because the longest review is not known from a single batch.


def make_hashing_steps() -> Pipeline:
    return make_pipeline(
        TextCleaner(strip_html=True),
        HashingTokenizerTransformer(N_WORDS),
        PadSequences(500),
    ).fit(["any text: nothing is learned"])


def make_counting_steps(path: Path) -> Pipeline:
    clean, tokenizer = TextCleaner(strip_html=True), KerasTokenizerTransformer(N_WORDS)
    for texts, _ in read_batches(path):
        tokenizer.partial_fit(clean.transform(texts))
    return make_pipeline(clean, FrozenEstimator(tokenizer), PadSequences(500)).fit(["any text"])


# %%
# ``partial_fit`` trains the classifier on one batch of text, which ``batch_size`` splits further.
# The first call needs the list of all classes. The fitted steps and the classifier form a pipeline,
# which is saved like any other.


def train_classifier(steps: Pipeline, path: Path, n_passes: int, seed: int) -> Pipeline:
    classifier = KerasTextClassifier(architecture="average", embedding_dim=16, random_state=seed)
    for _ in range(n_passes):
        for texts, labels in read_batches(path):
            classifier.partial_fit(steps.transform(texts), labels, classes=[0, 1])
    return make_pipeline(steps, classifier)


def measure_accuracy(model: Pipeline, path: Path) -> float:
    n_correct = n_documents = 0
    for texts, labels in read_batches(path):
        n_correct += int((model.predict(texts) == labels).sum())
        n_documents += len(labels)
    return n_correct / n_documents


def main(full: bool, data: Path | None) -> list[Row]:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        train, test = (
            write_reviews(folder / f"{subset}.jsonl", load(full, data, subset))
            for subset in ("train", "test")
        )

        def accuracies(seed: int) -> list[float]:
            scores = []
            for steps in (make_hashing_steps(), make_counting_steps(train)):
                model = train_classifier(steps, train, 10 if full else 30, seed)
                joblib.dump(model, folder / "model.joblib")
                scores.append(measure_accuracy(joblib.load(folder / "model.joblib"), test))
            return scores

        return measure({"hashed ids": "none", "counted words": "none"}, accuracies, full)


if __name__ == "__main__":
    found = main(**parse_arguments(main))
    print(table(found))
    means = pd.DataFrame([{"ids": row.experiment, "accuracy": row.mean} for row in found])
    draw(means, kind="barh", x="ids", y="accuracy", xlabel="accuracy", ylabel="")
