"""
Kim 2014: four uses of word vectors, in one grid
================================================

One network, convolutions of 3, 4 and 5 words side by side with their maxima over time, and four
ways to begin: word vectors drawn at random and learned (*rand*), pre-trained and frozen
(*static*), pre-trained and tuned (*non-static*), and both at once (*multichannel*).

After Y. Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014. The
published figures are those for single sentences of movie reviews (MR), and the mean of ten folds;
other sets give other figures, and it is the order of the four that one can compare. The vectors are
Kim's, learned from Google News, all or a part of them.
Run it as ``python examples/kim_2014.py --full --data FOLDER --on imdb``.
"""

from pathlib import Path

from experiment import Row, command_line, google_news, imdb, movie_reviews, newsgroups, seeds
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import Pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TextCleaner,
)

PUBLISHED = {"rand": ".761", "static": ".810", "non-static": ".815", "multichannel": ".811"}

# %%
# The variants are a grid, in the order of the table. A ``"passthrough"`` in the place of the
# vectors means: learn them.


def grid(vectors: Path, full: bool) -> list[dict]:
    embed = PretrainedEmbeddingMatrix(vectors, lookup="fallback", oov="normal", random_state=0)
    seed = {"classify__random_state": seeds(full)}
    return [
        {"embed": ["passthrough"], **seed},
        {"embed": [embed], "classify__embedding_trainable": [False], **seed},
        {"embed": [embed], "classify__embedding_trainable": [True], **seed},
        {"embed": [embed], "classify__architecture": ["multichannel_cnn"], **seed},
    ]


# %%
# The network is ``"cnn"`` as it stands, and Kim's batches; the optimizer is Adam, not Adadelta.
# The search tests on what the set has for testing, once for each variant and seed.


def search(vectors: Path, full: bool, n_train: int, n_test: int) -> GridSearchCV:
    classify = KerasTextClassifier(
        filters=100 if full else 4, batch_size=50, epochs=10 if full else 1
    )
    steps = [
        ("clean", TextCleaner(strip_html=True)),
        ("tokenize", KerasTokenizerTransformer(num_words=20_000)),
        ("pad", PadSequences(400 if full else 40)),
        ("embed", "passthrough"),
        ("classify", classify),
    ]
    split = PredefinedSplit([-1] * n_train + [0] * n_test)
    return GridSearchCV(
        Pipeline(steps), grid(vectors, full), cv=split, refit=False, error_score="raise"
    )


# %%
# Any set will do that has texts, labels, and a part for testing.

SETS = {"movie_reviews": movie_reviews, "imdb": imdb, "newsgroups": newsgroups}


def main(full: bool, data: Path | None, on: str = "movie_reviews") -> list[Row]:
    texts, labels = SETS[on](full, data, "train")
    test_texts, test_labels = SETS[on](full, data, "test")
    vectors = google_news(data)
    print(f"The vectors: {vectors.name}")
    searched = search(vectors, full, len(texts), len(test_texts))
    searched.fit([*texts, *test_texts], [*labels, *test_labels])
    results = searched.cv_results_
    scores = results["mean_test_score"].reshape(len(PUBLISHED), -1)
    seconds = (results["mean_fit_time"] + results["mean_score_time"]).reshape(scores.shape)
    return [
        Row(f"{variant}, {on}", f"{figure} (MR)", tuple(by_seed.tolist()), spent.sum())
        for (variant, figure), by_seed, spent in zip(
            PUBLISHED.items(), scores, seconds, strict=True
        )
    ]


if __name__ == "__main__":
    command_line(main, on={"choices": SETS, "default": "movie_reviews", "help": "the set"})
