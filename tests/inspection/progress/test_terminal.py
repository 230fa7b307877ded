"""What FitProgress shows on a terminal, seen through a pseudo terminal."""

import re
import signal
import sys

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo terminals of this kind", allow_module_level=True)

from terminal import run_in_terminal

# A fit lasts until it was seen: the test then writes the file that it waits for.
PROGRAM = """
import sys, time, warnings
from pathlib import Path
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GridSearchCV
from skembed.inspection import FitProgress

class Waits(ClassifierMixin, BaseEstimator):
    def __init__(self, number=0, text=""):
        self.number = number
        self.text = text

    def fit(self, X, y):
        if self.number == 2:
            warnings.warn("a warning of the second candidate")
        while not Path({folder!r}, str(self.number)).exists():
            time.sleep(0.02)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return self.classes_[np.arange(len(X)) % (self.number + 1) // self.number]

X, y = np.eye(8), np.array([0, 1] * 4)
grid = {{"number": [1, 2, 3], "text": [{text!r}]}}
search = GridSearchCV(Waits(), grid, cv=2, n_jobs={n_jobs})
search.set_callbacks(FitProgress()).fit(X, y)
"""


def watched(tmp_path, columns=80, lines=24, n_jobs=1, text="", on_seen=None, **environment):
    """Run the program; return its exit code, the screen, and it as seen with each candidate."""
    seen = {}

    def watch(screen, process):
        running = re.findall(r"runs  (?:candidate (\d) of|(refit))", screen.shown)
        for number in {int(k) for k, _ in running if k}:
            if number not in seen:
                seen[number] = screen.shown
                (on_seen or release)(number, process)

    def release(number, process):
        tmp_path.joinpath(str(number)).touch()

    program = PROGRAM.format(folder=str(tmp_path), n_jobs=n_jobs, text=text)
    code, screen = run_in_terminal(program, columns, lines, watch, **environment)
    return code, screen, seen


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (50, 6), (30, 4)])
def test_what_runs_is_in_sight(tmp_path, columns, lines):
    code, screen, seen = watched(tmp_path, columns, lines, text="many words " * 30)
    assert code == 0, screen.shown
    assert [*seen] == [1, 2, 3]
    assert "GridSearchCV  4 of 7 fits" in seen[3]
    assert "runs  candidate 3 of 3" in seen[3]
    if lines > 4:
        assert re.search(r"best  \d\.\d{4} ± \d\.\d{4}  candidate \d: number=", seen[3])
    for shown in seen.values():
        assert len(shown.splitlines()) <= lines
        assert all(len(line) < columns for line in shown.splitlines() if "warn" not in line)
    end = "\n".join([*screen.scrolled, *screen.rows])
    assert "runs" not in end
    assert "GridSearchCV: 6 fits in" in end


def test_two_processes_side_by_side(tmp_path):
    both = []
    (tmp_path / "2").touch()
    (tmp_path / "3").touch()

    def watch(screen, process):
        if all(f"runs  candidate 1 of 3, fold {k} of 2" in screen.shown for k in (1, 2)):
            both.append(screen.shown)
            tmp_path.joinpath("1").touch()

    program = PROGRAM.format(folder=str(tmp_path), n_jobs=2, text="")
    code, screen = run_in_terminal(program, watch=watch)
    assert code == 0, screen.shown
    assert both
    assert "GridSearchCV: 6 fits in" in screen.shown


def test_a_warning_stays_in_sight(tmp_path):
    code, screen, _ = watched(tmp_path)
    end = "\n".join([*screen.scrolled, *screen.rows])
    assert code == 0
    assert "a warning of the second candidate" in end
    assert "runs" not in end


def test_ctrl_c(tmp_path):
    code, screen, _ = watched(
        tmp_path, on_seen=lambda number, process: process.send_signal(signal.SIGINT)
    )
    assert code != 0
    end = "\n".join([*screen.scrolled, *screen.rows])
    assert re.search(r"GridSearchCV: stopped after 0 fits, \d:\d\d", end)
    assert end.splitlines()[-1] == "KeyboardInterrupt"
    assert "runs" not in end


def test_a_terminal_that_draws_nothing_gets_lines(tmp_path):
    for k in (1, 2, 3):
        tmp_path.joinpath(str(k)).touch()
    code, screen, _ = watched(tmp_path, TERM="dumb")
    assert code == 0
    assert "GridSearchCV: 3 candidates, 2 folds, 6 fits" in screen.shown
    assert "3 of 3  0." in screen.shown
