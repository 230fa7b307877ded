"""Main example: search a text pipeline, save the best, load it elsewhere, classify new text.

N-gram models and a network with embeddings vote on the comments that ship with skembed. A
cross-validated grid search chooses their settings, and whether the network is of use. TF-IDF with
a linear SVM shows what to compare with. It takes about a minute on two cores.
Run it as ``python examples/feedback_search.py``.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import classification_report
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedShuffleSplit,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from skembed import (
    KerasTextClassifier,
    KerasTokenizerTransformer,
    WeightedVotingClassifier,
    make_text_classifier,
)
from skembed.datasets import load_feedback
from skembed.inspection import FitProgress, search_table

NEW_COMMENTS = [
    "a joy to read, and every claim is backed up",
    "handed in late again and half of it is missing",
    "The argument is clear but sadly nothing supports it.",
]
CLASSIFY = """
import sys, joblib
model = joblib.load(sys.argv[1])
for text, label in zip(sys.argv[2:], model.predict(sys.argv[2:])):
    print(f"{label:>8}  {text}")
"""


def main() -> None:
    texts, labels = load_feedback(return_X_y=True)
    train, test, y_train, y_test = train_test_split(
        texts, labels, test_size=0.2, stratify=labels, random_state=0
    )
    tokenizer = KerasTokenizerTransformer(num_words=1000)
    network = KerasTextClassifier(
        architecture="average", optimizer__learning_rate=0.003, random_state=0
    )
    parts = [
        ("ngrams", make_text_classifier(random_state=0)),
        ("network", Pipeline([("tokenize", tokenizer), ("classify", network)])),
    ]
    model = Pipeline([("vote", WeightedVotingClassifier(parts, cv=3, random_state=0))])
    search = GridSearchCV(
        model,
        [
            {"vote__network": ["drop"], "vote__ngrams__count__min_df": [1, 2]},
            {
                "vote__network__classify__architecture": ["average", "cnn"],
                "vote__network__classify__embedding_dim": [25, 100],
                "vote__ngrams__count__min_df": [1],
            },
        ],
        cv=3,
    )
    search.set_callbacks(FitProgress())
    search.fit(train, y_train)

    table = search_table(search).loc[:, :"std_test_score"]
    print(table.to_string(index=False, float_format="{:.3f}".format))
    print(f"\nOn {len(test)} comments that the search has not seen:")
    print(classification_report(y_test, search.predict(test)))

    print("Mean accuracy over ten splits of all comments, without any search:")
    splits = StratifiedShuffleSplit(10, test_size=0.2, random_state=0)
    linear = make_pipeline(TfidfVectorizer(), LinearSVC())
    for name, candidate in [("n-grams and network", model), ("TF-IDF and linear SVM", linear)]:
        print(f"{name:<21}  {cross_val_score(candidate, texts, labels, cv=splits).mean():.3f}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feedback.joblib"
        joblib.dump(search.best_estimator_, path)
        print(f"\nSaved ({path.stat().st_size / 1024:.0f} KiB), loaded in another process:")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-c", CLASSIFY, str(path), *NEW_COMMENTS], check=True)


if __name__ == "__main__":
    main()
