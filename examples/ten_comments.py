"""
Ten comments on students' work: hashed ids, and GloVe
=====================================================

The smallest text classification there is: ten comments of a few words, half of them kind,
classified by all their word vectors in a row. There is nothing to test on; the question is
whether a network learns its training comments by heart.

Reproduces J. Brownlee, "How to Use Word Embedding Layers for Deep Learning with Keras", 2017,
with comments of our own. Run it as ``python examples/ten_comments.py --full --data FOLDER``.
"""

from pathlib import Path

from experiment import Row, command_line, glove, measure
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
KIND = [True] * 5 + [False] * 5

# %%
# Words are hashed into 50 buckets, of which some hold two words, and each bucket learns a
# vector of 8 numbers. All comments are four ids long.


def hashed(seed: int, epochs: int) -> Pipeline:
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
# With a vocabulary instead of buckets, words have vectors that were learned elsewhere. They
# stay as they are: only the weights of the last layer are learned.


def pretrained(seed: int, epochs: int, vectors: Path) -> Pipeline:
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
# Both are scored on what they were trained on, the second also after a longer training. Without a
# folder of data, it is left out.


def main(full: bool, data: Path | None) -> list[Row]:
    epochs = 50 if full else 10

    def training_accuracy(pipeline: Pipeline) -> float:
        return pipeline.fit(COMMENTS, KIND).score(COMMENTS, KIND)

    rows = measure(
        {"hashed ids, training accuracy": ".90-1.00"},
        lambda seed: training_accuracy(hashed(seed, epochs)),
        full,
    )
    if data is None:
        print("For the row with GloVe pass --data FOLDER, with vectors/glove.6B.100d.txt in it.")
        return rows
    vectors = glove(data)
    frozen, longer = measure(
        {
            f"frozen {vectors.name}, training accuracy": "1.00",
            "the same, after half as many epochs more": "1.00",
        },
        lambda seed: [
            training_accuracy(pretrained(seed, n, vectors)) for n in (epochs, epochs * 3 // 2)
        ],
        full,
    )
    found = pretrained(0, 1, vectors).fit(COMMENTS, KIND)["embed"].coverage_
    note = (
        f"{found.n_words - found.n_found} of {found.n_words} words have no vector in this file; "
        f"after half as many epochs more the accuracy is {longer.mean:.2f}."
    )
    return [*rows, frozen.noted(note), longer]


if __name__ == "__main__":
    command_line(main)
