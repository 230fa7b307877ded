"""
Movie reviews: a convolution on GloVe
=====================================

Word vectors that were learned from billions of words know more of words than 1,800 reviews tell;
but nothing of which are kind to a film. They stay as they are, under 128 filters of 5 words.

Reproduces J. Brownlee, "How to Develop a Word Embedding Model for Predicting Movie Review
Sentiment", 2017, with GloVe 6B 100-d (Pennington, Socher and Manning, 2014) where the folder of
data has ``vectors/glove.6B.100d.txt``, or else with a small part of the 50-d vectors. Whether 50
numbers a word cost accuracy is then checked on vectors of 300, of which the first 50 are taken.
Run it as ``python examples/movie_reviews_glove.py --full --data FOLDER``.
"""

from functools import partial
from pathlib import Path

import pandas as pd
from experiment import (
    GLOVE_PART,
    Row,
    clean_doc,
    command_line,
    glove,
    google_news,
    measure,
    movie_reviews,
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
# Beside the learned vectors one step more: it reads the rows of the training vocabulary, and
# says how many words it found.


def pipeline(data: Path | None, embed: PretrainedEmbeddingMatrix, **settings) -> Pipeline:
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
# The check: the same words of another source, with all of their numbers and with fewer. Names are
# as in the news, so that a word may only be found capitalised.


def first_numbers(path: Path, size: int) -> PretrainedEmbeddingMatrix:
    vectors = load_word_vectors(path)
    numbers = pd.DataFrame(vectors.vectors[:, :size], index=vectors.index_to_key)
    return PretrainedEmbeddingMatrix(numbers, lookup="fallback")


def main(full: bool, data: Path | None) -> list[Row]:
    train, test = (movie_reviews(full, data, subset) for subset in ("train", "test"))
    settings = {"epochs": 10, "filters": 128} if full else {"epochs": 1, "filters": 8}

    def test_accuracy(embed: PretrainedEmbeddingMatrix, seed: int) -> float:
        fitted = pipeline(data, embed, random_state=seed, **settings).fit(*train)
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
        row(f"frozen {news.name}, {size} numbers", first_numbers(news, size)) for size in (300, 50)
    )
    n_words = len(load_word_vectors(vectors))
    note = (
        f"published with vectors of 100 numbers for 400,000 words, these are {n_words:,} words of "
        f"50. Of another source, 300 numbers a word give {wide.mean:.3f}, and the first 50 of them "
        f"{narrow.mean:.3f}."
    )
    return [frozen.noted(note), wide, narrow]


if __name__ == "__main__":
    command_line(main)
