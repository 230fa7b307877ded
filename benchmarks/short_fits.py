"""Benchmark of the fixed costs of short fits: what a fit takes besides training on its batches."""

import pickle
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from unittest import mock

from sklearn.base import clone

from benchmarks.classifier import make_pipeline
from benchmarks.figures import Figure, median, seconds
from benchmarks.search import FOLDS, N_WORDS, SMALL, glove_path, load_reviews
from skembed import KerasTextClassifier, PretrainedEmbeddingMatrix
from skembed.networks.batches import ShuffledBatches
from skembed.networks.fast import compiled_steps, model_pool, tensorflow_engine
from skembed.networks.runtime.keras_import import keras
from skembed.networks.spec import NetworkSpec

N_TIMES = 5


class Stages:
    """The seconds spent in some functions, each without the others that it calls.

    What prediction calls is not counted apart.

    Attributes
    ----------
    seconds : Counter
        The seconds by stage.
    """

    def __init__(self):
        self.seconds = Counter()
        self._within = [0.0]
        self._in_prediction = False

    @contextmanager
    def timed(self, owner, name, stage):
        """Count the calls of ``owner.name`` within the context."""
        function = getattr(owner, name)

        def call(*args, **kwargs):
            if self._in_prediction:
                return function(*args, **kwargs)
            self._in_prediction = "predict" in name
            self._within.append(0.0)
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter() - start
                self.seconds[stage] += took - self._within.pop()
                self._within[-1] += took
                self._in_prediction = False

        with mock.patch.object(owner, name, call):
            yield


def functions():
    """Return the owner and the name of each function that is timed, and its stage."""
    from tensorflow.python.eager.polymorphic_function.concrete_function import ConcreteFunction

    return [
        (NetworkSpec, "network", "building"),
        (keras.Model, "compile", "compiling"),
        (keras.optimizers.Adam, "build", "compiling"),
        (model_pool.ModelPool, "exchange", "copying into a kept network"),
        (ShuffledBatches, "__getitem__", "preparing batches"),
        (compiled_steps, "trace_step", "tracing, training"),
        (tensorflow_engine, "trace_prediction", "tracing, prediction"),
        (ConcreteFunction, "__call__", "running graphs"),
        (tensorflow_engine, "run_own_epochs", "the rest of an epoch"),
        (KerasTextClassifier, "fit", "the rest of a fit"),
        (KerasTextClassifier, "predict", "predicting 267 documents"),
    ]


def stages_of(fit_and_predict):
    """Return the seconds of each stage of a call."""
    stages = Stages()
    with ExitStack() as patched:
        for owner, name, stage in functions():
            patched.enter_context(stages.timed(owner, name, stage))
        fit_and_predict()
    return stages.seconds


def short_fits():
    """Fits of two epochs on 533 reviews: the first of a form, and those of other folds."""
    texts, labels = load_reviews(SMALL.n_reviews)
    embed = PretrainedEmbeddingMatrix(glove_path())
    prepare = make_pipeline(("embed", embed), num_words=N_WORDS)
    folds = [
        (clone(prepare).fit_transform(texts[training]), labels[training])
        for training, _ in FOLDS.split(texts, labels)
    ]
    classifier = KerasTextClassifier(filters=16, kernel_size=3, random_state=0)

    def fit(number, epochs=SMALL.n_epochs, **params):
        fold = folds[number % len(folds)]
        return clone(classifier).set_params(epochs=epochs, **params).fit(*fold)

    def fit_and_predict(number, **params):
        fit(number, **params).predict(folds[number % len(folds)][0][:267])

    fit(0)  # TensorFlow starts
    once, twice = (
        [seconds(fit, number, epochs) for number in range(3 * N_TIMES)]
        for epochs in (SMALL.n_epochs, 2 * SMALL.n_epochs)
    )
    training = median(twice) - median(once)
    first = median([seconds(lambda n=n: fit(n, filters=17 + n)) for n in range(N_TIMES)])
    yield Figure("training alone", training)
    yield Figure("a later fit, over its training", median(once) - training, at_most=0.3)
    yield Figure("the first of a form, over its training", first - training, at_most=1.5)
    firsts = [stages_of(lambda n=n: fit_and_predict(n, filters=40 + n)) for n in range(N_TIMES)]
    later = [stages_of(lambda n=n: fit_and_predict(n)) for n in range(N_TIMES)]
    for stage in dict.fromkeys(stage for _, _, stage in functions()):
        for which, fits in (("first of a form", firsts), ("later", later)):
            yield Figure(f"  {stage}, {which}", 1000 * median([f[stage] for f in fits]), "ms")
    task = (clone(classifier), *folds[0])
    yield Figure("  pickling a task for a worker", 1000 * seconds(pickle.dumps, task), "ms")
