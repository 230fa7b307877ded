"""Main example: search a text pipeline, save the best, load it elsewhere, classify new text.

A cross-validated grid search on the comments that ship with skembed. It takes about a minute on
two cores. Run it as ``python examples/feedback_search.py``.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
from sklearn.callback import ProgressBar
from sklearn.metrics import classification_report
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skembed import KerasTextClassifier, KerasTokenizerTransformer, PadSequences, TextCleaner
from skembed.datasets import load_feedback
from skembed.inspection import search_table

NEW_COMMENTS = [
    "a joy to read, and every claim is backed up",
    "handed in late again and half of it is missing",
    "The argument is clear but sadly nothing supports it.",
]
CLASSIFY = """
import sys, joblib
pipeline = joblib.load(sys.argv[1])
for text, label in zip(sys.argv[2:], pipeline.predict(sys.argv[2:])):
    print(f"{label:>8}  {text}")
"""


def main() -> None:
    texts, labels = load_feedback(return_X_y=True)
    train, test, y_train, y_test = train_test_split(
        texts, labels, test_size=0.2, stratify=labels, random_state=0
    )
    pipeline = Pipeline(
        [
            ("clean", TextCleaner()),
            ("tokenize", KerasTokenizerTransformer()),
            ("pad", PadSequences()),
            ("classify", KerasTextClassifier(epochs=20, random_state=0)),
        ]
    )
    search = GridSearchCV(
        pipeline,
        {
            "tokenize__min_count": [1, 2],
            "classify__architecture": ["average", "cnn"],
            "classify__embedding_dim": [25, 100],
        },
        cv=3,
    )
    search.set_callbacks(ProgressBar(max_propagation_depth=None))
    search.fit(train, y_train)

    table = search_table(search).loc[:, :"std_test_score"]
    print(table.to_string(index=False, float_format="{:.3f}".format))
    print(f"\nOn {len(test)} comments that the search has not seen:")
    print(classification_report(y_test, search.predict(test)))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feedback.joblib"
        joblib.dump(search.best_estimator_, path)
        print(f"Saved ({path.stat().st_size / 1024:.0f} KiB), loaded in another process:")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-c", CLASSIFY, str(path), *NEW_COMMENTS], check=True)


if __name__ == "__main__":
    main()
