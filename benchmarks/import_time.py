"""Time to import a text step and the classifier, compared with the libraries they need."""

import os
import subprocess
import sys
from importlib.util import find_spec

from benchmarks.figures import Figure, median, seconds

BACKENDS = ("tensorflow", "jax", "torch")
TEXT_STEP, LIBRARIES = "import skembed; skembed.TextCleaner", "import sklearn.base, pandas"
CLASSIFIER, KERAS = "import skembed; skembed.KerasTextClassifier", f"{LIBRARIES}, keras"


def run(program, backend):
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run(
        [sys.executable, "-c", program], check=True, env=environment, stderr=subprocess.DEVNULL
    )


def compare(ours, theirs, backend, n_rounds):
    rounds = [(seconds(run, ours, backend), seconds(run, theirs, backend)) for _ in range(n_rounds)]
    return map(median, zip(*rounds[1:]))  # the first fills the disk cache


def measure():
    """Import of a text step and, on each installed backend, of the classifier in a new process."""
    ours, theirs = compare(TEXT_STEP, LIBRARIES, "", n_rounds=9)
    yield Figure("import skembed.TextCleaner", ours, "s", "sklearn.base, pandas", theirs, at_most=2)
    for backend in filter(find_spec, BACKENDS):
        ours, theirs = compare(CLASSIFIER, KERAS, backend, n_rounds=4)
        what = f"import skembed.KerasTextClassifier, {backend}"
        yield Figure(what, ours, "s", "the same and keras", theirs, at_most=1.5)
