"""The lines of a terminal, made of messages."""

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skembed.inspection.progress.messages import Begun, Ended
from skembed.inspection.progress.run import Run
from skembed.inspection.progress.text import clipped, lines_now


def facts(candidate, fold, **score):
    numbers = {"n_folds": 2, "candidate": candidate, "fold": fold, "n_candidates": 8}
    return numbers | {"parameters": f"C={candidate}"} | score


def search(n_active, n_done=0):
    """Return a search of 8 candidates in 2 folds, of whose fits some are done and some run."""
    run = Run(GridSearchCV(LogisticRegression(), {"C": [1.0]}))
    run.begin(Begun((), "fit", "GridSearchCV", 2, False))
    run.begin(Begun((0,), "search", "GridSearchCV", 16, False, {"n_folds": 2}))
    for i in range(n_done + n_active):
        task = (0, i), "candidate-split-evaluation", "GridSearchCV", 0, False
        run.begin(Begun(*task, facts(*divmod(i, 2))))
        if i < n_done:
            run.end(Ended(*task, facts(*divmod(i, 2), score=i / 100)))
    return run


def test_more_processes_than_lines():
    lines = lines_now(search(8, n_done=4), 79, 6)
    assert lines[0].startswith("GridSearchCV  4 of 17 fits")
    assert lines[1] == "best  0.0250 ± 0.0050  candidate 2: C=1"
    assert lines[3:] == [
        "runs  candidate 3 of 8, fold 1 of 2: C=2",
        "runs  candidate 3 of 8, fold 2 of 2: C=2",
        "runs  6 more",
    ]
    assert lines_now(search(1), 79, 2)[1].startswith("runs  candidate 1")


@pytest.mark.parametrize(("n_done", "fraction"), [(0, 0), (8, 8 / 17), (16, 16 / 17)])
def test_fits_are_counted_with_the_refit(n_done, fraction):
    assert search(0, n_done).fraction() == pytest.approx(fraction)


def test_epochs_count_as_parts_of_a_fit():
    run = search(1)
    epochs = "KerasTextClassifier", 4, True
    run.begin(Begun((0, 0, 2), "fit", *epochs))
    for i in range(3):
        for kind, note in ((Begun, run.begin), (Ended, run.end)):
            name = f"epoch: loss 0.{i}, val_accuracy 0.9"
            note(kind((0, 0, 2, i), name, "KerasTextClassifier", 0, False))
    assert lines_now(run, 79, 9)[-1] == "      epoch 3 of 4: val_accuracy 0.9, loss 0.2"
    assert run.fraction((0, 0, 2)) == 0.75


def test_wide_characters_take_two_columns():
    assert clipped("abcdef", 6) == "abcdef"
    assert clipped("abcdefg", 6) == "abcde…"
    assert clipped("文字列文字", 6) == "文字…"
    assert clipped("", 1) == ""
