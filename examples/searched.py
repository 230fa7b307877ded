"""What the searches share: what is searched, and on what.

A search is a script with a function ``main(full, data)`` that returns a table. Its small setting
runs on the comments that ship with skembed, its real one on reviews of films.
"""

from pathlib import Path

from experiment import Documents, movie_reviews
from sklearn.pipeline import Pipeline

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PadSequences, TextCleaner
from skembed.datasets import load_feedback


def documents(full: bool, data: Path | None) -> Documents:
    """Return the 1,800 reviews of Pang and Lee that are there for training, or 720 comments."""
    return movie_reviews(full, data, "train") if full else load_feedback(return_X_y=True)


def text_pipeline(full: bool) -> Pipeline:
    """Return text to labels."""
    classify = KerasTextClassifier(
        architecture="cnn" if full else "average", epochs=10 if full else 2, random_state=0
    )
    return Pipeline(
        [
            ("clean", TextCleaner()),
            ("tokenize", KerasTokenizerTransformer(num_words=20_000)),
            ("pad", PadSequences(0.95)),
            ("classify", classify),
        ]
    )
