"""Fit a pipeline in folds whose validation documents are replaced, and compare what it learned."""

import numpy as np
from learned import learned
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate

from skembed._recent import Recent
from skembed._worker_memory import STORES
from skembed.datasets import load_feedback

N_TRAINING = 120  # enough for the caches of text steps, which ignore smaller sets


def documents():
    """Comments and their sentiments: the training documents, then those to validate on."""
    data = load_feedback()
    rows = np.random.RandomState(0).permutation(len(data.data))[: 2 * N_TRAINING]
    return data.data[rows], data.sentiment[rows]


def poisoned(texts, labels):
    """Return documents with other words, counts, lengths and labels after the training ones."""
    texts, labels = texts.copy(), labels.copy()
    for i in range(N_TRAINING, len(texts)):
        word = unseen_word(i)
        texts[i] = [f"{word} " * 60, "the good essay " * 90, word, f"<p>{word}, {word}-{word}!"][
            i % 4
        ]
        labels[i] = ["surprise", "negative", "surprise", "positive"][i // 4 % 4]
    return texts, labels


def unseen_word(i):
    """A word of one poisoned document."""
    return f"zyx{i}"


# The second fold is the one to look at. When it is fitted, the first has trained on what the second
# validates on, so every cache of the process holds it.
_FIRST, _SECOND = np.arange(N_TRAINING), np.arange(N_TRAINING, 2 * N_TRAINING)
FOLDS = [(_SECOND, _FIRST), (_FIRST, _SECOND)]


def use(fitted, X):
    """Predict or transform documents."""
    (fitted.predict_proba if hasattr(fitted, "predict_proba") else fitted.transform)(X)


class Recorder:
    """A scorer that records what was learned, after the fitted pipeline was used."""

    def __init__(self):
        self.seen = []

    def __call__(self, fitted, X, y):
        use(fitted, X)
        self.seen.append(learned(fitted))
        return 0.0


def forget():
    """Clear the caches of results; traced networks stay, so that a fit takes up a used one."""
    for store in [*STORES]:
        if isinstance(store, Recent):
            store.clear()


def learned_alone(estimator, texts, labels):
    """Return what a fit learns from the training documents of the second fold alone."""
    fitted = clone(estimator).fit(texts[:N_TRAINING], labels[:N_TRAINING])
    use(fitted, texts[: N_TRAINING // 2])  # what is computed on first use is then there
    return learned(fitted)


def learned_in_cross_validation(estimator, texts, labels):
    """Return what the second fold has learned, when it was scored and afterwards."""
    recorder = Recorder()
    found = cross_validate(
        estimator,
        texts,
        labels,
        cv=FOLDS,
        scoring=recorder,
        return_estimator=True,
        error_score="raise",
    )
    return [recorder.seen[1], learned(found["estimator"][1])]


def learned_in_search(pipeline, texts, labels):
    """Return what two candidates, which are equal, have learned in the second fold."""
    recorder, (name, step) = Recorder(), pipeline.steps[-1]
    search = GridSearchCV(
        pipeline,
        {name: [step, clone(step)]},
        cv=FOLDS,
        scoring=recorder,
        refit=False,
        error_score="raise",
    )
    search.fit(texts, labels)
    return recorder.seen[1::2]


def assert_nothing_leaks(make, fit=learned_in_cross_validation):
    """The second fold learns what its training documents alone teach, to the last bit.

    Parameters
    ----------
    make : callable
        Returns the unfitted estimator for texts and labels, which an honest one does not look at.
    fit : callable
        Fits it in folds.
    """
    texts, labels = documents()
    forget()
    expected = learned_alone(make(texts[:N_TRAINING], labels[:N_TRAINING]), texts, labels)
    forget()
    replaced = poisoned(texts, labels)
    found = fit(make(*replaced), *replaced)
    assert found == [expected] * len(found)
    assert found
