"""The table of figures. Benchmarks themselves are never run in tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.figures import Figure
from benchmarks.new_process import measure_in_new_process

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("figure", "value", "holds"),
    [
        (Figure("faster", 2, "s", "rival", 8, at_least=4), 4, True),
        (Figure("faster", 2, "s", "rival", 7, at_least=4), 3.5, False),
        (Figure("slower", 3, "s", "rival", 2, at_most=1.5), 1.5, True),
        (Figure("slower", 4, "s", "rival", 2, at_most=1.5), 2, False),
        (Figure("small", 3, "ms", at_most=3), 3, True),
        (Figure("small", 4, "ms", at_most=3), 4, False),
        (Figure("beside", 2, "s", "rival", 3), 1.5, None),
        (Figure("alone", 2), 2, None),
    ],
)
def test_bounds(figure, value, holds):
    assert figure.value == value
    assert figure.holds is holds
    assert ("MISSED" in figure.row()) == (holds is False)
    assert figure.as_dict()["holds"] is holds


def test_figures_of_numpy_can_be_written():
    figure = Figure("faster", np.float64(2), "s", "rival", np.float32(8), at_least=4)
    assert json.loads(json.dumps(figure.as_dict()))["holds"] is True


def in_which_process():
    yield Figure("this process", os.getpid())
    yield Figure("its parent", os.getppid())


def fails_at_the_second_figure():
    yield Figure("alone", 1)
    raise ValueError("no second figure")


def test_a_benchmark_has_a_process_of_its_own():
    process, parent = measure_in_new_process(in_which_process)
    assert process.ours != os.getpid()
    assert parent.ours == os.getpid()


def test_a_benchmark_that_fails_does_not_look_whole(capfd):
    figures = measure_in_new_process(fails_at_the_second_figure)
    assert next(figures).ours == 1
    with pytest.raises(RuntimeError, match="fails_at_the_second_figure failed; see the traceback"):
        next(figures)
    assert "ValueError: no second figure" in capfd.readouterr().err


def run(*arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_table_and_json(tmp_path):
    answer = run("--json", str(tmp_path / "figures.json"), "import_time")
    assert answer.returncode == 0, answer.stderr
    assert "sklearn.base, pandas" in answer.stdout
    written = json.loads((tmp_path / "figures.json").read_text())
    assert written["machine"]["packages"].keys() >= {"keras", "scikit-learn"}
    text_step, *classifiers = written["figures"]["import_time"]
    assert text_step["value"] == pytest.approx(text_step["ours"] / text_step["theirs"])
    assert classifiers  # one for each installed backend


@pytest.mark.slow
def test_unknown_name():
    answer = run("nothing")
    assert answer.returncode == 2
    assert "unknown: nothing; choose from vocabulary, import_time" in answer.stderr
