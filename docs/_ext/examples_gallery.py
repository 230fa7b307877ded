"""The gallery of the examples: their order, which of them run, their pictures and full runs.

Scripts that read data sets run if the variable SKEMBED_DATA names the folder, in the small setting.
The page of each published experiment shows the last run at full size, from ``results.json``.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import mkdtemp

from sphinx_gallery.scrapers import matplotlib_scraper

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT), str(ROOT / "examples")]

from benchmarks.reproduce import EXPERIMENTS  # noqa: E402

NO_DATA = (
    "feedback_search",
    "ten_comments",
    "against_tfidf",
    "networks_in_the_vote",
    "text_beside_columns",
    "streamed_reviews",
    "halving_search",
    "optuna_search",
    "cluster_search",
    "card_search",
)
DATA = tuple(name for name in EXPERIMENTS if name not in NO_DATA)
ORDER = (*NO_DATA[:2], *DATA, *NO_DATA[2:])
SHARED = ("experiment", "search_pipeline", "text_networks")  # no pages
RUN = f"/({'|'.join(ORDER if os.environ.get('SKEMBED_DATA') else NO_DATA)})\\.py$"

_CODE = "\n.. GENERATED FROM PYTHON SOURCE LINES"
_FULL_RUN = """
At full size
------------

.. image:: /gallery/images/sphx_glr_{name}_001.svg
   :alt: {alt}
   :class: sphx-glr-single-img

``python examples/{name}.py --full`` took {time} ({facts[date]}, {facts[processor]},
{facts[cores]} cores, Keras {facts[packages][keras]}). :doc:`Results </results>` has all figures.

{output}
The script
----------
"""


def in_order(path):
    """Sort the examples as one reads them."""
    return (*ORDER, *SHARED).index(Path(path).stem)


def arguments(gallery_conf, script_vars):
    """Return the command line of a script. Optuna needs a file, and logs long lines."""
    if Path(script_vars["src_file"]).stem != "optuna_search":
        return []
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return ["--study", str(Path(mkdtemp(), "study.db"))]


def scrape(block, block_vars, gallery_conf):
    """Save figures without a background; ``skembed.css`` turns them for dark pages."""
    return matplotlib_scraper(block, block_vars, gallery_conf, format="svg", transparent=True)


def _draw_full_runs(app):
    """Draw the figures of the full runs where the gallery looks for those of the scripts."""
    from matplotlib import rc_context

    from benchmarks.outcome import Outcome
    from benchmarks.results_page import draw, draw_gains

    folder = Path(app.srcdir, "gallery/images")
    folder.mkdir(parents=True, exist_ok=True)
    stored = json.loads(Path(app.srcdir, "results.json").read_text(encoding="utf-8"))
    app.full_runs = {run["name"]: Outcome(**run) for run in stored}
    for name, run in app.full_runs.items():
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
            figure = draw_gains(run) if name == "against_tfidf" else draw([run])
            picture = folder / f"sphx_glr_{name}_001.svg"
            figure.savefig(picture, transparent=True, metadata={"Date": None})


def _show_full_run(app, docname, source):
    """Put the full run between the first text of a page and its code."""
    run = app.full_runs.get(docname.removeprefix("gallery/"))
    if run is None or not docname.startswith("gallery/"):
        return
    compares = run.name == "against_tfidf"
    lines, n_rows = run.table.splitlines(), len(run.found) + 1
    notes = [f"- {note}" for note in lines[n_rows:]]
    output = [
        *_block("text", run.printed.splitlines()),
        *_block("none", lines[:n_rows]),
        *notes,
        "",
    ]
    minutes = f"{run.seconds / 60:.0f} minutes"
    section = _FULL_RUN.format(
        name=run.name,
        alt="Accuracy minus that of TF-IDF" if compares else "Published accuracies and ours",
        time=minutes if run.seconds > 100 else f"{run.seconds:.0f} seconds",
        facts=run.facts,
        output="" if compares else "\n".join(output),
    )
    text, code = source[0].split(_CODE, 1)
    source[0] = f"{text}{section}{_CODE}{code}"


def _block(language, lines):
    """Return the lines of a code block. Text wraps."""
    return [f".. code-block:: {language}", "", *(f"   {x}" for x in lines), ""] if lines else []


def setup(app):
    """Draw before the gallery is made, and complete its pages when they are read."""
    app.connect("builder-inited", _draw_full_runs, priority=100)
    app.connect("source-read", _show_full_run)
    return {"parallel_read_safe": True}
