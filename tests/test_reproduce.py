"""The page of results; the experiments themselves are run by test_examples."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import reproduce

pytest.importorskip("matplotlib")
from benchmarks.results_page import draw, write_page

EXAMPLES = Path(__file__).parents[1] / "examples"
FACTS = {
    "processor": "Abacus",
    "cores": 2,
    "system": "Linux",
    "python": "3.11",
    "packages": {"keras": "3.15"},
    "date": "2026-11-21",
}


@pytest.fixture
def scripts(monkeypatch):
    """The examples import each other, and processes that they start do so too."""
    monkeypatch.syspath_prepend(EXAMPLES)


@pytest.fixture
def made_up(scripts):
    from against_tfidf import Choice
    from experiment import Row

    comments = reproduce.Outcome(
        "ten_comments",
        "\nTen comments\n====\n\nAll that they say.\nRun it as ``so``.\n",
        [
            Row("hashed", ".90-1.00", (0.8, 0.9, 1.0), 60).noted("too few epochs."),
            Row("by date", "none", (0.5,), 6),
        ],
        "28 words\n",
        66,
        321,
    )
    choices = [
        Choice("IMDB", "skembed", (0.8, 0.9), 3, 2, 1),
        Choice("IMDB", "TF-IDF", (0.9, 0.9), 1, 2, 3),
    ]
    return comments, replace(comments, name="against_tfidf", found=choices, seconds=3534)


def test_the_page(made_up, tmp_path):
    comments, choices = made_up
    write_page(tmp_path, True, FACTS, [comments], choices, b"curves")
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "on 2026-11-21, not by hand. Abacus, 2 cores, Linux,\nPython 3.11; keras 3.15." in page
    assert "Seeds 0, 1 and 2. All together took 1.0 hours." in page
    assert "## Ten comments\n\nAll that they say.\n\n" in page
    assert "| hashed | .90-1.00 | **0.900** | 0.100 | 0.800, 0.900, 1.000 | 1.0 |" in page
    assert "*hashed:* too few epochs." in page
    assert "```text\n28 words\n```" in page
    assert "| IMDB | skembed | **0.850** | 0.071 | 3.0 | 2.00 | 1.0 |" in page
    assert "TF-IDF is the better by 0.050 on IMDB.\n" in page
    assert "skembed is the better" not in page
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "results_curves.png").read_bytes() == b"curves"


def test_a_small_setting_says_so(made_up, tmp_path):
    comments, choices = made_up
    write_page(tmp_path, False, FACTS, [comments], choices, b"curves")
    assert "A SMALL SETTING" in (tmp_path / "results.md").read_text(encoding="utf-8")


def test_the_picture(made_up):
    comments, _ = made_up
    (axes,) = draw([comments]).axes
    assert [x.get_text() for x in axes.get_yticklabels()] == ["ten comments", "hashed", "by date"]
    published = [line.get_xdata().tolist() for line in axes.lines if line.get_marker() == "D"]
    assert published == [[0.9, 1.0], []]  # the last is the legend's


def test_a_script_runs_in_a_process_of_its_own(scripts, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)  # what it prints is kept for the page
    outcome = reproduce.outcome("ten_comments", full=False, data=None)
    assert outcome.about.startswith("\nTen comments")
    assert [row.experiment for row in outcome.found] == ["hashed ids, training accuracy"]
    assert outcome.printed.startswith("For the row with GloVe pass --data FOLDER")
    assert outcome.seconds > 0
    assert outcome.megabytes > 100


def test_every_published_experiment_is_run():
    scripts = {path.stem for path in EXAMPLES.glob("*.py") if "Row" in path.read_text()}
    assert scripts - {"experiment", "streamed_reviews"} == {*reproduce.EXPERIMENTS}
