r"""
Movie reviews: word vectors trained on the reviews themselves
=============================================================

word2vec reads the training reviews, sentence by sentence, without their labels. Its vectors are
saved, loaded again, and given to the network: once as they are, once to be tuned. The training
reviews are few for word2vec, and what it learns from them is of little help.

Reproduces J. Brownlee, "How to Develop a Word Embedding Model for Predicting Movie Review
Sentiment", 2017. Run it as ``python examples/movie_reviews_word2vec.py --full --data FOLDER``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from experiment import Row, clean_doc, command_line, measure, movie_reviews
from sklearn.pipeline import Pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    PretrainedEmbeddingMatrix,
    TrainedEmbeddingMatrix,
    save_word_vectors,
)

# %%
# A review has a sentence a line. The line breaks stay as words of their own, at which the
# training ends a sentence: no context reaches from one into the next.


def word2vec(data: Path | None) -> Pipeline:
    return Pipeline(
        [
            ("clean", clean_doc(data, keep_line_breaks=True)),
            ("tokenize", KerasTokenizerTransformer(min_count=2, filters="", oov_token=None)),
            ("train", TrainedEmbeddingMatrix(window=5, sentence_end="\n", random_state=0)),
        ]
    )


# %%
# The classifier's pipeline starts from text again. It finds the vectors of its words in the
# saved file, as it would those of GloVe.


def classifier(data: Path | None, vectors: Path, **settings) -> Pipeline:
    classify = KerasTextClassifier(
        architecture="cnn_flatten", kernel_size=5, hidden_units=0, **settings
    )
    return Pipeline(
        [
            ("clean", clean_doc(data)),
            ("tokenize", KerasTokenizerTransformer(min_count=2, oov_token=None)),
            ("pad", PadSequences(padding="post")),
            ("embed", PretrainedEmbeddingMatrix(vectors)),
            ("classify", classify),
        ]
    )


def main(full: bool, data: Path | None) -> list[Row]:
    train, test = (movie_reviews(full, data, subset) for subset in ("train", "test"))
    settings = {"epochs": 10, "filters": 128} if full else {"epochs": 1, "filters": 8}
    print(f"{sum(len(text.splitlines()) for text in train[0]):,} sentences (published: 58,109)")
    with TemporaryDirectory() as folder:
        vectors = Path(folder) / "embedding_word2vec.txt"
        save_word_vectors(word2vec(data).fit(train[0])["train"], vectors, format="word2vec")

        def test_accuracy(seed: int, trainable: bool) -> float:
            pipeline = classifier(
                data, vectors, embedding_trainable=trainable, random_state=seed, **settings
            )
            return pipeline.fit(*train).score(*test)

        return [
            *measure(
                {"frozen word2vec, test accuracy": "just above .50"},
                lambda seed: test_accuracy(seed, trainable=False),
                full,
            ),
            *measure(
                {"tuned word2vec, test accuracy": "slightly better"},
                lambda seed: test_accuracy(seed, trainable=True),
                full,
            ),
        ]


if __name__ == "__main__":
    command_line(main)
