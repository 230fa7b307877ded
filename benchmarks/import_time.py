"""What it costs to import a text step, beside scikit-learn and pandas alone."""

import subprocess
import sys

from benchmarks.figures import Figure, median, seconds

ROUNDS = 9
OURS = "import skembed; skembed.TextCleaner"
THEIRS = "import sklearn.base, pandas"


def run(program):
    subprocess.run([sys.executable, "-c", program], check=True)


def measure():
    """A new process that imports a text step."""
    rounds = [(seconds(run, OURS), seconds(run, THEIRS)) for _ in range(ROUNDS)]
    ours, theirs = map(median, zip(*rounds[1:]))  # the first fills the disk's cache
    yield Figure("import skembed.TextCleaner", ours, "s", "sklearn.base, pandas", theirs, at_most=2)
