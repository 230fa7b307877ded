"""
Networks as a further part of the default's vote
================================================

Variants of a network after fastText (Joulin et al. 2017), each with one thing changed, alone and as
a fourth part of the default's vote. The network is the mean of the vectors of words and word pairs
with a linear layer, and its learning rate falls to zero.

All models see the same folds of the same sets as in ``against_tfidf.py``. On TREC they run with the
seeds 0, 1 and 2, elsewhere with the seed 0. The differences, to TF-IDF with a linear SVM and to the
default, have standard errors that are paired over the folds or, with a single test set, over its
documents. The training accuracy shows whether a network has learned. Fit times are processor
seconds; those of a vote include the folds that determine its weights, and a network alone is not
fitted again after its vote.

Run it as ``python examples/networks_in_the_vote.py --full --data FOLDER`` or, for some sets and
networks only, with ``--on trec --networks "word dropout"``. The small setting needs no data.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from against_tfidf import (
    BASELINES,
    SETS,
    Documented,
    Fit,
    describe,
    make_choice,
    make_model,
    measure_fit,
    repeat,
    standard_error,
    with_seed,
)
from experiment import draw, parse_arguments, seeds
from keras import layers, ops
from keras.callbacks import EarlyStopping, LearningRateScheduler
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from text_networks import N_EPOCHS, choose_learning_rate, make_fasttext

from skembed import (
    EmbeddingMatrix,
    PadSequences,
    TokenSequences,
    TrainedEmbeddingMatrix,
    WeightedVotingClassifier,
    make_text_classifier,
)
from skembed.networks import NetworkFacts, embed_ids, ignores_padding, probabilities

BASE = "fastText"
SEEDS = "average of three seeds"
OFFSETS = "default as offset"
SVM = BASELINES[1]
DIM = 16  # of the base

# %%
# Networks that pool word vectors in other ways than ``architecture="average"``.


@ignores_padding
def pooled(facts, *, pool, output=probabilities):
    ids = keras.Input((None,), dtype="int32")
    return keras.Model(ids, output(pool(*embed_ids(ids, facts)), facts))


def from_identity(x, facts):
    """Return an output layer for scores, one per class, that starts at the identity."""
    return layers.Dense(facts.n_classes, activation="softmax", kernel_initializer="identity")(x)


def mean(vectors, mask):
    return ops.sum(vectors * mask, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1)


def mean_of_kept(vectors, mask):
    """Words are dropped at random (Iyyer et al. 2015)."""
    return mean(vectors, layers.Dropout(0.3)(mask))


def mean_and_maximum(vectors, mask):
    """A maximum below zero counts as zero, the value of padding."""
    return ops.concatenate([mean(vectors, mask), ops.relu(ops.max(vectors, axis=1))], axis=1)


def weighted_mean(vectors, mask):
    """The first number of a word's vector is the weight of the others."""
    return mean(vectors[:, :, :1] * vectors[:, :, 1:], mask)


# %%
# Word vectors that start at numbers computed from the training documents.


class StartAt(TransformerMixin, BaseEstimator):
    def __init__(self, compute: Callable[..., np.ndarray], random_state: int | None = None):
        self.compute = compute
        self.random_state = random_state

    def fit(self, X: TokenSequences, y: np.ndarray) -> "StartAt":
        counts = csr_array((np.ones(len(X.ids)), X.ids, X.offsets), (len(X), X.n_ids), copy=True)
        counts.sum_duplicates()
        vectors = self.compute(counts.sign(), y, np.random.RandomState(self.random_state))
        vectors[0] = 0  # padding
        self.embedding_ = EmbeddingMatrix(vectors.astype(np.float32))
        return self

    def transform(self, X: TokenSequences) -> TokenSequences:
        return X.with_embedding(self.embedding_)


def naive_bayes_ratios(presence, labels, random):
    """Return the log-probability of a word in each class, minus the mean over the classes.

    With two classes, the difference of the two is the log-count ratio of Wang and Manning 2012.
    """
    members = labels[:, np.newaxis] == np.unique(labels)
    counts = 1 + presence.T @ members.astype(float)
    logs = np.log(counts / counts.sum(axis=0))
    return logs - logs.mean(axis=1, keepdims=True)


