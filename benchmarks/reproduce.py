"""Runs all experiments of ``examples``, and writes what came of them as a page with a picture.

``python -m benchmarks.reproduce [--full] [--data FOLDER] [--out FOLDER]``; ``--full`` is the
published setting, over three seeds, and takes about an hour and a half on two cores.
"""

import argparse
import io
import os
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.results_page import write_page

EXAMPLES = Path(__file__).parents[1] / "examples"
EXPERIMENTS = (
    "ten_comments",
    "movie_reviews_learned",
    "movie_reviews_word2vec",
    "movie_reviews_glove",
    "newsgroups",
    "imdb_average",
    "kim_2014",
)


@dataclass(frozen=True)
class Outcome:
    """What a script returned and printed, and what it took.

    Attributes
    ----------
    name, about : str
        The script's name and docstring.
    found : list
        What its ``main`` returned.
    printed : str
        What it said meanwhile.
    seconds : float
        How long it took, without imports.
    megabytes : float
        The most memory that its process held.
    """

    name: str
    about: str
    found: list[Any]
    printed: str
    seconds: float
    megabytes: float


def outcome(name: str, **arguments: Any) -> Outcome:
    """Run a script's ``main`` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_run, name, arguments).result()


def _run(name: str, arguments: dict[str, Any]) -> Outcome:
    script, printed, start = import_module(name), io.StringIO(), time.perf_counter()
    with redirect_stdout(printed):
        found = script.main(**arguments)
    seconds = time.perf_counter() - start
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # so on Linux
    return Outcome(
        name, script.__doc__ or "", found, printed.getvalue(), seconds, kilobytes * 1024 / 1e6
    )


def reproduce(full: bool, data: Path | None, out: Path) -> None:
    """Run everything and write the page, once all has gone well."""
    from against_tfidf import table as choices_table
    from experiment import table

    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for name in EXPERIMENTS:
            more = {"out": Path(folder)} if name == "imdb_average" else {}
            outcomes.append(outcome(name, full=full, data=data, **more))
            print(f"{name}, {outcomes[-1].seconds / 60:.1f} min")
            print(table(outcomes[-1].found), flush=True)
        choices = outcome("against_tfidf", full=full, data=data)
        print(choices_table(choices.found))
        curves = (Path(folder) / "curves.png").read_bytes()
    write_page(out, full, machine(), outcomes, choices, curves)
    print(f"Written: {out / 'results.md'}")


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.reproduce", description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true", help="the published setting, three seeds")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("SKEMBED_DATA"),
        metavar="FOLDER",
        help="where the data sets and vectors are, by default what SKEMBED_DATA names",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("docs"), metavar="FOLDER", help="for the page; docs"
    )
    arguments = parser.parse_args()
    sys.path.insert(0, str(EXAMPLES))  # for the other processes too
    reproduce(arguments.full, arguments.data, arguments.out)


if __name__ == "__main__":
    main()
