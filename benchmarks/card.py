"""Benchmark of one graphics card, with the backend that KERAS_BACKEND names.

Without a card it runs in a small setting on the processor, to show that it works.
"""

import os
import tempfile
import traceback
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

import joblib
import numpy as np
from joblib.externals.loky import get_reusable_executor
from sklearn.model_selection import GridSearchCV

from benchmarks.card_device import name_of_card, used_megabytes
from benchmarks.card_page import write_figures
from benchmarks.card_reviews import load
from benchmarks.classifier import EpochSeconds, time_epochs
from benchmarks.figures import Figure, median, seconds
from benchmarks.machine import describe_machine
from benchmarks.search import LARGE, N_WORDS, SEARCH, Grid, list_candidates, time_call
from skembed import KerasTextClassifier, PretrainedEmbeddingMatrix
from skembed.networks.runtime.keras_import import keras
from skembed.networks.training import engines
from skembed.networks.training.keras_engine import KerasEngine

CPU_SECONDS_OF_GRID = 78  # in one process on two cores; see "A search in several processes", guide
REPEATS_ON_JAX = "--xla_gpu_deterministic_ops=true"
ON_PROCESSOR = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}


@dataclass(frozen=True)
class Size:
    """How much to measure."""

    n_documents: int
    network: dict[str, Any]
    n_fits: int
    grid: Grid
    n_jobs: tuple[int, ...]


KIM = {"filters": 128, "kernel_size": (3, 4, 5), "embedding_dim": 100}
ON_CARD = Size(2_000, KIM, 24, LARGE, (2, 4))
SMALL = Size(
    60, {"filters": 4, "kernel_size": 3, "embedding_dim": 8}, 6, Grid(60, 1, (4,), (3,)), (2,)
)


def in_new_process(function, *args, **environment):
    """Return the result of a call in a new process, with these environment variables."""
    with (
        mock.patch.dict(os.environ, environment),
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process,
    ):
        return process.submit(function, *args).result()


def keras_engine():
    """Return a context in which networks are trained by ``keras.Model.fit``."""
    return mock.patch.object(engines, "ENGINES", [KerasEngine()])


def classifier(size, **params):
    return KerasTextClassifier(**(size.network | {"random_state": 0} | params))


def first_fit(size):
    """Return the seconds of the first fit of a form, in a process that has used the backend."""
    reviews = load(size.n_documents)
    ids, labels = reviews.ids(), reviews.labels
    other_form = classifier(size, filters=size.network["filters"] // 2, epochs=1)
    some = np.linspace(0, len(labels) - 1, 48).astype(int)
    other_form.fit(ids[some], labels[some])
    return seconds(classifier(size, epochs=3).fit, ids, labels)


def measure_first_fits(size):
    """Yield the first fit of a form without, and with, what an earlier process has compiled."""
    with tempfile.TemporaryDirectory() as home:
        cold, warm = (in_new_process(first_fit, size, SCIKIT_LEARN_DATA=home) for _ in range(2))
    yield Figure("first fit of a form, 3 epochs", cold, at_most=5)
    yield Figure("the same in a later process", warm, at_most=1.5)


def measure_epochs(size):
    """Yield the time of an epoch and the accuracy, compared with ``keras.Model.fit``."""
    reviews = load(size.n_documents)
    ids, labels = reviews.ids(), reviews.labels
    is_test = np.arange(len(labels)) % 20 >= 18  # of both classes

    def epochs_and_accuracy(n_epochs):
        fitted = classifier(size, epochs=n_epochs, callbacks=EpochSeconds)
        times = time_epochs(fitted.fit, ids[~is_test], labels[~is_test])
        return median(times[2:]), fitted.score(ids[is_test], labels[is_test])

    ours, accuracy = epochs_and_accuracy(8)
    with keras_engine():
        theirs, accuracy_of_keras = epochs_and_accuracy(8 if name_of_card() is None else 4)
    of_jax, of_torch = (keras.backend.backend() == name for name in ("jax", "torch"))
    yield Figure("an epoch", ours, "s", at_most=0.07 if of_jax else None)
    bound = 4 if of_torch else None
    yield Figure("an epoch", ours, "s", "keras.Model.fit", theirs, at_least=bound)
    yield Figure("test accuracy", accuracy, "", "keras.Model.fit, fewer epochs", accuracy_of_keras)


def measure_agreement(size):
    """Yield how close the engine for PyTorch is to ``keras.Model.fit``, and what it records."""
    if keras.backend.backend() != "torch":
        return
    from skembed.networks.torch_epochs.cuda_graphs import CudaGraphs

    reviews = load(size.n_documents)
    ids, found = reviews.ids(), []
    recording = {"autospec": True, "side_effect": CudaGraphs.record}
    with mock.patch.object(CudaGraphs, "record", **recording) as record:
        for engine in (nullcontext(), keras_engine()):
            with engine:
                fitted = classifier(size, epochs=2).fit(ids, reviews.labels)
            found.append(fitted.predict_proba(ids))
    yield Figure("CUDA graphs recorded in a fit", record.call_count, "")
    difference = np.abs(found[0] - found[1]).max()
    yield Figure("difference from keras.Model.fit, 2 epochs", difference, "", at_most=0.02)


def measure_prediction(size):
    """Yield the time to predict one document and all, and what a pickle predicts on the CPU."""
    reviews = load(size.n_documents)
    ids = reviews.ids()
    fitted = classifier(size, epochs=1).fit(ids, reviews.labels)
    yield Figure("all documents, first time", seconds(fitted.predict_proba, ids), at_most=0.3)
    again = median(seconds(fitted.predict_proba, ids) for _ in range(5))
    yield Figure("all documents, again", again, at_most=0.3)
    of_one = [seconds(fitted.predict_proba, ids[i : i + 1]) for i in range(50)]
    yield Figure("one document", 1000 * median(of_one), "ms")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "classifier")
        joblib.dump((fitted, ids), path)
        on_processor = in_new_process(predict_file, path, **ON_PROCESSOR)
    difference = np.abs(on_processor - fitted.predict_proba(ids)).max()
    yield Figure("a pickle predicts on the processor, difference", difference, "", at_most=1e-4)


