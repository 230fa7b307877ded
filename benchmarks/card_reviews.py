"""Documents for the benchmark of a card: real ones if there are any."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from benchmarks.classifier import make_pipeline
from benchmarks.made_reviews import make_reviews, make_vectors
from benchmarks.search import DIM, N_WORDS, glove_path, load_reviews
from skembed import KerasTokenizerTransformer, PadSequences

__all__ = ["Reviews", "load"]


@dataclass(frozen=True)
class Reviews:
    """Texts and their classes, and how to search on them."""

    about: str
    texts: Any
    labels: np.ndarray
    make_pipeline: Callable[..., Pipeline]
    vectors: Any

    def ids(self):
        """Return the documents as ids."""
        return self.make_pipeline().fit_transform(self.texts)


@cache
def load(n_documents):
    """Return the movie reviews if SKEMBED_DATA is set, otherwise generated documents."""
    if os.environ.get("SKEMBED_DATA"):
        texts, labels = load_reviews(n_documents)
        return Reviews("movie reviews", texts, np.asarray(labels), make_pipeline, glove_path())
    texts, labels = make_reviews(n_documents)
    vectors = make_vectors(N_WORDS, DIM)
    return Reviews("generated documents", texts, labels, make_plain_pipeline, vectors)


def make_plain_pipeline(*more, min_count=2, num_words=None):
    """Return a pipeline for documents that need no cleaning."""
    tokenize = KerasTokenizerTransformer(num_words, min_count=min_count, oov_token=None)
    return Pipeline([("tokenize", tokenize), ("pad", PadSequences()), *more])
