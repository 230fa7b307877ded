"""Run all experiments of ``examples`` and write their results as a page with a plot.

``python -m benchmarks.reproduce [--full] [--data FOLDER] [--out FOLDER] [NAME ...]``. ``--full``
runs at full size, over three seeds, and takes about an hour on two cores. The outcome of each
script is saved in ``results.json`` next to the page as soon as the script ends. To continue an
interrupted run, or to repeat a script that has changed, name the scripts to run.
"""

import argparse
import base64
import io
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import asdict
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.memory import peak
from benchmarks.outcome import Outcome
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
    "against_tfidf",
)


def run_script(name: str, full: bool, data: Path | None) -> Outcome:
    """Run the ``main`` of a script in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_run_here, name, full, data).result()


def _run_here(name: str, full: bool, data: Path | None) -> Outcome:
    script, printed, start = import_module(name), io.StringIO(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        options = {"out": Path(folder)} if name == "imdb_average" else {}
        with redirect_stdout(printed):
            found = script.main(full=full, data=data, **options)
        curves = [path.read_bytes() for path in Path(folder).glob("curves.png")]
    seconds = time.perf_counter() - start
    return Outcome(
        name=name,
        about=script.__doc__ or "",
        found=[asdict(row) for row in found],
        table=getattr(script, "table", import_module("experiment").table)(found),
        printed=printed.getvalue(),
        seconds=seconds,
        megabytes=peak(),
        full=full,
        facts=describe_machine(),
        curves=base64.b64encode(b"".join(curves)).decode(),
    )


def reproduce(names: list[str], full: bool, data: Path | None, out: Path) -> None:
    """Run these scripts, and write the page if every script has an outcome."""
    saved = out / "results.json"
    outcomes = _read_outcomes(saved, full)
    for name in names:
        found = outcomes[name] = run_script(name, full, data)
        print(f"{name}, {found.seconds / 60:.1f} min\n{found.table}", flush=True)
        saved.write_text(json.dumps([asdict(x) for x in outcomes.values()], indent=1))
    missing = [name for name in EXPERIMENTS if name not in outcomes]
    if missing:
        print(f"The page was not written: no results yet of {', '.join(missing)}.")
        return
    write_page(out, [outcomes[name] for name in EXPERIMENTS])
    print(f"Wrote {out / 'results.md'}")


def _read_outcomes(saved: Path, full: bool) -> dict[str, Outcome]:
    """Return the saved outcomes of this setting, this machine and these package versions."""
    if not saved.is_file():
        return {}
    here = describe_machine() | {"date": ""}
    outcomes = [Outcome(**x) for x in json.loads(saved.read_text())]
    return {x.name: x for x in outcomes if x.full == full and x.facts | {"date": ""} == here}


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.reproduce", description=__doc__.split("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"default: {', '.join(EXPERIMENTS)}"
    )
    parser.add_argument("--full", action="store_true", help="run at full size, three seeds")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("SKEMBED_DATA"),
        metavar="FOLDER",
        help="folder with data sets and vectors; default: the variable SKEMBED_DATA",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("docs"),
        metavar="FOLDER",
        help="for the page; default: docs",
    )
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(EXPERIMENTS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(EXPERIMENTS)}")
    sys.path.insert(0, str(EXAMPLES))  # also for the new processes
    reproduce(arguments.names or [*EXPERIMENTS], arguments.full, arguments.data, arguments.out)


if __name__ == "__main__":
    main()
