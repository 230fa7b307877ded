"""
Kim 2014: four uses of word vectors, in one grid
================================================

One network, parallel convolutions of 3, 4 and 5 words with max pooling over time, and four uses of
word vectors: initialized at random and learned (*rand*), pre-trained and frozen (*static*),
pre-trained and fine-tuned (*non-static*), and both at once (*multichannel*).

After Y. Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014. The
published figures are means over ten folds of single sentences from movie reviews (MR). The data
sets here are different ones, so only the order of the four variants can be compared. The vectors
are those that Kim used, learned from Google News, or a part of them.
Run it as ``python examples/kim_2014.py --full --data FOLDER --on imdb``.
"""

from pathlib import Path

from experiment import (
    Row,
    google_news,
    imdb,
    movie_reviews,
    newsgroups,
    run_from_command_line,
    seeds,
)
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
# The variants form a grid, in the order of the table. With ``"passthrough"`` as the embedding step,
# the network learns the vectors.


def make_grid(vectors: Path, full: bool) -> list[dict]:
    embed = PretrainedEmbeddingMatrix(vectors, lookup="fallback", oov="normal", random_state=0)
    seed = {"classify__random_state": seeds(full)}
    return [
        {"embed": ["passthrough"], **seed},
        {"embed": [embed], "classify__embedding_trainable": [False], **seed},
        {"embed": [embed], "classify__embedding_trainable": [True], **seed},
        {"embed": [embed], "classify__architecture": ["multichannel_cnn"], **seed},
    ]


# %%
# The network is ``"cnn"`` with its defaults and Kim's batch size; the optimizer is Adam, not
# Adadelta. The search scores each variant and seed once, on the test set of the data.


def make_search(vectors: Path, full: bool, n_train: int, n_test: int) -> GridSearchCV:
    classify = KerasTextClassifier(
        filters=100 if full else 4, batch_size=50, epochs=10 if full else 1
    )
    steps = [
        ("clean", TextCleaner(strip_html=True, strip_punctuation="delete")),
        ("tokenize", KerasTokenizerTransformer(num_words=20_000)),
        ("pad", PadSequences(400 if full else 40)),
        ("embed", "passthrough"),
        ("classify", classify),
    ]
    split = PredefinedSplit([-1] * n_train + [0] * n_test)
    return GridSearchCV(
        Pipeline(steps), make_grid(vectors, full), cv=split, refit=False, error_score="raise"
    )


# %%
# Any data set with texts, labels and a test set can be used.

SETS = {"movie_reviews": movie_reviews, "imdb": imdb, "newsgroups": newsgroups}


def main(full: bool, data: Path | None, on: str = "movie_reviews") -> list[Row]:
    texts, labels = SETS[on](full, data, "train")
    test_texts, test_labels = SETS[on](full, data, "test")
    vectors = google_news(data)
    print(f"The vectors: {vectors.name}")
    search = make_search(vectors, full, len(texts), len(test_texts))
    search.fit([*texts, *test_texts], [*labels, *test_labels])
    results = search.cv_results_
    scores = results["mean_test_score"].reshape(len(PUBLISHED), -1)
    seconds = (results["mean_fit_time"] + results["mean_score_time"]).reshape(scores.shape)
    return [
        Row(f"{variant}, {on}", f"{figure} (MR)", tuple(by_seed.tolist()), spent.sum())
        for (variant, figure), by_seed, spent in zip(
            PUBLISHED.items(), scores, seconds, strict=True
        )
    ]


if __name__ == "__main__":
    run_from_command_line(
        main, on={"choices": SETS, "default": "movie_reviews", "help": "data set"}
    )
