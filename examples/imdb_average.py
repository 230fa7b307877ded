"""
IMDB: the mean of learned word vectors
======================================

The simplest network that works: 10,000 words, 16 numbers each, the mean over a review of at most
500 words, and a dense layer. A fifth of the training reviews is set aside to validate on.

Reproduces "Text classification with movie reviews" of TensorFlow's tutorials, whose accuracy on
the reviews set aside is about .89 after 30 epochs. The reviews are those of Maas and others, 2011.
Run it as ``python examples/imdb_average.py --full --data FOLDER``; with ``--out FOLDER`` it draws
the training curves (this needs matplotlib) and saves the word vectors for the Embedding Projector.
"""

from pathlib import Path

from experiment import Row, command_line, imdb, measure
from sklearn.pipeline import Pipeline

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    PadSequences,
    TextCleaner,
    export_projector,
)
from skembed.inspection import TrainingCurvesDisplay

# %%
# ``early_stopping`` sets reviews aside. With as much patience as there are epochs it stops
# nothing, but the weights that stay are those of the epoch with the lowest loss on them.
# The cleaner has deleted the punctuation; the tokenizer parts words at line ends of all kinds that
# the reviews hold, beside spaces.


def pipeline(epochs: int, seed: int) -> Pipeline:
    classify = KerasTextClassifier(
        architecture="average",
        embedding_dim=16,
        batch_size=512,
        epochs=epochs,
        early_stopping=True,
        validation_fraction=0.2,
        n_iter_no_change=epochs,
        random_state=seed,
    )
    return Pipeline(
        [
            ("clean", TextCleaner(strip_html=True)),
            ("tokenize", KerasTokenizerTransformer(num_words=10_000, filters="\t\n\x85")),
            ("pad", PadSequences(500, padding="post")),
            ("classify", classify),
        ]
    )


# %%
# Ids can be read: the tokenizer turns them into words again, rare ones into ``[UNK]``.


def decoded(fitted: Pipeline, text: str) -> str:
    ids = fitted[:-1].transform([text])
    return fitted["tokenize"].inverse_transform(ids)[0]


# %%
# What a training was like is in ``history_``, epoch by epoch. The table has the last one; the
# curves have all, and mark the one whose weights stayed.


def main(full: bool, data: Path | None, out: Path | None = None) -> list[Row]:
    train, test = (imdb(full, data, subset) for subset in ("train", "test"))

    def accuracies(seed: int) -> tuple[float, float]:
        fitted = pipeline(30 if full else 2, seed).fit(*train)
        history = fitted["classify"].history_
        if seed == 0:
            print(f"{decoded(fitted, train[0][0]):.300} …")
        if seed == 0 and out is not None:
            export_projector(fitted, out)
            curves = TrainingCurvesDisplay.from_estimator(fitted)
            curves.figure_.savefig(out / "curves.png")
        return history["val_accuracy"][-1], fitted.score(*test)

    figures = {"validation accuracy after 30 epochs": "about .89", "test accuracy": "none"}
    return measure(figures, accuracies, full)


if __name__ == "__main__":
    command_line(
        main,
        out={"type": Path, "metavar": "FOLDER", "help": "for curves.png, vecs.tsv and meta.tsv"},
    )