def idf_and_random(presence, labels, random):
    """Return a column of idf values, scaled to a mean of one, and random vectors."""
    frequencies = presence.sum(axis=0)
    idf = np.log((1 + presence.shape[0]) / (1 + frequencies)) + 1
    idf /= np.average(idf, weights=frequencies)
    return np.column_stack([idf, random.uniform(-0.05, 0.05, (len(idf), DIM))])


# %%
# A network that learns what the default leaves over: the log-probabilities of the default, out of
# fold in training, are added to the scores of the network, which start at zero. The weights with
# the lowest loss on held-out training documents are kept, possibly those at the start.


class OffsetClassifier(ClassifierMixin, BaseEstimator):
    def __init__(self, epochs: int, random_state: int | None = None):
        self.epochs = epochs
        self.random_state = random_state

    def fit(self, X: list[str], y: np.ndarray) -> "OffsetClassifier":
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.default_ = make_text_classifier(random_state=self.random_state)
        folds = StratifiedKFold(3, shuffle=True, random_state=self.random_state)
        known = cross_val_predict(self.default_, X, y, cv=folds, method="predict_proba")
        self.default_.fit(X, y)
        read = (step for _, step in make_fasttext(full=True).steps[:-1])
        self.read_ = make_pipeline(*read, PadSequences()).fit(X)
        rows = train_test_split(
            range(len(X)), test_size=0.1, stratify=codes, random_state=self.random_state
        )
        inputs = self._inputs(X, known)
        training, held_out = (([x[part] for x in inputs], codes[part]) for part in rows)
        keras.utils.set_random_seed(self.random_state)
        self.network_ = self._build(n_ids=self.read_[-2].vocabulary_.n_ids)
        self.network_.compile("adam", "sparse_categorical_crossentropy")
        start, at_start = self.network_.get_weights(), self.network_.evaluate(*held_out, verbose=0)
        stop = EarlyStopping(patience=3, restore_best_weights=True)
        history = self.network_.fit(
            *training,
            epochs=self.epochs,
            validation_data=held_out,
            callbacks=[LearningRateScheduler(choose_learning_rate), stop],
            verbose=0,
        ).history
        self.held_out_losses_ = [at_start, *history["val_loss"]]
        if min(history["val_loss"]) >= at_start:
            self.network_.set_weights(start)
        return self

    def _build(self, n_ids: int) -> keras.Model:
        n_classes = len(self.classes_)
        ids, offsets = keras.Input((None,), dtype="int32"), keras.Input((n_classes,))
        vectors, mask = embed_ids(ids, NetworkFacts(n_ids, None, n_classes, DIM, True))
        scores = layers.Dense(n_classes, kernel_initializer="zeros")(mean(vectors, mask))
        return keras.Model([ids, offsets], layers.Softmax()(scores + offsets))

    def _inputs(self, X: list[str], known: np.ndarray) -> list[np.ndarray]:
        return [np.asarray(self.read_.transform(X)), np.log(np.maximum(known, 1e-7))]

    def predict_proba(self, X: list[str]) -> np.ndarray:
        return self.network_.predict(self._inputs(X, self.default_.predict_proba(X)), verbose=0)

    def predict(self, X: list[str]) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


# %%
# The variants of the base: a step before the network, if any, and the network's settings.

POOL, OUTPUT = "architecture__pool", "architecture__output"
OWN = {"hidden_units": None, "architecture": pooled}
GIVEN = {"embedding_dim": None}  # the step determines it
CONSTANT = {"callbacks": None, "optimizer__learning_rate": 0.01}
AVERAGED = {"optimizer__use_ema": True, "optimizer__ema_momentum": 0.995}
VARIANTS = {
    BASE: (None, {}),
    "start at naive-Bayes ratios": (
        StartAt(naive_bayes_ratios),
        {**OWN, **GIVEN, POOL: mean, OUTPUT: from_identity},
    ),
    "averaged weights": (None, {**CONSTANT, **AVERAGED}),
    "word weights": (StartAt(idf_and_random), {**OWN, **GIVEN, POOL: weighted_mean}),
    "start at word2vec": (TrainedEmbeddingMatrix(vector_size=DIM), GIVEN),
    "word dropout": (None, {**OWN, POOL: mean_of_kept}),
    "mean and maximum": (None, {**OWN, POOL: mean_and_maximum}),
    "constant learning rate": (None, CONSTANT),
}
NETWORKS = (*VARIANTS, SEEDS, OFFSETS)


