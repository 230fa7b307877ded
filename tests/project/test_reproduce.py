"""The page of results. test_examples.py runs the experiments."""

import base64
from dataclasses import asdict, replace
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
from drawn import assert_legible

from benchmarks import reproduce
from benchmarks.outcome import Outcome
from benchmarks.results_page import draw, draw_gains, write_page

EXAMPLES = Path(__file__).parents[2] / "examples"
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
    """The examples import each other, also in processes that they start."""
    monkeypatch.syspath_prepend(EXAMPLES)


@pytest.fixture
def made_up(scripts):
    from against_tfidf import Choice
    from experiment import Row

    comments = Outcome(
        name="ten_comments",
        about="\nTen comments\n====\n\nAll that they say.\nRun it as ``so``.\n",
        found=[
            asdict(Row("hashed", ".90-1.00", (0.8, 0.9, 1.0), 60).with_note("too few epochs.")),
            asdict(Row("by date", "none", (0.5,), 6)),
        ],
        table="hashed .9",
        printed="28 words\n",
        seconds=66,
        megabytes=321,
        full=True,
        facts=FACTS,
        curves=base64.b64encode(b"curves").decode(),
    )
    choices = [
        Choice("imdb", "TF-IDF", (0.8,), 0.01, 0, 0, None, 1, 2, 3, 4, 1),
        Choice("imdb", "default", (0.84, 0.86), 0.02, 0.05, 0.015, 0.03, 3, 0.2, 1.5, 10, 2),
    ]
    found = [asdict(choice) for choice in choices]
    return comments, replace(
        comments, name="against_tfidf", found=found, seconds=3534, printed="", curves=""
    )


def test_the_page(made_up, tmp_path):
    write_page(tmp_path, made_up)
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "Abacus, 2 cores, Linux, Python 3.11; keras 3.15. Seeds 0, 1 and 2. The" in page
    assert "took\n1.0 hours." in page
    assert "## Ten comments\n\nAll that they say.\n\n" in page
    assert "`examples/ten_comments.py`, 2026-11-21: 1.1 minutes, 321 MB." in page
    assert "| hashed | .90-1.00 | **0.900** | 0.100 | 0.800, 0.900, 1.000 | 1.0 |" in page
    assert "*hashed:* too few epochs." in page
    assert "```text\n28 words\n```" in page
    assert "| data set | model | accuracy | difference |" in page
    assert (
        "| imdb | TF-IDF | 0.800 ± 0.010 | +0.000 ± 0.000 |  | 1.0 | 2.000 | 3.00 | 4.0 | 1 |"
        in page
    )
    assert "| imdb | default | 0.850 ± 0.020 | +0.050 ± 0.015 | 0.030 | 3.0 | 0.200 |" in page
    assert "The default, compared with the better TF-IDF model: +0.050 on imdb.\n" in page
    for name, colour in (("light", "black"), ("dark", "white")):
        assert f"results_{name}.svg\n:alt: Published figures" in page
        assert f":class: only-{name}\n" in page
        picture = (tmp_path / f"results_{name}.svg").read_text(encoding="utf-8")
        assert ">hashed</text>" in picture  # text is text
        assert ("fill: #ffffff" in picture) == (colour == "white")
    assert (tmp_path / "results_curves.png").read_bytes() == b"curves"


def test_a_small_setting_says_so(made_up, tmp_path):
    write_page(tmp_path, [replace(outcome, full=False) for outcome in made_up])
    assert "SMALL SETTING" in (tmp_path / "results.md").read_text(encoding="utf-8")


def test_the_picture(made_up):
    figure = draw(made_up[:1])
    (axes,) = figure.axes
    assert [x.get_text() for x in axes.texts] == ["ten comments", "hashed", "by date"]
    ours = [x for line in axes.lines if line.get_marker() == "o" for x in line.get_ydata()]
    names = [x.get_position()[1] for x in axes.texts]
    assert names[0] < names[1] < ours[0] < names[2] < ours[1]  # each above its figures
    assert_legible(figure)
    published = [line.get_xdata().tolist() for line in axes.lines if line.get_marker() == "D"]
    assert published == [[0.9, 1.0], []]  # the last is the legend's


def test_the_picture_of_the_comparison(made_up):
    figure = draw_gains(made_up[1])
    (axes,) = figure.axes
    assert [x.get_text() for x in axes.get_yticklabels()] == ["imdb"]
    assert [x.get_text() for x in figure.legends[0].get_texts()] == ["default"]
    line, _, _ = axes.containers[0].lines
    assert line.get_xdata().tolist() == [0.05]
    assert_legible(figure)


@pytest.mark.slow
def test_a_script_runs_in_a_process_of_its_own(scripts):
    outcome = reproduce.run_script("ten_comments", full=False, data=None)
    assert outcome.about.startswith("\nTen comments")
    assert [row["experiment"] for row in outcome.found] == ["hashed ids, training accuracy"]
    assert outcome.table.split()[:2] == ["experiment", "published"]
    assert outcome.printed.startswith("For the GloVe row, pass --data FOLDER")
    assert outcome.seconds > 0
    assert outcome.megabytes > 100
    assert not outcome.curves


def test_what_was_found_is_kept_and_gone_on_with(made_up, tmp_path, monkeypatch, capsys):
    comments, choices = made_up
    monkeypatch.setattr(reproduce, "EXPERIMENTS", ("ten_comments", "against_tfidf"))
    monkeypatch.setattr(reproduce, "describe_machine", lambda: FACTS | {"date": "2026-11-22"})
    again = replace(comments, megabytes=123)
    ran = iter([comments, KeyboardInterrupt(), choices, again])

    def run(name, full, data):
        outcome = next(ran)
        if isinstance(outcome, KeyboardInterrupt):
            raise outcome
        assert outcome.name == name
        return outcome

    monkeypatch.setattr(reproduce, "run_script", run)
    with pytest.raises(KeyboardInterrupt):
        reproduce.reproduce(["ten_comments", "against_tfidf"], True, None, tmp_path)
    assert not (tmp_path / "results.md").exists()
    reproduce.reproduce(["against_tfidf"], True, None, tmp_path)
    assert "321 MB" in (tmp_path / "results.md").read_text(encoding="utf-8")
    reproduce.reproduce(["ten_comments"], True, None, tmp_path)
    assert "123 MB" in (tmp_path / "results.md").read_text(encoding="utf-8")
    monkeypatch.setattr(reproduce, "run_script", lambda *_: replace(comments, full=False))
    reproduce.reproduce(["ten_comments"], False, None, tmp_path)  # another setting
    assert "The page was not written: no results yet of against_tfidf." in capsys.readouterr().out


def test_a_page_is_of_one_machine(made_up, tmp_path, monkeypatch, capsys):
    comments, choices = made_up
    monkeypatch.setattr(reproduce, "EXPERIMENTS", ("ten_comments", "against_tfidf"))
    for outcome, cores in ((comments, 2), (choices, 4)):
        facts = FACTS | {"cores": cores}
        monkeypatch.setattr(reproduce, "describe_machine", lambda facts=facts: facts)
        found = replace(outcome, facts=facts)
        monkeypatch.setattr(reproduce, "run_script", lambda *_, found=found: found)
        reproduce.reproduce([outcome.name], True, None, tmp_path)
    assert "The page was not written: no results yet of ten_comments." in capsys.readouterr().out


def test_every_published_experiment_is_run():
    scripts = {path.stem for path in EXAMPLES.glob("*.py") if "Row" in path.read_text()}
    published = scripts - {"experiment", "streamed_reviews"}
    assert published == {*reproduce.EXPERIMENTS} - {"against_tfidf"}
