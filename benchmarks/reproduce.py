"""Runs all experiments of ``examples``, and writes what came of them as a page with a picture.

``python -m benchmarks.reproduce [--full] [--data FOLDER] [--out FOLDER] [NAME ...]``; ``--full``
is the published setting, over three seeds, and takes about an hour on two cores. What each script
found is kept in ``results.json`` beside the page as soon as it is found: a run that broke off, or a
script that has changed, is gone on with by its name.
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

from benchmarks.machine import machine
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


def outcome(name: str, full: bool, data: Path | None) -> Outcome:
    """Run a script's ``main`` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_run, name, full, data).result()


def _run(name: str, full: bool, data: Path | None) -> Outcome:
    script, printed, start = import_module(name), io.StringIO(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        draws = {"out": Path(folder)} if name == "imdb_average" else {}
        with redirect_stdout(printed):
            found = script.main(full=full, data=data, **draws)
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
        facts=machine(),
        curves=base64.b64encode(b"".join(curves)).decode(),
    )


def reproduce(names: list[str], full: bool, data: Path | None, out: Path) -> None:
    """Run these scripts, and write the page once there is an outcome of every one."""
    kept = out / "results.json"
    outcomes = _read(kept, full)
    for name in names:
        found = outcomes[name] = outcome(name, full, data)
        print(f"{name}, {found.seconds / 60:.1f} min\n{found.table}", flush=True)
        kept.write_text(json.dumps([asdict(x) for x in outcomes.values()], indent=1))
    missing = [name for name in EXPERIMENTS if name not in outcomes]
    if missing:
        print(f"No page is written yet: {', '.join(missing)} did not run.")
        return
    write_page(out, [outcomes[name] for name in EXPERIMENTS])
    print(f"Written: {out / 'results.md'}")


def _read(kept: Path, full: bool) -> dict[str, Outcome]:
    """Return what was found earlier in the same setting, on this machine with these versions."""
    if not kept.is_file():
        return {}
    here = machine() | {"date": ""}
    outcomes = [Outcome(**x) for x in json.loads(kept.read_text())]
    return {x.name: x for x in outcomes if x.full == full and x.facts | {"date": ""} == here}


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.reproduce", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(EXPERIMENTS)}; all")
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
    unknown = set(arguments.names) - set(EXPERIMENTS)
    if unknown:
        parser.error(f"no {', '.join(sorted(unknown))}: choose of {', '.join(EXPERIMENTS)}")
    sys.path.insert(0, str(EXAMPLES))  # for the other processes too
    reproduce(arguments.names or [*EXPERIMENTS], arguments.full, arguments.data, arguments.out)


if __name__ == "__main__":
    main()
