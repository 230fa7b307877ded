"""Reading word vectors: skembed beside the disk, the tutorials' loop, and gensim.

A GloVe text file of 400,000 words by 100 numbers is generated; 20,000 of the words are
wanted. Each measurement runs in a process of its own with an empty cache, except where it
is about the cache; times are medians. Ends with ``benchmarks.document_vectors``. Run as
``python -m benchmarks.word_vectors``, or with numbers of words as arguments.
"""

import gzip
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import document_vectors

SIZE, WANTED, ROUNDS = 100, 20_000, 5
OVERLAP = 0.8  # of the next fold's words; of movie reviews .82 with three folds, .90 with five


def generate(path, n_words):
    """Write vectors with five significant digits, as GloVe has them."""
    rng = np.random.default_rng(0)
    letters = np.array([*"abcdefghijklmnopqrstuvwxyz"])
    words = []
    while len(words) < n_words:
        lengths = rng.integers(3, 12, n_words)
        drawn = ("".join(rng.choice(letters, n)) for n in lengths)
        words = [*dict.fromkeys([*words, *drawn])][:n_words]
    with path.open("w") as file:
        for word in words:
            row = (rng.standard_normal(SIZE) * 0.4).tolist()
            file.write(f"{word} {' '.join(map('{:.5g}'.format, row))}\n")


def wanted_words(path):
    """The words of one fold, and of the next."""
    with path.open("rb") as file:
        words = [line[: line.find(b" ")].decode() for line in file]
    random.Random(0).shuffle(words)
    shift = round(WANTED * (1 - OVERLAP))
    return words[:WANTED], words[shift : shift + WANTED]


# What is measured. Each gets the folder and the words, and is run in a new process.


def raw_read(folder, words):
    (folder / "glove.txt").read_bytes()


def dict_loop(folder, words):
    vectors = {}
    with (folder / "glove.txt").open(encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.split()
            vectors[word] = np.asarray(numbers, dtype="float32")
    matrix = np.zeros((len(words), SIZE), np.float32)
    for row, word in enumerate(words):
        if word in vectors:
            matrix[row] = vectors[word]


def gensim_read(folder, words):
    from gensim.models import KeyedVectors

    KeyedVectors.load_word2vec_format(str(folder / "glove.txt"), no_header=True)


def _skembed_read(name):
    def read(folder, words):
        from skembed.vectors.sources import find_vectors

        found = find_vectors(folder / name, words)
        assert len(found.rows) == len(words)

    return read


def gzip_inflate(folder, words):
    with gzip.open(folder / "glove.txt.gz") as file:
        while file.read(1 << 20):
            pass


def binary_raw_read(folder, words):
    (folder / "word2vec.bin").read_bytes()


MEASURED = {
    "raw_read": raw_read,
    "dict_loop": dict_loop,
    "gensim_read": gensim_read,
    "skembed": _skembed_read("glove.txt"),
    "gzip_inflate": gzip_inflate,
    "skembed_gz": _skembed_read("glove.txt.gz"),
    "binary_raw_read": binary_raw_read,
    "skembed_binary": _skembed_read("word2vec.bin"),
}


def measure(name, folder, folds):
    """Run in a new process: seconds of each fold's read, and the growth of memory in MB."""
    import skembed.vectors.sources  # noqa: F401  # imports are not what is measured

    words = json.loads((folder / "wanted.json").read_text())
    run = MEASURED[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for fold in folds:
        start = time.perf_counter()
        run(folder, words[fold])
        seconds.append(time.perf_counter() - start)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "megabytes": (after - before) / 1024}))


def measured(name, folder, folds="0", *, cache=None):
    """Call :func:`measure` in a new process, with a cache of its own if none is given."""
    with TemporaryDirectory() as fresh:
        environment = {**os.environ, "SCIKIT_LEARN_DATA": str(cache or fresh)}
        command = [
            sys.executable,
            "-m",
            "benchmarks.word_vectors",
            "--measure",
            name,
            folder,
            folds,
        ]
        output = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout
    return json.loads(output)


