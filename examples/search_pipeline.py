"""Shared code of the search examples: the pipeline and the data.

A search example is a script with a function ``main(full, data)`` that returns a table. The small
setting uses the comments that ship with skembed, ``--full`` the movie reviews.
"""

from pathlib import Path

from experiment import Documents, movie_reviews
from sklearn.pipeline import Pipeline

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PadSequences, TextCleaner
from skembed.datasets import load_feedback


def load_documents(full: bool, data: Path | None) -> Documents:
    """Return the 1,800 training reviews of Pang and Lee or, in the small setting, 720 comments."""
    return movie_reviews(full, data, "train") if full else load_feedback(return_X_y=True)


def make_text_pipeline(full: bool) -> Pipeline:
    """Return the pipeline from raw text to labels."""
    classify = KerasTextClassifier(
        architecture="cnn" if full else "average",
        epochs=10,
        optimizer__learning_rate=0.001 if full else 0.01,
        random_state=0,
    )
    return Pipeline(
        [
            ("clean", TextCleaner()),
            ("tokenize", KerasTokenizerTransformer(num_words=20_000)),
            ("pad", PadSequences(0.95)),
            ("classify", classify),
        ]
    )
