r"""
Movie reviews: word vectors trained on the reviews themselves
=============================================================

word2vec is trained on the sentences of the training reviews, without their labels. Its vectors are
saved, loaded and used in the network, once frozen and once fine-tuned. The reviews are little text
for word2vec, and the vectors that it learns help little.

Reproduces J. Brownlee, "How to Develop a Word Embedding Model for Predicting Movie Review
Sentiment", 2017. Run it as ``python examples/movie_reviews_word2vec.py --full --data FOLDER``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from experiment import Row, clean_doc, measure, movie_reviews, run_from_command_line
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
# Each line of a review is a sentence. The cleaner keeps line breaks as tokens, and the training
# ends a sentence at each of them, so that no context window spans two sentences.


def make_word2vec_pipeline(data: Path | None) -> Pipeline:
    return Pipeline(
        [
            ("clean", clean_doc(data, keep_line_breaks=True)),
            ("tokenize", KerasTokenizerTransformer(min_count=2, filters="", oov_token=None)),
            ("train", TrainedEmbeddingMatrix(window=5, sentence_end="\n", random_state=0)),
        ]
    )


# %%
# The classifier's pipeline starts from raw text again and looks up its words in the saved file, as
# it would in a GloVe file.


def make_classifier_pipeline(data: Path | None, vectors: Path, **settings) -> Pipeline:
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
        trained = make_word2vec_pipeline(data).fit(train[0])["train"]
        save_word_vectors(trained, vectors, format="word2vec")

        def test_accuracy(seed: int, trainable: bool) -> float:
            pipeline = make_classifier_pipeline(
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
    run_from_command_line(main)
