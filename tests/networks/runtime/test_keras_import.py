"""What is written to the terminal when Keras is imported and used."""

import os
import shlex
import subprocess
import sys

import keras
import pytest

from skembed.networks.runtime.keras_import import _keep_from_level

PROGRAM = """
import numpy as np
from skembed import KerasTextClassifier
classifier = KerasTextClassifier(architecture="average", epochs=1, optimizer="sgd", random_state=0)
classifier.fit(np.array([[1, 2], [3, 4]] * 6), [1, 0] * 6)
"""


def written(level):
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    if level is not None:
        environment["TF_CPP_MIN_LOG_LEVEL"] = level
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout == ""
    return answer.stderr.splitlines()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it concerns TensorFlow")
def test_a_level_that_silences_tensorflow_writes_no_more_than_none():
    assert written("3") == written(None) == []


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it concerns TensorFlow")
def test_each_level_writes_what_tensorflow_documents_for_it():
    everything, warnings, errors, fatal, more = map(written, "01234")
    assert any(line.startswith("I") for line in everything)
    assert not [line for line in warnings if not line.startswith(("W", "E"))]
    assert not [line for line in errors if not line.startswith("E")]
    assert fatal == more == []
    assert len(everything) > len(warnings) >= len(errors)


WITHOUT_STREAMS = """
import sys, warnings
{streams}
from sklearn.callback import ProgressBar
from skembed import KerasTextClassifier, KerasTokenizerTransformer, PretrainedEmbeddingMatrix
from skembed import _progress

X = KerasTokenizerTransformer().fit_transform(["good work", "poor old work"] * 6)
for verbose in (0, 1, 2, "auto"):
    classifier = KerasTextClassifier(architecture="average", epochs=2, verbose=verbose)
    classifier.set_callbacks(ProgressBar(max_propagation_depth=None))
    classifier.fit(X, [1, 0] * 6).predict(X)
PretrainedEmbeddingMatrix({{"good": [1.0]}}).fit(X)  # warns of the coverage
_progress._DELAY_SECONDS = -1
with _progress.bytes_done("reading", 9, verbose=True) as advance:
    advance(9)
open({report!r}, "w").write("done")
"""


@pytest.mark.parametrize(
    ("streams", "closed"),
    [
        ("sys.stderr = None", ""),
        ("sys.stdout = sys.stderr = None", ""),
        ("sys.stderr.close()\nwarnings.simplefilter('ignore')", ""),
        ("import os\nos.close(2)", ""),
        ("assert sys.stderr is None", "2>&-"),
        ("assert sys.stdin is sys.stdout is sys.stderr is None", "<&- >&- 2>&-"),
    ],
)
def test_a_process_without_standard_streams(streams, closed, tmp_path):
    """As under pythonw, and in daemons."""
    program, report = tmp_path / "program.py", tmp_path / "report"
    program.write_text(WITHOUT_STREAMS.format(streams=streams, report=str(report)))
    command = f"exec {shlex.quote(sys.executable)} {shlex.quote(str(program))} {closed}"
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert report.exists(), answer.stderr


MESSAGES = b"""WARNING: All log messages are written to STDERR
I0000 00:00:1.2 99 port.cc:153] oneDNN is on.
To turn it off, set a variable.
W0000 00:00:1.3 99 a.cc:1] A warning.
of two lines
2026-11-27 12:00:00.1: E external/b.cc:2] An error.
"""
INFORMATION, WARNING, ERROR = (
    b"I0000 00:00:1.2 99 port.cc:153] oneDNN is on.\nTo turn it off, set a variable.\n",
    b"W0000 00:00:1.3 99 a.cc:1] A warning.\nof two lines\n",
    b"2026-11-27 12:00:00.1: E external/b.cc:2] An error.\n",
)


@pytest.mark.parametrize(
    ("level", "kept"),
    [(0, INFORMATION + WARNING + ERROR), (1, WARNING + ERROR), (2, ERROR), (3, b""), (7, b"")],
)
def test_messages_of_the_chosen_level_are_kept_with_all_their_lines(level, kept):
    assert _keep_from_level(MESSAGES, level) == kept
    assert _keep_from_level(b"no message\n", level) == b""
