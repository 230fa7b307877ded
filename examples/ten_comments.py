"""
Ten comments on students' work: hashed ids, and GloVe
=====================================================

A minimal text classification: ten comments of a few words, half of them positive, classified from
their concatenated word vectors. There is no test set; the question is whether the network can
memorize its training comments.

Reproduces J. Brownlee, "How to Use Word Embedding Layers for Deep Learning with Keras", 2017,
with comments of our own. Run it as ``python examples/ten_comments.py --full --data FOLDER``.
"""

from pathlib import Path

from experiment import Row, glove, measure, run_from_command_line
from sklearn.pipeline import Pipeline

from skembed import (
    HashingTokenizerTransformer,
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
)

COMMENTS = [
    "Clear and convincing!",
    "A strong argument",
    "Beautifully written",
    "Thorough research",
    "You surprised me",
    "Hard to follow",
    "Sources missing",
    "Far too short!",
    "Careless mistakes again",
    "It needs more thought",
]
IS_POSITIVE = [True] * 5 + [False] * 5

# %%
# Words are hashed into 50 buckets, some of which hold two words. A vector of 8 dimensions is
# learned for each bucket. All comments are padded to four ids.


def make_hashing_pipeline(seed: int, epochs: int) -> Pipeline:
    classify = KerasTextClassifier(
        architecture="flatten", embedding_dim=8, epochs=epochs, random_state=seed
    )
    return Pipeline(
        [
            ("tokenize", HashingTokenizerTransformer(50)),
            ("pad", PadSequences(4, padding="post")),
            ("classify", classify),
        ]
    )


# %%
# With a vocabulary instead of buckets, pre-trained vectors can be used. They stay frozen; only the
# weights of the last layer are learned.


def make_pretrained_pipeline(seed: int, epochs: int, vectors: Path) -> Pipeline:
    classify = KerasTextClassifier(
        architecture="flatten", embedding_trainable=False, epochs=epochs, random_state=seed
    )
    return Pipeline(
        [
            ("tokenize", KerasTokenizerTransformer()),
            ("pad", PadSequences(4, padding="post")),
            ("embed", PretrainedEmbeddingMatrix(vectors)),
            ("classify", classify),
        ]
    )


# %%
# Both are scored on their training comments, the second also after a longer training. The second is
# skipped if there is no data folder.


def main(full: bool, data: Path | None) -> list[Row]:
    epochs = 50 if full else 10

    def training_accuracy(pipeline: Pipeline) -> float:
        return pipeline.fit(COMMENTS, IS_POSITIVE).score(COMMENTS, IS_POSITIVE)

    rows = measure(
        {"hashed ids, training accuracy": ".90-1.00"},
        lambda seed: training_accuracy(make_hashing_pipeline(seed, epochs)),
        full,
    )
    if data is None:
        print("For the GloVe row, pass --data FOLDER with vectors/glove.6B.100d.txt in it.")
        return rows
    vectors = glove(data)
    frozen, longer = measure(
        {
            f"frozen {vectors.name}, training accuracy": "1.00",
            "the same with 50% more epochs": "1.00",
        },
        lambda seed: [
            training_accuracy(make_pretrained_pipeline(seed, n, vectors))
            for n in (epochs, epochs * 3 // 2)
        ],
        full,
    )
    coverage = make_pretrained_pipeline(0, 1, vectors).fit(COMMENTS, IS_POSITIVE)["embed"].coverage_
    note = (
        f"{coverage.n_words - coverage.n_found} of {coverage.n_words} words have no vector in this "
        f"file; with 50% more epochs the accuracy is {longer.mean:.2f}."
    )
    return [*rows, frozen.with_note(note), longer]


if __name__ == "__main__":
    run_from_command_line(main)
