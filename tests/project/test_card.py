"""The benchmark of a card and the search on one, tried here without a card."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest

from benchmarks import card, card_page
from benchmarks.card_device import name_of_card, used_megabytes
from benchmarks.figures import Figure
from benchmarks.made_reviews import make_reviews, make_vectors

ROOT = Path(__file__).parents[2]
FACTS = {"cores": 16, "python": "3.12", "packages": {"keras": "3.15"}, "date": "2026-11-27"}
needs_no_card = pytest.mark.skipif(name_of_card() is not None, reason="there is a card")


def test_generated_documents_are_like_the_movie_reviews():
    texts, labels = make_reviews(400)
    lengths = [len(text.split()) for text in texts]
    assert np.mean(lengths) == pytest.approx(342, rel=0.05)  # as cleaned for the benchmarks
    assert 800 < max(lengths) <= 1_319
    assert labels.mean() == 0.5
    assert make_reviews(400)[0] == texts
    vectors = make_vectors(1_000, 50)
    words = " ".join(texts).split()
    assert 0.5 < np.mean([word in vectors for word in words]) < 0.9


@needs_no_card
def test_memory_without_a_card_is_that_of_the_process():
    assert used_megabytes() > 50


@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch"])
def test_figures_replace_those_of_the_backend(name, tmp_path, monkeypatch):
    page = tmp_path / "card.md"
    page.write_text(card_page.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(card_page, "PAGE", page)
    for seconds in (0.5, 0.05):
        figures = [
            Figure("an epoch", seconds, "s", at_most=0.07),
            Figure("an epoch", seconds, "s", "keras.Model.fit", 0.5, at_least=4),
        ]
        shown = card_page.write_figures(name, "A card", FACTS, figures)
    written = page.read_text(encoding="utf-8")
    assert written.count(shown) == 1
    assert "*A card; 16 cores, Python 3.12; keras 3.15; 2026-11-27." in shown
    assert "| an epoch | 0.05 s |  |  | ≤ 0.07 |" in shown
    assert "| an epoch | 0.05 s | keras.Model.fit: 0.5 s | 10.00 | ≥ 4 |" in shown
    assert "0.5 s |  |  | ≤ 0.07 (missed)" not in written
    original = (ROOT / "docs/card.md").read_text(encoding="utf-8")
    figures = re.compile(rf"<!-- figures of {name} -->.*<!-- end of {name} -->", re.DOTALL)
    assert figures.sub("", written) == figures.sub("", original)


def test_the_page_says_what_was_not_run():
    page = (ROOT / "docs/card.md").read_text(encoding="utf-8")
    for name in ("tensorflow", "jax", "torch"):
        figures = page.split(f"<!-- figures of {name} -->")[1].split(f"<!-- end of {name} -->")[0]
        measured = f"`KERAS_BACKEND={name} python -m benchmarks card`.*" in figures
        assert measured != (card_page.NOT_RUN in figures)


@needs_no_card
def test_a_part_that_fails_does_not_stop_the_others(monkeypatch, capsys):
    def fails(size):
        yield Figure("first", 1)
        raise ValueError("no second figure")

    def works(size):
        yield Figure("bounded", 2, at_most=1)

    monkeypatch.setattr(card, "PARTS", (fails, works))
    measured = card.card()
    assert next(measured).what == "first"
    bounded = next(measured)
    assert bounded.holds is None  # bounds are for cards
    with pytest.raises(RuntimeError, match="Failed: fails; see"):
        next(measured)
    shown = capsys.readouterr()
    assert f"{keras.backend.backend()}, no card: small, on the processor" in shown.out
    assert "ValueError: no second figure" in shown.err


@pytest.mark.slow
def test_the_whole_benchmark_runs_without_a_card():
    environment = {**os.environ, "SKEMBED_DATA": ""}
    command = [sys.executable, "-m", "benchmarks", "card"]
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    for what in ("an epoch", "first fit of a form", "one document", "two equal fits", "n_jobs=2"):
        assert what in run.stdout


@pytest.mark.slow
def test_the_search_on_a_card_runs_without_one(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    table = import_module("card_search").main(full=False, data=None)
    assert len(table) == 3
    assert table["mean_test_score"].between(0, 1).all()