def median(runs, place=0):
    return statistics.median(run["seconds"][place] for run in runs)


def report(label, value, bound="", unit="s"):
    print(f"  {label:<58}{value:8.2f} {unit:<3}{bound}")


def compare(folder):
    rounds = [
        {name: measured(name, folder) for name in ("raw_read", "skembed")} for _ in range(ROUNDS)
    ]
    raw, first = (median([r[name] for r in rounds]) for name in ("raw_read", "skembed"))
    report("reading the bytes", raw)
    report("skembed, first read", first)
    report("  / reading the bytes", first / raw, "at most 1.5", "x")
    memory = max(r["skembed"]["megabytes"] for r in rounds)
    report("  peak memory beyond the matrix", memory - WANTED * SIZE * 4 / 1e6, "at most 100", "MB")
    loop = median([measured("dict_loop", folder) for _ in range(3)])
    report("the tutorials' loop into a dict", loop)
    report("  / skembed", loop / first, "at least 8", "x")
    gensim = median([measured("gensim_read", folder)])
    report("gensim's load_word2vec_format (one run)", gensim)
    report("  / skembed", gensim / first, "at least 40", "x")
    folds = [measured("skembed", folder, "01") for _ in range(ROUNDS)]
    report(f"the next fold ({OVERLAP:.0%} of its words known), same process", median(folds, 1))
    report("  / first read", median(folds, 1) / median(folds), "at most 0.25", "x")
    again = []
    for _ in range(ROUNDS):
        with TemporaryDirectory() as cache:
            measured("skembed", folder, "0", cache=cache)
            again.append(measured("skembed", folder, "1", cache=cache))
    report("the next fold, new process", median(again))
    report("  / first read", median(again) / first, "at most 0.25", "x")


def compare_others(folder):
    pairs = {
        ("gzip_inflate", "skembed_gz"): "gzip: inflating",
        ("binary_raw_read", "skembed_binary"): "word2vec binary: reading the bytes",
    }
    for (rival, ours), label in pairs.items():
        rounds = [
            {n: measured(n, folder, "01" if n == ours else "0") for n in (rival, ours)}
            for _ in range(3)
        ]
        theirs, first = (median([r[name] for r in rounds]) for name in (rival, ours))
        report(label, theirs)
        report("skembed, first read", first)
        report("  / that", first / theirs, "at most 1.5", "x")
        second = median([r[ours] for r in rounds], 1)
        report("  the next fold / first read", second / first, "at most 0.25", "x")


def prepare(folder, n_words, *, others):
    generate(folder / "glove.txt", n_words)
    folds = wanted_words(folder / "glove.txt")
    (folder / "wanted.json").write_text(json.dumps(folds))
    if others:
        from skembed import load_word_vectors, save_word_vectors

        vectors = load_word_vectors(folder / "glove.txt", cache=False)
        save_word_vectors(vectors, folder / "word2vec.bin", format="word2vec-binary")
        packer = zlib.compressobj(6, wbits=31)
        text = (folder / "glove.txt").read_bytes()
        (folder / "glove.txt.gz").write_bytes(packer.compress(text) + packer.flush())


def main(sizes=(100_000, 200_000, 400_000)):
    for n_words in sizes:
        with TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder, n_words, others=n_words == sizes[-1])
            megabytes = (folder / "glove.txt").stat().st_size / 1e6
            print(
                f"{n_words:,} x {SIZE}, {megabytes:.0f} MB of GloVe text, {WANTED:,} words wanted"
            )
            compare(folder)
            if n_words == sizes[-1]:
                compare_others(folder)
    document_vectors.main()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], Path(sys.argv[3]), [*map(int, sys.argv[4])])
    else:
        main(*[[*map(int, sys.argv[1:])]] if sys.argv[1:] else ())
