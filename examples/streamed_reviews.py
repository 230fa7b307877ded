"""
IMDB as a stream: more text than memory
=======================================

The reviews are in a file, one a line, and are never held all at once: each step sees a thousand of
them at a time. Once with hashed ids, for which one pass is enough; once with a vocabulary, which
takes a pass of its own to be counted, and is then frozen. Both classifiers are saved, loaded, and
asked about another file in the same way.

Nothing is published that this repeats. ``imdb_average.py`` is the same network with all reviews in
memory. The reviews are those of Maas and others, 2011. Run it as
``python examples/streamed_reviews.py --full --data FOLDER``.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
from experiment import Documents, Row, command_line, imdb, measure
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline, make_pipeline

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    TextCleaner,
)

Batches = Iterator[tuple[list[str], list[int]]]
N_WORDS, BATCH = 10_000, 1000

# %%
# A stand-in for your own text: a file with a review and its class a line, in random order. A
# stream in the order of the classes would teach the network one class, and then the other.


def write(path: Path, documents: Documents) -> Path:
    texts, labels = documents
    with path.open("w", encoding="utf-8") as file:
        for i in np.random.RandomState(0).permutation(len(texts)):
            file.write(json.dumps({"text": texts[i], "label": int(labels[i])}) + "\n")
    return path


def batches(path: Path) -> Batches:
    with path.open(encoding="utf-8") as lines:
        while some := [json.loads(line) for line in islice(lines, BATCH)]:
            yield [review["text"] for review in some], [review["label"] for review in some]


# %%
# Hashed ids need no vocabulary, but two words may share an id. Words can be counted batch by batch
# too; ``FrozenEstimator`` then keeps the steps as they are, whatever they are fitted on. Rows have
# a fixed length: what the longest review of all has, no batch knows.


def hashed() -> Pipeline:
    return make_pipeline(
        TextCleaner(strip_html=True),
        HashingTokenizerTransformer(N_WORDS),
        PadSequences(500),
    ).fit(["any text: nothing is learned"])


def counted(path: Path) -> Pipeline:
    clean, tokenizer = TextCleaner(strip_html=True), KerasTokenizerTransformer(N_WORDS)
    for texts, _ in batches(path):
        tokenizer.partial_fit(clean.transform(texts))
    return make_pipeline(clean, FrozenEstimator(tokenizer), PadSequences(500)).fit(["any text"])


# %%
# The classifier learns from a batch at a time, and is told beforehand which classes there are. Its
# ``batch_size`` cuts the thousand reviews further. Fitted steps and the classifier together are a
# pipeline, which is saved as any other.


def trained(steps: Pipeline, path: Path, n_passes: int, seed: int) -> Pipeline:
    classifier = KerasTextClassifier(architecture="average", embedding_dim=16, random_state=seed)
    for _ in range(n_passes):
        for texts, labels in batches(path):
            classifier.partial_fit(steps.transform(texts), labels, classes=[0, 1])
    return make_pipeline(steps, classifier)


def accuracy(model: Pipeline, path: Path) -> float:
    n_right = n_documents = 0
    for texts, labels in batches(path):
        n_right += int((model.predict(texts) == labels).sum())
        n_documents += len(labels)
    return n_right / n_documents


def main(full: bool, data: Path | None) -> list[Row]:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        train, test = (
            write(folder / f"{subset}.jsonl", imdb(full, data, subset))
            for subset in ("train", "test")
        )

        def accuracies(seed: int) -> list[float]:
            scores = []
            for steps in (hashed(), counted(train)):
                joblib.dump(trained(steps, train, 10 if full else 2, seed), folder / "model.joblib")
                scores.append(accuracy(joblib.load(folder / "model.joblib"), test))
            return scores

        return measure({"hashed ids": "none", "counted words": "none"}, accuracies, full)


if __name__ == "__main__":
    command_line(main)
