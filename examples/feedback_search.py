"""
From raw text to a saved model: a search, a table, an explanation
=================================================================

Comments on students' work: is one positive or negative? N-gram models and a network with word
embeddings vote. A cross-validated grid search chooses their settings, and whether the network is of
use. The best pipeline is saved, loaded in another process, and classifies new text there.

The comments are part of skembed, so no file is needed. Run it as
``python examples/feedback_search.py``; it takes about a minute on two cores.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

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
from skembed.inspection import FitProgress, explain, search_table

texts, labels = load_feedback(return_X_y=True)
train, test, y_train, y_test = train_test_split(
    texts, labels, test_size=0.2, stratify=labels, random_state=0
)

# %%
# The recommended pipeline and a network vote. The vote finds its weights in a cross-validation of
# its own, on the training documents only.

tokenizer = KerasTokenizerTransformer(num_words=1000)
network = KerasTextClassifier(
    architecture="average", optimizer__learning_rate=0.003, random_state=0
)
parts = [
    ("ngrams", make_text_classifier(random_state=0)),
    ("network", Pipeline([("tokenize", tokenizer), ("classify", network)])),
]
model = Pipeline([("vote", WeightedVotingClassifier(parts, cv=3, random_state=0))])

# %%
# The search tries words that occur once or twice without a network, and four networks.

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

# %%
# The comments that were set aside have had no part in the search.

print(f"\nOn {len(test)} comments that the search has not seen:")
print(classification_report(y_test, search.predict(test)))

# %%
# TF-IDF with a linear SVM shows what to compare with. Ten splits tell models apart that one test
# set does not.

print("Mean accuracy over ten splits of all comments, without any search:")
splits = StratifiedShuffleSplit(10, test_size=0.2, random_state=0)
linear = make_pipeline(TfidfVectorizer(), LinearSVC())
for name, candidate in [("n-grams and network", model), ("TF-IDF and linear SVM", linear)]:
    print(f"{name:<21}  {cross_val_score(candidate, texts, labels, cv=splits).mean():.3f}")

# %%
# The best pipeline is one file. Another process loads it and classifies new comments.

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

with TemporaryDirectory() as folder:
    path = Path(folder) / "feedback.joblib"
    joblib.dump(search.best_estimator_, path)
    print(f"\nSaved ({path.stat().st_size / 1024:.0f} KiB), loaded in another process:")
    command = [sys.executable, "-c", CLASSIFY, str(path), *NEW_COMMENTS]
    print(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout, end="")

# sphinx_gallery_thumbnail_path = "display_explanation_light.svg"

# %%
# Why? Each word has its share in a prediction: what the score loses without it. A notebook shows
# the comments with shaded words.

explain(search, NEW_COMMENTS, method="occlusion")
