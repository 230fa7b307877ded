"""Write the report of ``docs/report.md``, and its pictures for light and dark pages.

``python -m benchmarks.draw_report --data FOLDER [--out FOLDER]``. The folder needs the archive of
the movie reviews. The pictures need a Chromium.
"""

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import GridSearchCV

from skembed import make_text_classifier
from skembed.datasets import fetch_movie_reviews
from skembed.inspection import model_report
from tests.browser import chromium

_TITLE = "Is a movie review positive?"
_WIDTH, _HEIGHT = 1000, 1120  # CSS pixels


def reviews(data: Path, subset: Any) -> tuple[Any, Any]:
    """Return reviews and the names of their classes."""
    found = fetch_movie_reviews(subset=subset, archive=data / "review_polarity.tar.gz")
    return found.data, np.asarray(found.target_names)[found.target]


def write(train: tuple[Any, Any], test: tuple[Any, Any], folder: Path) -> Path:
    """Search, and write the report."""
    grid = {"count__ngram_range": [(1, 1), (1, 2)], "tfidf__sublinear_tf": [False, True]}
    model = make_text_classifier(random_state=0)
    search = GridSearchCV(model, grid, cv=3).fit(*train)
    X, y = train
    return model_report(
        search, *test, folder / "report_reviews.html", X_train=X, y_train=y, title=_TITLE
    )


def draw(report: Path, folder: Path) -> None:
    """Take pictures of the beginning of the report."""
    with chromium() as tab:
        for name, dark in (("light", False), ("dark", True)):
            tab.shape(_WIDTH, _HEIGHT, dark=dark)
            tab.call("Emulation.setScrollbarsHidden", hidden=True)
            tab.open(report.resolve())
            tab.screenshot(folder / f"report_{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.draw_report", description=__doc__)
    data = os.environ.get("SKEMBED_DATA", ".")
    parser.add_argument("--data", type=Path, default=data, metavar="FOLDER")
    parser.add_argument("--out", type=Path, default=Path("docs"), metavar="FOLDER")
    arguments = parser.parse_args()
    train, test = (reviews(arguments.data, subset) for subset in ("train", "test"))
    draw(write(train, test, arguments.out), arguments.out)


if __name__ == "__main__":
    main()
