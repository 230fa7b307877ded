"""The report of the documentation."""

import re
from pathlib import Path

import numpy as np
import pytest
from browser import find_chromium

from benchmarks.draw_report import draw, write

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium to draw the page")
def test_it_is_written_and_drawn_as_the_page_shows_it(feedback, tmp_path):
    texts, sentiment = (np.asarray(x) for x in feedback)
    report = write((texts[::4], sentiment[::4]), (texts[1::4], sentiment[1::4]), tmp_path)
    draw(report, tmp_path)
    page = (DOCS / "report.md").read_text(encoding="utf-8")
    shown = re.findall(r"report_\w+\.\w+", page)
    assert {*shown} == {path.name for path in tmp_path.iterdir()}
    assert all((DOCS / name).is_file() for name in shown)
    light, dark = ((tmp_path / f"report_{name}.png").read_bytes() for name in ("light", "dark"))
    assert light[:4] == dark[:4] == b"\x89PNG"
    assert light != dark
