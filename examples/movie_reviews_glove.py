"""
Movie reviews: a convolution on GloVe
=====================================

Word vectors that were learned from billions of words know more of words than 1,800 reviews tell;
but nothing of which are kind to a film. They stay as they are, under 128 filters of 5 words.

Reproduces J. Brownlee, "How to Develop a Word Embedding Model for Predicting Movie Review
Sentiment", 2017, with GloVe 6B 100-d (Pennington, Socher and Manning, 2014) where the folder of
data has ``vectors/glove.6B.100d.txt``, or else with a small part of the 50-d vectors.
Run it as ``python examples/movie_reviews_glove.py --full --data FOLDER``.
"""

from pathlib import Path

from experiment import Row, clean_doc, command_line, glove, measure, movie_reviews
from sklearn.pipeline import Pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
)

# %%
# Beside the learned vectors one step more: it reads the rows of the training vocabulary, and
# says how many words it found.


def pipeline(data: Path | None, **settings) -> Pipeline:
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
            ("embed", PretrainedEmbeddingMatrix(glove(data))),
            ("classify", classify),
        ]
    )


def main(full: bool, data: Path | None) -> list[Row]:
    train, test = (movie_reviews(full, data, subset) for subset in ("train", "test"))
    settings = {"epochs": 10, "filters": 128} if full else {"epochs": 1, "filters": 8}

    def test_accuracy(seed: int) -> float:
        fitted = pipeline(data, random_state=seed, **settings).fit(*train)
        if seed == 0:
            print(fitted["embed"].coverage_)
        return fitted.score(*test)

    return measure({f"frozen {glove(data).name}, test accuracy": ".76"}, test_accuracy, full)


if __name__ == "__main__":
    command_line(main)
