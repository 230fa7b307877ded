"""Explanations of 100 reviews of 300 words."""

import numpy as np
from sklearn.pipeline import make_pipeline

from benchmarks.figures import Figure, median, seconds
from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    TextCleaner,
    make_text_classifier,
)
from skembed.inspection import explain

N_TEXTS, N_WORDS, N_ROUNDS = 100, 300, 3
NETWORKS = {
    "cnn": {"filters": 128, "kernel_size": (3, 4, 5)},
    "average": {},
    "stacked_cnn": {},
    "gru": {},
}


def make_texts():
    """Return texts of words that are as rare as in a language, and random classes."""
    draw = np.random.default_rng(0)
    ranks = np.minimum(draw.zipf(1.3, (2 * N_TEXTS, N_WORDS)), 20_000)
    return [" ".join(f"word{rank}" for rank in row) for row in ranks], draw.integers(
        0, 2, len(ranks)
    )


def measure():
    """Explanations of 100 texts of 300 words, with offsets in the raw text."""
    texts, labels = make_texts()
    pipelines = {"default": make_text_classifier(random_state=0)}
    for architecture, settings in NETWORKS.items():
        network = KerasTextClassifier(
            architecture=architecture, embedding_dim=100, epochs=1, random_state=0, **settings
        )
        pipelines[architecture] = make_pipeline(TextCleaner(), KerasTokenizerTransformer(), network)
    for name, pipeline in pipelines.items():
        pipeline.fit(texts, labels)
        times = [seconds(explain, pipeline, texts[:N_TEXTS]) for _ in range(N_ROUNDS)]
        yield Figure(
            f"{name} (median of {N_ROUNDS})",
            median(times),
            "s",
            at_most=2 if name == "cnn" else None,
        )
        yield Figure(f"{name} (first)", times[0], "s")
