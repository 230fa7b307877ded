"""Searches in several processes: imports and threads of workers, and interruption."""

import json
import os
import signal
import subprocess
import sys
import time

import keras
import pytest

pytestmark = pytest.mark.slow

# Fit a pipeline in a joblib worker; report the modules it loaded and the threads it uses.
IN_A_WORKER = """
import json, os, sys
from joblib import Parallel, delayed, parallel_config
from sklearn.pipeline import make_pipeline
from skembed import (
    EmbeddingVectorizer, KerasTextClassifier, KerasTokenizerTransformer, PadSequences,
    PretrainedEmbeddingMatrix, TextCleaner,
)

def state():
    loaded = {m for m in ("keras", "tensorflow", "gensim", "matplotlib") if m in sys.modules}
    threads = None
    if loaded >= {"keras", "tensorflow"}:
        config = sys.modules["tensorflow"].config.threading
        threads = [
            config.get_intra_op_parallelism_threads(), config.get_inter_op_parallelism_threads()
        ]
    return {"pid": os.getpid(), "loaded": sorted(loaded), "threads": threads}

def fitted(pipeline, texts, labels):
    pipeline.fit(texts, labels)
    return state()

if __name__ == "__main__":
    texts, labels = ["well done", "not done"] * 4, [1, 0] * 4
    with open("vectors.txt", "w") as file:
        file.write("well 1 2\\ndone 3 4\\n")
    steps = [TextCleaner(), KerasTokenizerTransformer(), PadSequences()]
    steps.append(PretrainedEmbeddingMatrix("vectors.txt"))
    pipelines = {
        "text": make_pipeline(*steps, EmbeddingVectorizer()),
        "network": make_pipeline(*steps, KerasTextClassifier(architecture="average", epochs=1)),
    }
    found = {}
    with parallel_config(backend="loky", n_jobs=2, inner_max_num_threads=1):
        for name, pipeline in pipelines.items():
            found[name] = Parallel()([delayed(fitted)(pipeline, texts, labels)])[0]
    pipelines["network"].fit(texts, labels)
    found["here"] = state()
    print(json.dumps(found))
"""


