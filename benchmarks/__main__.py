"""Measures the figures: all, or those named, as one table and as JSON.

``python -m benchmarks [--json FILE] [NAME ...]``; without names everything, which takes 35
minutes to an hour on two cores.
"""

import argparse
import json
import time
from pathlib import Path

from benchmarks import (
    classifier,
    document_vectors,
    import_time,
    search,
    stream,
    text_to_ids,
    vocabulary,
    word_vectors,
)
from benchmarks.alone import figures_of
from benchmarks.machine import machine

BENCHMARKS = {
    "vocabulary": vocabulary.measure,
    "import_time": import_time.measure,
    "text_to_ids": text_to_ids.measure,
    "stream": stream.measure,
    "word_vectors": word_vectors.measure,
    "document_vectors": document_vectors.measure,
    "epoch": classifier.epoch,
    "serving": classifier.serving,
    "bulk": classifier.bulk,
    "memory": classifier.memory,
    "files": classifier.files,
    "growth": classifier.growth,
    "rare_words": classifier.rare_words,
    "grid": search.grid,
    "workers": search.workers,
}


def main():
    parser = argparse.ArgumentParser("benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no {', '.join(sorted(unknown))}: choose of {', '.join(BENCHMARKS)}")
    facts = machine()
    print(f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}")
    print(f"{'':46} {'skembed':>11} {'rival':>36} {'ratio':>7} {'bound':>7}")
    results, begun = {}, time.perf_counter()
    for name in arguments.names or BENCHMARKS:
        print(f"{name}: {BENCHMARKS[name].__doc__.splitlines()[0]}", flush=True)
        results[name] = []
        for figure in figures_of(BENCHMARKS[name]):
            print(f"  {figure.row()}", flush=True)
            results[name].append(figure.as_dict())
        if arguments.json:
            arguments.json.write_text(json.dumps({"machine": facts, "figures": results}, indent=1))
    missed = [f["what"] for figures in results.values() for f in figures if f["holds"] is False]
    print(f"{len(missed)} bounds missed{': ' if missed else ''}{'; '.join(missed)}")
    print(f"{(time.perf_counter() - begun) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
