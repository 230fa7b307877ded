"""The commands and the output that the README shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def commands():
    return re.findall(r"```bash\n(.*?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)


def test_there_are_two_commands_and_ci_calls_the_second():
    main_job, tests = commands()
    assert main_job.endswith(".venv/bin/python examples/feedback_search.py")
    assert (ROOT / ".ci/run").read_text().splitlines()[-2:] == [tests, ".venv/bin/tox -e full"]


def test_the_output_shown_is_that_of_the_main_job():
    shown = re.search(r"```text\n(.*?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    assert shown.split()[:3] == ["architecture", "embedding_dim", "min_count"]
    assert "that the search has not seen" in shown
    assert shown.endswith("\nnegative  The argument is clear but sadly nothing supports it.")


@pytest.mark.slow
def test_the_main_job():
    # Keras 3.15 itself draws this warning of NumPy 2, on JAX and PyTorch (November 2026).
    of_keras = "ignore:__array__ implementation:DeprecationWarning"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-W", of_keras, ROOT / "examples/feedback_search.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "GridSearchCV" in run.stdout  # the progress bars
    accuracy = float(re.search(r"accuracy +(0\.\d+) +144", run.stdout)[1])
    assert accuracy > 0.65
    *_, saved, first, second, third = run.stdout.strip().splitlines()
    assert saved.startswith("Saved (")
    assert [line.split()[0] for line in (first, second, third)] == [
        "positive",
        "negative",
        "negative",
    ]