def predict_file(path):
    fitted, ids = joblib.load(path)
    return fitted.predict_proba(ids)


def measure_memory(size):
    """Yield what several fits leave in memory."""
    reviews = load(size.n_documents)
    ids, used = reviews.ids(), []
    for number in range(size.n_fits):
        classifier(size, epochs=1, random_state=number).fit(ids, reviews.labels)
        used.append(used_megabytes())
    yield Figure(f"memory in use after {size.n_fits} fits", used[-1], "MB")
    yield Figure("  growth since the fourth fit", used[-1] - used[3], "MB", at_most=10)


def repetition(size, random_state):
    """Return by how much two equal fits differ, and the seconds of an epoch."""
    reviews = load(size.n_documents)
    ids, times, found = reviews.ids(), [], []
    for _ in range(2):
        fitted = classifier(size, epochs=5, random_state=random_state, callbacks=EpochSeconds)
        times += time_epochs(fitted.fit, ids, reviews.labels)[2:]
        found.append(fitted.predict_proba(ids))
    return np.abs(found[0] - found[1]).max(), median(times)


def measure_repetition(size):
    """Yield whether fits repeat, and what deterministic kernels cost."""
    difference, time_of_epoch = repetition(size, 0)
    if keras.backend.backend() != "jax":
        _, faster = repetition(size, None)
        yield Figure("two equal fits, largest difference", difference, "", at_most=0)
        what = "an epoch with kernels that repeat"
        yield Figure(what, time_of_epoch, "s", "without random_state", faster)
        return
    yield Figure("two equal fits, largest difference", difference, "")
    with_flag = in_new_process(repetition, size, 0, XLA_FLAGS=REPEATS_ON_JAX)
    yield Figure("  with kernels that repeat (XLA_FLAGS)", with_flag[0], "", at_most=0)
    yield Figure("  an epoch with them", with_flag[1], "s", "without", time_of_epoch)


def measure_grid(size):
    """Yield the time of a grid search in one process and in several that share the card."""
    reviews, grid = load(size.grid.n_reviews), size.grid
    embed = PretrainedEmbeddingMatrix(reviews.vectors)
    network = KerasTextClassifier(embedding_dim=None, epochs=grid.n_epochs, random_state=0)
    steps = ("embed", embed), ("classify", network)
    pipeline = reviews.make_pipeline(*steps, num_words=N_WORDS)

    def search(n_jobs):
        candidates = list_candidates(embed, grid)
        search = GridSearchCV(pipeline, candidates, n_jobs=n_jobs, **SEARCH)
        return search.fit(reviews.texts, reviews.labels)

    found, of_one = time_call(search, 1)
    n_fits = 3 * len(found.cv_results_["params"])
    what = f"a grid of {n_fits} fits"
    yield Figure(what, of_one, at_most=CPU_SECONDS_OF_GRID / 10)
    yield Figure("  mean accuracy", found.cv_results_["mean_test_accuracy"].mean(), "")
    for n_jobs in size.n_jobs:
        of_several = time_call(search, n_jobs)[1]
        yield Figure(f"{what}, n_jobs={n_jobs}", of_several, "s", "n_jobs=1", of_one)
        again = time_call(search, n_jobs)[1]
        yield Figure("  when the processes have started", again, "s", "n_jobs=1", of_one)
        get_reusable_executor().shutdown()


PARTS = (
    measure_epochs,
    measure_agreement,
    measure_first_fits,
    measure_prediction,
    measure_repetition,
    measure_memory,
    measure_grid,
)


def card():
    """Training, prediction, memory, repetition and a grid on a card; small without a card."""
    name, backend = name_of_card(), keras.backend.backend()
    size = SMALL if name is None else ON_CARD
    about = f"{size.n_documents} {load(size.n_documents).about}"
    where = "no card: small, on the processor, without bounds" if name is None else name
    print(f"  {backend}, {where}; {about}", flush=True)
    figures, failed = [], []
    for part in PARTS:
        try:
            for figure in part(size):
                if name is None:
                    figure = replace(figure, at_least=None, at_most=None)
                figures.append(figure)
                yield figure
        except Exception:  # a card may be at hand only once: measure the rest
            traceback.print_exc()
            failed.append(part.__name__)
    if name is not None:
        print(write_figures(backend, f"{name}, {about}", describe_machine(), figures), flush=True)
    if failed:
        raise RuntimeError(f"Failed: {', '.join(failed)}; see the tracebacks above.")