def make_network(name: str, full: bool, seed: int) -> BaseEstimator:
    if name == SEEDS:
        networks = [(str(i), make_network(BASE, full, seed + 10 * i)) for i in range(3)]
        return VotingClassifier(networks, voting="soft")
    if name == OFFSETS:
        return OffsetClassifier(N_EPOCHS if full else 1, seed)
    add_pairs, tokenize, network = (step for _, step in make_fasttext(full).steps)
    start, settings = VARIANTS[name]
    steps = add_pairs, tokenize, start or "passthrough", network.set_params(**settings)
    return with_seed(make_pipeline(*steps), seed)


# %%
# The study.


def fit_fold(
    on: Documented, fold: tuple[np.ndarray, np.ndarray], seed: int, networks: list[str], full: bool
) -> dict[str, tuple[Fit, float]]:
    """Return the fit of each model, and its accuracy on the training documents."""
    texts, labels, found = on.texts[fold[0]].tolist(), on.labels[fold[0]], {}

    def measure(name: str, model: BaseEstimator) -> None:
        found[name] = measure_fit(model, on, fold), float(model.score(texts, labels))

    svm, default = (with_seed(make_model(name, full, None), seed) for name in (SVM, "default"))
    measure(SVM, svm)
    measure("default", default)
    for name in networks:
        network = make_network(name, full, seed)
        if name == OFFSETS:
            measure(name, network)
            continue
        parts = [("default", default), ("network", network)]
        vote = WeightedVotingClassifier(parts, cv=3 if full else 2, random_state=seed)
        measure(f"default with {name}", vote)
        fitted = vote.named_estimators_.get("network")  # None if its weight is zero
        measure(name, network if fitted is None else FrozenEstimator(fitted))
        fit, accuracy = found[name]
        found[name] = replace(fit, fit_seconds=np.nan), accuracy
    return found


def compare(full: bool, data: Path | None, on: str, networks: list[str]) -> Iterator[dict]:
    """Yield the rows of one data set."""
    given = SETS[on](full, data)
    documented = replace(given, labels=np.unique(given.labels, return_inverse=True)[1])
    found = []
    for seed in seeds(full) if on == "trec" else [0]:
        print(f"{on}, seed {seed}", file=sys.stderr)
        folds = documented.folds if full else documented.folds[:1]
        found.append([fit_fold(documented, fold, seed, networks, full) for fold in folds])
    fits = {name: [[fold[name][0] for fold in folds] for folds in found] for name in found[0][0]}
    scores = {name: np.mean([repeat(x) for x in of], axis=0) for name, of in fits.items()}
    for name, of in fits.items():
        gain = scores[name] - scores["default"]
        learned = np.mean([fold[name][1] for folds in found for fold in folds])
        yield {
            **describe(make_choice(on, name, of, fits[SVM][0])),
            "to default": f"{gain.mean():+.3f} ± {standard_error(gain):.3f}",
            "training": f"{learned:.3f}",
        }


def main(
    full: bool,
    data: Path | None,
    on: list[str] | None = None,
    networks: list[str] | None = None,
) -> pd.DataFrame:
    sets = on or (["trec", "subj"] if full else ["comments"])
    rows = (compare(full, data, name, networks or [*NETWORKS]) for name in sets)
    return pd.DataFrame(chain.from_iterable(rows))


if __name__ == "__main__":
    some = {"nargs": "+", "metavar": "NAME"}
    options = {
        "on": {"choices": SETS, "help": f"data sets: {', '.join(SETS)}", **some},
        "networks": {"choices": NETWORKS, "help": f"networks: {'; '.join(NETWORKS)}", **some},
    }
    found = main(**parse_arguments(main, **options))
    costs = [*found.loc[:, "calibration error":"seeds"]]
    print(found.drop(columns=costs).to_string(index=False))
    print(found[["data set", "model", *costs]].to_string(index=False))
    names = found["data set"] + ": " + found["model"]
    accuracies = found["accuracy"].str.split().str[0].astype(float)
    table = pd.DataFrame({"model": names, "accuracy": accuracies})
    draw(table, kind="barh", x="model", y="accuracy", xlabel="accuracy", ylabel="")
