"""An int as ``random_state`` makes a fit repeat to the last bit, on one machine.

Promised are equal bits for as many threads: in one process and in another one, alone and in the
workers of a search, and whether results come from a cache or not. How workers get as many threads
is in test_processes.py; that other backends repeat too is in networks/runtime/test_backends.py.
"""

import json
import os
import subprocess
import sys

import joblib
import numpy as np
import pytest
from helpers import (
    ESSAY_LABELS,
    ESSAY_TEXTS,
    ESTIMATOR_STEPS,
    classifier,
    every_estimator,
    public_estimators,
)
from learned import learned
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skembed import (
    EmbeddingVectorizer,
    KerasTokenizerTransformer,
    OneVsRestLogisticRegression,
    PretrainedEmbeddingMatrix,
    TextCleaner,
    TrainedEmbeddingMatrix,
    make_text_classifier,
)
from skembed._worker_memory import STORES
from skembed.datasets import load_feedback
from skembed.networks import ARCHITECTURES


def forget():
    """Clear every cache of this process: results, traced networks, compiled programs."""
    for store in [*STORES]:
        store.clear()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_network(architecture, data):
    one = classifier(architecture=architecture, dropout=0.3, early_stopping=True)
    if architecture == "flatten":
        one.set_params(dropout=None)
    forget()
    first = learned(one.fit(*data))
    assert learned(one.fit(*data)) == first  # on the graph of the first
    forget()
    assert learned(clone(one).fit(*data)) == first
    other = clone(one).set_params(random_state=1).fit(*data)
    assert not np.array_equal(other.predict_proba(data[0]), one.predict_proba(data[0]))


@every_estimator
def test_every_estimator(name):
    pipeline = make_pipeline(*ESTIMATOR_STEPS[name]())
    forget()
    first = learned(clone(pipeline).fit(ESSAY_TEXTS, ESSAY_LABELS))
    assert learned(clone(pipeline).fit(ESSAY_TEXTS, ESSAY_LABELS)) == first


def test_no_estimator_is_left_out():
    assert set(ESTIMATOR_STEPS) == public_estimators()


@pytest.fixture
def vector_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    path = tmp_path / "vectors.txt"
    values = np.random.RandomState(0).normal(size=(200, 3)).round(5)
    words = sorted({*" ".join(load_feedback().data).lower().split()})[:200]
    path.write_text("".join(f"{w} {' '.join(map(str, v))}\n" for w, v in zip(words, values)))
    return path


@pytest.mark.filterwarnings("ignore::skembed.errors.CoverageWarning")
def test_with_and_without_caches(vector_file, tmp_path):
    """The cache of a vector file, that of results in the process, and ``memory``."""
    texts, labels = load_feedback(return_X_y=True)
    for embed in (
        PretrainedEmbeddingMatrix(vector_file, oov="normal", random_state=0),
        TrainedEmbeddingMatrix(vector_size=3, epochs=1, random_state=0),
    ):
        pipeline = make_pipeline(
            TextCleaner(),
            KerasTokenizerTransformer(min_count=2),
            embed,
            EmbeddingVectorizer("tfidf"),
            OneVsRestLogisticRegression(),
        )
        stored = clone(pipeline).set_params(memory=joblib.Memory(tmp_path / "memory", verbose=0))
        forget()
        first = clone(pipeline).fit(texts, labels).predict_proba(texts)
        for again in (clone(pipeline), stored, clone(stored)):
            np.testing.assert_array_equal(again.fit(texts, labels).predict_proba(texts), first)
        if embed is pipeline[2] and isinstance(embed, PretrainedEmbeddingMatrix):
            uncached = pipeline.set_params(pretrainedembeddingmatrix__cache=False)
            np.testing.assert_array_equal(uncached.fit(texts, labels).predict_proba(texts), first)


def test_a_search_and_a_vote_in_several_processes():
    texts, labels = ESSAY_TEXTS * 2, ESSAY_LABELS * 2
    grid = {"vote__tfidf__C": [1, 10]}
    alone, in_workers = (
        GridSearchCV(
            make_text_classifier(random_state=0, n_jobs=n_jobs),
            grid,
            cv=2,
            n_jobs=n_jobs,
            error_score="raise",
        ).fit(texts, labels)
        for n_jobs in (1, 2)
    )
    in_workers.best_estimator_.set_params(vote__n_jobs=1)
    assert learned(in_workers) == learned(alone)


ALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
from helpers import ESSAY_LABELS, ESSAY_TEXTS, ESTIMATOR_STEPS
from learned import learned
from sklearn.pipeline import make_pipeline

pipelines = {name: make_pipeline(*steps()) for name, steps in ESTIMATOR_STEPS.items()}
print(json.dumps({n: learned(p.fit(ESSAY_TEXTS, ESSAY_LABELS)) for n, p in pipelines.items()}))
"""


@pytest.mark.slow
def test_every_estimator_in_other_processes(request):
    """Also where Python orders sets of strings in another way."""
    tests = str(request.path.parents[1])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ALL, tests],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    one, other = (json.loads(process.communicate()[0]) for process in running)
    assert one == other
    assert set(one) == public_estimators()
