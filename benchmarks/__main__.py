"""Run all benchmarks, or those named; print a table and optionally write JSON.

``python -m benchmarks [--json FILE] [NAME ...]``. All benchmarks together take 35 minutes to an
hour on two cores.
"""

import argparse
import json
import time
from pathlib import Path

from benchmarks import (
    card,
    classifier,
    document_vectors,
    explanation,
    import_time,
    linear_text,
    projector,
    search,
    serving,
    short_fits,
    stream,
    text_to_ids,
    vocabulary,
    web_service,
    word_vectors,
)
from benchmarks.machine import describe_machine
from benchmarks.new_process import measure_in_new_process

BENCHMARKS = {
    "vocabulary": vocabulary.measure,
    "import_time": import_time.measure,
    "text_to_ids": text_to_ids.measure,
    "linear_text": linear_text.measure,
    "stream": stream.measure,
    "word_vectors": word_vectors.measure,
    "document_vectors": document_vectors.measure,
    "projector": projector.measure,
    "explanation": explanation.measure,
    "epoch": classifier.epoch,
    "serving": serving.measure,
    "web_service": web_service.measure,
    "bulk": classifier.bulk,
    "memory": classifier.memory,
    "files": classifier.files,
    "growth": classifier.growth,
    "rare_words": classifier.rare_words,
    "short_fits": short_fits.short_fits,
    "grid": search.grid,
    "workers": search.workers,
    "card": card.card,
}


def main():
    parser = argparse.ArgumentParser("benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}")
    facts = describe_machine()
    print(f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}")
    print(f"{'':46} {'skembed':>11} {'rival':>36} {'ratio':>7} {'bound':>7}")
    results, start = {}, time.perf_counter()
    for name in arguments.names or BENCHMARKS:
        print(f"{name}: {BENCHMARKS[name].__doc__.splitlines()[0]}", flush=True)
        results[name] = []
        for figure in measure_in_new_process(BENCHMARKS[name]):
            print(f"  {figure.row()}", flush=True)
            results[name].append(figure.as_dict())
        if arguments.json:
            arguments.json.write_text(json.dumps({"machine": facts, "figures": results}, indent=1))
    missed = [f["what"] for figures in results.values() for f in figures if f["holds"] is False]
    print(f"{len(missed)} bounds missed{': ' if missed else ''}{'; '.join(missed)}")
    print(f"{(time.perf_counter() - start) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
