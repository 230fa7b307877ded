"""
Movie reviews: a convolution on learned word vectors
====================================================

Is a review positive or negative? 1,800 reviews are for training, 200 for testing. Each word that
occurs at least twice in training gets a vector of 100 dimensions, learned with the rest of the
network: 32 filters of 8 words, max pooling by two, and a dense layer on the flattened result.

Reproduces J. Brownlee, "How to Develop a Word Embedding Model for Predicting Movie Review
Sentiment", 2017. The reviews are the polarity data set v2.0 of Pang and Lee, 2004.
Run it as ``python examples/movie_reviews_learned.py --full --data FOLDER``.
"""

from pathlib import Path

from experiment import Row, clean_doc, measure, movie_reviews, run_from_command_line
from sklearn.pipeline import Pipeline

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PadSequences

# %%
# ``fit`` learns the vocabulary of the training reviews and the length of the longest one. Unknown
# words in test reviews are dropped, as in the tutorial.


def make_pipeline(data: Path | None, **settings) -> Pipeline:
    return Pipeline(
        [
            ("clean", clean_doc(data)),
            ("tokenize", KerasTokenizerTransformer(min_count=2, oov_token=None)),
            ("pad", PadSequences(padding="post")),
            ("classify", KerasTextClassifier(architecture="cnn_flatten", **settings)),
        ]
    )


# %%
# 32 filters of 8 words, 10 hidden units and vectors of 100 dimensions are the defaults of
# ``"cnn_flatten"``.


def main(full: bool, data: Path | None) -> list[Row]:
    train, test = (movie_reviews(full, data, subset) for subset in ("train", "test"))
    settings = {"epochs": 10} if full else {"epochs": 1, "embedding_dim": 10}

    def test_accuracy(seed: int) -> float:
        fitted = make_pipeline(data, random_state=seed, **settings).fit(*train)
        if seed == 0:
            print(f"{len(fitted['tokenize'].vocabulary_):,} words", end=", ")
            print(f"the longest review has {fitted['pad'].maxlen_:,}")
        return fitted.score(*test)

    return measure({"learned vectors, test accuracy": ".845"}, test_accuracy, full)


if __name__ == "__main__":
    run_from_command_line(main)
