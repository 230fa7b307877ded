"""Time to import a text step, compared with scikit-learn and pandas alone."""

import subprocess
import sys

from benchmarks.figures import Figure, median, seconds

N_ROUNDS = 9
OURS = "import skembed; skembed.TextCleaner"
THEIRS = "import sklearn.base, pandas"


def run(program):
    subprocess.run([sys.executable, "-c", program], check=True)


def measure():
    """Import of a text step in a new process."""
    rounds = [(seconds(run, OURS), seconds(run, THEIRS)) for _ in range(N_ROUNDS)]
    ours, theirs = map(median, zip(*rounds[1:]))  # the first fills the disk cache
    yield Figure("import skembed.TextCleaner", ours, "s", "sklearn.base, pandas", theirs, at_most=2)