def run(program, folder, *arguments, **environment):
    path = folder / "script.py"
    path.write_text(program)
    unset = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    return subprocess.run(
        [sys.executable, path, *arguments],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    answer = run(IN_A_WORKER, tmp_path_factory.mktemp("worker"))
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_workers_load_what_they_need(found):
    assert found["text"]["loaded"] == []
    assert "keras" in found["network"]["loaded"]
    assert "gensim" not in found["network"]["loaded"]
    assert len({state["pid"] for state in found.values()}) > 1


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it reads TensorFlow's threads")
def test_tensorflow_takes_the_share_of_its_worker(found):
    assert found["network"]["threads"] == [1, 1]
    assert found["here"]["threads"] == [0, 0]  # as many as there are cores


WEIGHTS = """
import json
from hashlib import sha256
import numpy as np
from sklearn.model_selection import cross_validate
from skembed import KerasTextClassifier, TokenSequences
from skembed.networks import ARCHITECTURES

if __name__ == "__main__":
    generator = np.random.default_rng(0)
    X = TokenSequences.from_array(generator.integers(1, 300, (120, 200)))
    y = generator.integers(0, 2, 120)
    found = {}
    for architecture in ARCHITECTURES:
        classifier = KerasTextClassifier(
            architecture=architecture, embedding_dim=50, epochs=2, random_state=0
        )
        for n_jobs in (1, 2):
            folds = cross_validate(
                classifier, X, y, cv=2, n_jobs=n_jobs, return_estimator=True, error_score="raise"
            )["estimator"]
            digest = sha256()
            for fitted in folds:
                for weights in fitted.model_.get_weights():
                    digest.update(weights.tobytes())
                digest.update(fitted.predict_proba(X).tobytes())
            found.setdefault(architecture, []).append(digest.hexdigest())
    print(json.dumps(found))
"""


@pytest.mark.parametrize("n_threads", ["1", "2"])
def test_workers_with_as_many_threads_learn_the_same_bits(n_threads, tmp_path):
    """This is what the docstring of random_state promises."""
    environment = {"OMP_NUM_THREADS": n_threads}
    first, second = (run(WEIGHTS, tmp_path, **environment) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    for architecture, (alone, in_workers) in json.loads(first.stdout).items():
        assert alone == in_workers, architecture


THREADS = """
import skembed.networks, sys
config = sys.modules["tensorflow"].config.threading
print(config.get_intra_op_parallelism_threads(), config.get_inter_op_parallelism_threads())
"""


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it reads TensorFlow's threads")
@pytest.mark.parametrize(
    ("before", "environment", "expected"),
    [
        ("", {"OMP_NUM_THREADS": "3"}, "3 3"),
        ("", {"OMP_NUM_THREADS": "3", "TF_NUM_INTEROP_THREADS": "1"}, "3 0"),  # read by TensorFlow
        ("", {"OMP_NUM_THREADS": "4,2"}, "0 0"),  # OpenMP's nested levels
        (
            "import tensorflow as tf; tf.config.threading.set_intra_op_parallelism_threads(2)",
            {"OMP_NUM_THREADS": "3"},
            "2 3",
        ),
        (
            "import keras; keras.ops.zeros(1)",  # TensorFlow is in use
            {"OMP_NUM_THREADS": "3"},
            "0 0",
        ),
    ],
)
def test_what_the_user_has_set_stays(tmp_path, before, environment, expected):
    answer = run(before + THREADS, tmp_path, **environment)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == expected.split()


# --- memory of workers

LONG_SEARCH = """
import json, os
import numpy as np
import psutil
from joblib import Parallel, delayed
from skembed import KerasTextClassifier

def fitted(dim):
    ids = np.arange(1, 193).reshape(24, 8)
    network = {"architecture": "bilstm", "embedding_dim": dim, "hidden_units": 4}
    KerasTextClassifier(**network, epochs=1, random_state=0).fit(ids, [0, 1] * 12)
    return os.getpid(), psutil.Process().memory_info().rss

if __name__ == "__main__":
    print(json.dumps(Parallel(n_jobs=2)(delayed(fitted)(2 + i) for i in range(30))))
"""


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow keeps its graphs")
def test_no_worker_is_replaced_in_a_search_over_networks_of_many_shapes(tmp_path):
    """joblib replaces a worker that has grown by 300 MB: seven of these networks in the pool."""
    pytest.importorskip("psutil", reason="without it, joblib does not measure memory")
    search = run(LONG_SEARCH, tmp_path)
    assert search.returncode == 0, search.stderr
    assert "A worker stopped" not in search.stderr
    fits = json.loads(search.stdout)
    for process in {process for process, _ in fits}:
        sizes = [size for found, size in fits if found == process]
        assert max(sizes) - sizes[0] < 300e6
    assert len({process for process, _ in fits}) == 2


# --- functions of __main__

OWN_NETWORK = """
import sys
from functools import partial
import joblib, keras, numpy as np
from sklearn.model_selection import GridSearchCV
from skembed import KerasTextClassifier
from skembed.networks import embed_ids, ignores_padding, probabilities

def pooled(vectors):
    return keras.layers.GlobalMaxPooling1D()(vectors)

@ignores_padding
def my_network(facts, *, hidden_units=3):
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Dense(hidden_units)(pooled(embed_ids(ids, facts)[0]))
    return keras.Model(ids, probabilities(x, facts))

if __name__ == "__main__":
    ids, labels = np.array([[1, 2], [3, 4]] * 6), [1, 0] * 6
    classifier = KerasTextClassifier(architecture=my_network, epochs=1, random_state=0)
    search = GridSearchCV(
        classifier, {"hidden_units": [2, 4]}, cv=2, n_jobs=2, error_score="raise"
    ).fit(ids, labels)
    classifier.fit(ids, labels)
    joblib.dump({"search": search, "ids": ids, "p": classifier.predict_proba(ids),
                 "fitted": classifier, "unfitted": KerasTextClassifier(architecture=my_network),
                 "three": KerasTextClassifier(architecture=partial(my_network, hidden_units=3))},
                sys.argv[1])
"""
LOAD = """
import sys
import joblib, numpy as np
loaded = joblib.load(sys.argv[1])
ids, p = loaded["ids"], loaded["p"]
assert np.array_equal(loaded["fitted"].predict_proba(ids), p)
for name in ("unfitted", "three"):
    fitted = loaded[name].set_params(epochs=1, random_state=0).fit(ids, [1, 0] * 6)
    assert np.array_equal(fitted.predict_proba(ids), p), name
joblib.dump(loaded["fitted"], sys.argv[1])
assert np.array_equal(joblib.load(sys.argv[1]).predict_proba(ids), p)
print(loaded["search"].predict(ids).shape)
"""


def test_a_network_of_a_script_is_searched_in_workers_and_loaded_elsewhere(tmp_path):
    made = run(OWN_NETWORK, tmp_path, "file.joblib")
    assert made.returncode == 0, made.stderr
    loaded = run(LOAD, tmp_path, "file.joblib")
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout == "(12,)\n"


OWN_ANALYZER = """
import sys
import joblib
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skembed import KerasTokenizerTransformer, NgramVectorizer, PadSequences

def at(separator):
    return lambda text: text.split(separator)

class Splitter:
    def __call__(self, text):
        return text.split("|")

if __name__ == "__main__":
    texts, labels = ["a b|c", "a|b c"] * 60, [1, 0] * 60
    found = {}
    for name, step in {"ids": KerasTokenizerTransformer(), "counts": NgramVectorizer()}.items():
        rest = [PadSequences(4)] if name == "ids" else []
        pipeline = make_pipeline(step, *rest, LogisticRegression())
        grid = {f"{type(step).__name__.lower()}__analyzer": [at(" "), Splitter()]}
        search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2, error_score="raise")
        found[name] = search.fit(texts, labels).best_estimator_, search.predict_proba(texts)
    joblib.dump((texts, found), sys.argv[1])
"""
LOAD_ANALYZER = """
import sys
import joblib, numpy as np
texts, found = joblib.load(sys.argv[1])
for name, (fitted, probabilities) in found.items():
    assert np.array_equal(fitted.predict_proba(texts), probabilities), name
print(*found)
"""


def test_an_analyzer_of_a_script_is_searched_in_workers_and_loaded_elsewhere(tmp_path):
    made = run(OWN_ANALYZER, tmp_path, "file.joblib")
    assert made.returncode == 0, made.stderr
    loaded = run(LOAD_ANALYZER, tmp_path, "file.joblib")
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout == "ids counts\n"


# --- Ctrl-C

SEARCH = """
import signal, sys
from pathlib import Path
import keras, numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skembed import KerasTextClassifier, PadSequences

class Begun(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        Path("begun").touch()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background is deaf to it
    ids, labels = np.array([[1, 2], [3, 4]] * 6), [1, 0] * 6
    classifier = KerasTextClassifier(architecture="average", epochs=10**6, callbacks=Begun)
    pipeline = make_pipeline(PadSequences(), classifier)
    grid = {"kerastextclassifier__embedding_dim": [2, 3]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=int(sys.argv[1]))
    try:
        search.fit(ids, labels)
    finally:
        print(sorted(vars(search).keys() & {"best_estimator_", "cv_results_"}))
"""


def is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="process groups of POSIX")
@pytest.mark.parametrize("n_jobs", ["1", "2"])
def test_ctrl_c_ends_a_search(tmp_path, n_jobs):
    """No partly trained candidate is scored, and no worker process is left."""
    path = tmp_path / "script.py"
    path.write_text(SEARCH)
    search = subprocess.Popen(
        [sys.executable, path, n_jobs],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while not (tmp_path / "begun").exists():
            assert search.poll() is None, search.stderr.read()
            time.sleep(0.1)
        asked_at = time.monotonic()
        os.killpg(search.pid, signal.SIGINT)  # as a terminal does
        out, errors = search.communicate(timeout=300)
        assert search.returncode == -signal.SIGINT, errors
        assert out == "[]\n"
        assert "KeyboardInterrupt" in errors
        while is_alive(search.pid):  # on a busy machine, workers do not end at once
            assert time.monotonic() < asked_at + 300
            time.sleep(0.1)
    finally:
        if is_alive(search.pid):
            os.killpg(search.pid, signal.SIGKILL)
