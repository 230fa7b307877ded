"""
Movie reviews: a convolution on GloVe
=====================================

Word vectors learned from billions of words contain more about words than 1,800 reviews can teach,
but nothing about which words praise a film. They stay frozen, under 128 filters of 5 words.

Reproduces J. Brownlee, "How to Develop a Word Embedding Model for Predicting Movie Review
Sentiment", 2017, with GloVe 6B 100-d (Pennington, Socher and Manning, 2014) if the data folder
contains ``vectors/glove.6B.100d.txt``, otherwise with a small part of the 50-d vectors. In that
case, vectors of 300 dimensions and their first 50 dimensions show what the smaller size costs.
Run it as ``python examples/movie_reviews_glove.py --full --data FOLDER``.
"""

from functools import partial
from pathlib import Path

import pandas as pd
from experiment import (
    GLOVE_PART,
    Row,
    clean_doc,
    glove,
    google_news,
    measure,
    movie_reviews,
    run_from_command_line,
)
from sklearn.pipeline import Pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    load_word_vectors,
)

# %%
# Compared with learned vectors, there is one more step: it reads the vectors of the training
# vocabulary and reports how many words it found.


def make_pipeline(data: Path | None, embed: PretrainedEmbeddingMatrix, **settings) -> Pipeline:
    classify = KerasTextClassifier(
        architecture="cnn_flatten",
        embedding_trainable=False,
        kernel_size=5,
        hidden_units=0,
        **settings,
    )
    return Pipeline(
        [
            ("clean", clean_doc(data)),
            ("tokenize", KerasTokenizerTransformer(min_count=2, oov_token=None)),
            ("pad", PadSequences(padding="post")),
            ("embed", embed),
            ("classify", classify),
        ]
    )


# %%
# A comparison: vectors from another source, with all of their dimensions and with the first few.
# Names are capitalized in Google News, so ``lookup="fallback"`` also tries other spellings.


def truncate_vectors(path: Path, size: int) -> PretrainedEmbeddingMatrix:
    vectors = load_word_vectors(path)
    truncated = pd.DataFrame(vectors.vectors[:, :size], index=vectors.index_to_key)
    return PretrainedEmbeddingMatrix(truncated, lookup="fallback")


def main(full: bool, data: Path | None) -> list[Row]:
    train, test = (movie_reviews(full, data, subset) for subset in ("train", "test"))
    settings = {"epochs": 10, "filters": 128} if full else {"epochs": 1, "filters": 8}

    def test_accuracy(embed: PretrainedEmbeddingMatrix, seed: int) -> float:
        fitted = make_pipeline(data, embed, random_state=seed, **settings).fit(*train)
        if seed == 0:
            print(fitted["embed"].coverage_)
        return fitted.score(*test)

    def row(experiment: str, embed: PretrainedEmbeddingMatrix) -> Row:
        return measure({experiment: ".76"}, partial(test_accuracy, embed), full)[0]

    vectors = glove(data)
    frozen = row(f"frozen {vectors.name}, test accuracy", PretrainedEmbeddingMatrix(vectors))
    if vectors.name != Path(GLOVE_PART).name:
        return [frozen]
    news = google_news(data)
    wide, narrow = (
        row(f"frozen {news.name}, {size}-d", truncate_vectors(news, size)) for size in (300, 50)
    )
    n_words = len(load_word_vectors(vectors))
    note = (
        "the published figure used 100 dimensions and 400,000 words; this file has 50 dimensions "
        f"and {n_words:,} words. With Google News, 300 dimensions give {wide.mean:.3f}, and "
        f"the first 50 of them {narrow.mean:.3f}."
    )
    return [frozen.with_note(note), wide, narrow]


if __name__ == "__main__":
    run_from_command_line(main)
