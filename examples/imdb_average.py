"""
IMDB: the mean of learned word vectors
======================================

The simplest network that works: word vectors of 16 dimensions for 10,000 words, their mean over a
review of at most 500 words, and a dense layer. A fifth of the training reviews is held out for
validation.

Reproduces the TensorFlow tutorial "Text classification with movie reviews", whose validation
accuracy is about .89 after 30 epochs. The reviews are those of Maas et al., 2011.
Run it as ``python examples/imdb_average.py --full --data FOLDER``; with ``--out FOLDER`` it draws
the training curves (this needs matplotlib) and saves the word vectors for the Embedding Projector.
"""

from pathlib import Path

from experiment import Row, imdb, measure, run_from_command_line
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
# ``early_stopping`` holds out the validation reviews. With a patience equal to the number of
# epochs, training never stops early, but the weights of the epoch with the lowest validation loss
# are kept. The cleaner has deleted the punctuation, so the tokenizer splits only at whitespace,
# including all line breaks that occur in the reviews.


def make_pipeline(epochs: int, seed: int) -> Pipeline:
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
            ("clean", TextCleaner(strip_html=True, strip_punctuation="delete")),
            ("tokenize", KerasTokenizerTransformer(num_words=10_000, filters="\t\n\x85")),
            ("pad", PadSequences(500, padding="post")),
            ("classify", classify),
        ]
    )


# %%
# The tokenizer also converts ids back to words, rare ones to ``[UNK]``.


def decode(fitted: Pipeline, text: str) -> str:
    ids = fitted[:-1].transform([text])
    return fitted["tokenize"].inverse_transform(ids)[0]


# %%
# ``history_`` records each epoch. The table shows the last one; the curves show all epochs and mark
# the one whose weights were kept.


def main(full: bool, data: Path | None, out: Path | None = None) -> list[Row]:
    train, test = (imdb(full, data, subset) for subset in ("train", "test"))

    def accuracies(seed: int) -> tuple[float, float]:
        fitted = make_pipeline(30 if full else 2, seed).fit(*train)
        history = fitted["classify"].history_
        if seed == 0:
            print(f"{decode(fitted, train[0][0]):.300} …")
        if seed == 0 and out is not None:
            export_projector(fitted, out)
            curves = TrainingCurvesDisplay.from_estimator(fitted)
            curves.figure_.savefig(out / "curves.png")
        return history["val_accuracy"][-1], fitted.score(*test)

    figures = {"validation accuracy after 30 epochs": "about .89", "test accuracy": "none"}
    return measure(figures, accuracies, full)


if __name__ == "__main__":
    run_from_command_line(
        main,
        out={
            "type": Path,
            "metavar": "FOLDER",
            "help": "for curves.png, vecs.tsv and meta.tsv",
        },
    )
