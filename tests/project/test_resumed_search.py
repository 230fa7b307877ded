"""A killed search by Optuna resumes where it stopped."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("optuna")

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "examples" / "optuna_search.py"
N_TRIALS = 4


def trials(study):
    """The state and value of each trial in the file."""
    query = (
        "SELECT number, state, value FROM trials LEFT JOIN trial_values USING (trial_id) "
        "ORDER BY number"
    )
    with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def finished(study):
    return [trial for trial in trials(study) if trial[1] == "COMPLETE"]


DIES_IN_ITS_THIRD_TRIAL = """
import os, sys
from pathlib import Path
import optuna_search

class Dies(optuna_search.Objective):
    n_trials = 0

    def __call__(self, trial):
        Dies.n_trials += 1
        if Dies.n_trials == 3:
            os._exit(9)  # as when it is killed: nothing is written, closed or told
        return super().__call__(trial)

optuna_search.Objective = Dies
optuna_search.main(full=False, data=None, study=Path(sys.argv[1]), trials=4)
"""


def test_killed_and_started_again(tmp_path):
    study = tmp_path / "study.db"
    first = subprocess.run(
        [sys.executable, "-c", DIES_IN_ITS_THIRD_TRIAL, study],
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert first.returncode == 9, first.stderr
    before = trials(study)
    kept = finished(study)
    assert [state for _, state, _ in before] == ["COMPLETE", "COMPLETE", "RUNNING"]

    command = [
        sys.executable, "-W", "error", SCRIPT, "--study", study, "--trials", str(N_TRIALS),
    ]  # fmt: skip
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    after = trials(study)
    assert [trial for trial in after if trial in kept] == kept
    states = Counter(state for _, state, _ in after)
    assert states["COMPLETE"] == N_TRIALS
    assert states["RUNNING"] == states["WAITING"] == 0
    assert states["FAIL"] == 1
    best = max(value for _, state, value in after if state == "COMPLETE")
    assert float(second.stdout.splitlines()[1].split()[2]) == pytest.approx(best)
