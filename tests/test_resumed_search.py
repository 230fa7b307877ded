"""A search by Optuna that is killed half-way goes on where it stopped."""

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("optuna")

SCRIPT = Path(__file__).parents[1] / "examples" / "optuna_search.py"
N_TRIALS = 4


def trials(study):
    """The state and value of each trial in the file."""
    query = (
        "SELECT number, state, value FROM trials LEFT JOIN trial_values USING (trial_id) "
        "ORDER BY number"
    )
    try:
        with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:  # not there yet
        return []


def finished(study):
    return [trial for trial in trials(study) if trial[1] == "COMPLETE"]


def test_killed_and_started_again(tmp_path):
    study = tmp_path / "study.db"
    command = [
        sys.executable, "-W", "error", SCRIPT, "--study", study, "--trials", str(N_TRIALS),
    ]  # fmt: skip
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not finished(study) and first.poll() is None:
        time.sleep(0.05)
    first.kill()
    assert first.wait() != 0  # it had not come to its end
    before = trials(study)
    kept = finished(study)
    assert 1 <= len(kept) < N_TRIALS

    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    after = trials(study)
    assert [trial for trial in after if trial in kept] == kept
    states = Counter(state for _, state, _ in after)
    assert states["COMPLETE"] == N_TRIALS
    assert states["RUNNING"] == states["WAITING"] == 0
    assert states["FAIL"] == sum(state == "RUNNING" for _, state, _ in before)
    best = max(value for _, state, value in after if state == "COMPLETE")
    assert float(second.stdout.splitlines()[1].split()[2]) == pytest.approx(best)
