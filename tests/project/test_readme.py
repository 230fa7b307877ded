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
    in_ci = (ROOT / ".ci/run").read_text().splitlines()
    assert in_ci[in_ci.index(tests) + 1] == ".venv/bin/tox -e full"


def block(language, start):
    """Return the first block in a language that begins so."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"```{language}\n(.*?)\n```", readme, re.DOTALL)
    return next(text for text in found if text.startswith(start))


def test_the_first_snippet_runs_and_prints_what_is_shown(capsys):
    exec(block("python", ""), {})
    assert capsys.readouterr().out.strip() == block("text", "accuracy: ")


@pytest.mark.parametrize("start", ["from sklearn.model_selection", "accuracy: ", "| | skembed |"])
def test_the_landing_page_shows_the_same_snippet_and_figures(start):
    landing = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = landing[landing.index(start) :].split("```")[0].split("\n\nA is ")[0]
    assert len(shown.splitlines()) > 3
    assert shown in readme


def test_twelve_lines_are_enough():
    assert len(block("python", "").splitlines()) <= 12


@pytest.mark.parametrize("folder", ["", "docs/**/", "skembed/**/", "examples/", "benchmarks/"])
def test_no_command_needs_a_package_index_with_skembed(folder):
    """Extras are named in a way that works from a checkout."""
    for suffix in ("md", "py", "rst"):
        for path in ROOT.glob(f"{folder}*.{suffix}"):
            found = re.search(r"pip install [^\n]*\bskembed\b", path.read_text(encoding="utf-8"))
            assert not found, path


def means_of_ten_splits(output):
    return [
        float(re.search(rf"^{name} +(0\.\d+)$", output, re.M)[1])
        for name in ("n-grams and network", "TF-IDF and linear SVM")
    ]


def test_the_output_shown_is_that_of_the_main_job():
    shown = block("text", "network architecture embedding_dim")
    assert "that the search has not seen" in shown
    ours, linear = means_of_ten_splits(shown)
    assert ours > linear
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
    assert run.returncode == 0, run.stderr
    lines = run.stderr.splitlines()  # what FitProgress writes, and no warning
    assert lines[0] == "GridSearchCV: 6 candidates, 3 folds, 18 fits"
    assert len(lines) == 1 + 6 + 1 + 1
    accuracy = float(re.search(r"accuracy +(0\.\d+) +144", run.stdout)[1])
    assert accuracy > 0.7
    ours, linear = means_of_ten_splits(run.stdout)
    assert ours > linear
    *_, saved, first, second, third = run.stdout.strip().splitlines()
    assert saved.startswith("Saved (")
    assert [line.split()[0] for line in (first, second, third)] == [
        "positive",
        "negative",
        "negative",
    ]
