"""Accuracy and cost of encoders: of whole documents, of single words, and beside the default.

``python -m benchmarks.encoders NAME=FOLDER ...`` compares models of sentence-transformers and of
model2vec that are in folders, with the default of skembed. It needs both packages as far as such a
folder is named, and the data of the experiments (``SKEMBED_DATA``). It is not among the benchmarks
of ``python -m benchmarks``, because skembed does not depend on these packages.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks.reviews import data_folder, movie_reviews
from skembed import WeightedVotingClassifier, make_text_classifier
from skembed.datasets import load_feedback

sys.path.append(str(Path(__file__).parents[1] / "examples"))

N_SINGLE = 30  # documents that are classified one by one


class Encoder:
    """A model in a folder, loaded where it is used and not copied by ``clone``."""

    def __init__(self, folder: Path) -> None:
        if (folder / "modules.json").is_file() and (folder / "1_Pooling").is_dir():
            from sentence_transformers import SentenceTransformer

            self.model: Any = SentenceTransformer(str(folder), device="cpu")
        else:
            from model2vec import StaticModel

            self.model = StaticModel.from_pretrained(str(folder))

    def encode(self, texts):
        """Return a vector for each text."""
        return self.model.encode([*texts], show_progress_bar=False)

    def __deepcopy__(self, memo):
        return self


def documents_with(encoder):
    """Return a classifier of the vectors of whole documents."""
    return make_pipeline(
        FunctionTransformer(encoder.encode), LogisticRegression(C=10, max_iter=1000)
    )


def models(encoders):
    """Yield names and classifiers."""
    yield "default", make_text_classifier(random_state=0)
    for name, encoder in encoders.items():
        documents = documents_with(encoder)
        default = make_text_classifier(random_state=0)
        both = [("default", default), ("encoder", documents)]
        yield f"{name} of documents, logistic regression", documents
        yield f"default with {name} of words", make_text_classifier(encoder, random_state=0)
        yield (
            f"vote of the default and {name} of documents",
            WeightedVotingClassifier(both, random_state=0),
        )


def splits():
    """Yield the name of a data set, with documents and labels to learn from and to test."""
    from experiment import questions, sentences

    data = data_folder()
    yield (
        "comments",
        train_test_split(*load_feedback(return_X_y=True), test_size=0.5, random_state=0),
    )
    (texts, labels), (test_texts, test_labels) = (
        questions(True, data, subset) for subset in ("train", "test")
    )
    yield "questions", (texts, test_texts, labels, test_labels)
    yield "sentences", train_test_split(*sentences(True, data), test_size=0.2, random_state=0)
    (texts, labels), (test_texts, test_labels) = map(movie_reviews, ("train", "test"))
    yield "reviews", (texts, test_texts, labels, test_labels)


def cpu_seconds(run, *arguments):
    """Return what a call returns, and its processor time."""
    start = time.process_time()
    return run(*arguments), time.process_time() - start


def one_by_one(model, texts):
    for text in texts:
        model.predict([text])


def main():
    parser = argparse.ArgumentParser("benchmarks.encoders", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", metavar="NAME=FOLDER", help="encoders in folders")
    parser.add_argument("--on", nargs="*", help="data sets, by default all")
    arguments = parser.parse_args()
    named = dict(text.split("=", 1) for text in arguments.folders)
    encoders = {name: Encoder(Path(folder)) for name, folder in named.items()}
    for encoder in encoders.values():
        encoder.encode(["warm"])
    for data_set, (texts, test_texts, labels, test_labels) in splits():
        if arguments.on and data_set not in arguments.on:
            continue
        print(f"{data_set}: {len(texts)} to learn from, {len(test_texts)} to test", flush=True)
        for name, model in models(encoders):
            _, fit = cpu_seconds(model.fit, texts, labels)
            score = np.mean(model.predict(test_texts) == np.asarray(test_labels))
            _, single = cpu_seconds(one_by_one, model, test_texts[:N_SINGLE])
            milliseconds = 1000 * single / N_SINGLE
            print(f"  {name:48} {score:.3f}  {fit:7.1f} s  {milliseconds:6.1f} ms", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
