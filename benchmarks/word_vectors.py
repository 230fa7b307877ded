"""Reading word vectors: skembed beside the disk, the tutorials' loop, and gensim.

A GloVe text file of 400,000 words by 100 numbers is generated; 20,000 of the words are
wanted. Each measurement runs in a process of its own with an empty cache, except where it
is about the cache; times are medians.
"""

import gzip
import json
import os
import random
import subprocess
import sys
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figures import Figure, median, seconds
from benchmarks.memory import peak

SIZES, SIZE, WANTED, ROUNDS = (100_000, 200_000, 400_000), 100, 20_000, 5
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
        from skembed.vectors.lookup import find_vectors

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


def in_this_process(name, folder, folds):
    """Print the seconds of each fold's read, and the growth of memory in MB."""
    import skembed.vectors.lookup  # noqa: F401  # imports are not what is measured

    words = json.loads((folder / "wanted.json").read_text())
    before = peak()
    times = [seconds(MEASURED[name], folder, words[fold]) for fold in folds]
    print(json.dumps({"seconds": times, "megabytes": peak() - before}))


def in_a_new_process(name, folder, folds="0", *, cache=None):
    """Call `in_this_process` in another one, with a cache of its own if none is given."""
    with TemporaryDirectory() as fresh:
        environment = {**os.environ, "SCIKIT_LEARN_DATA": str(cache or fresh)}
        command = [sys.executable, "-m", "benchmarks.word_vectors", name, folder, folds]
        output = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout
    return json.loads(output)


def median_of(runs, place=0):
    return median(run["seconds"][place] for run in runs)


def compare(folder, size):
    rounds = [
        [in_a_new_process(name, folder) for name in ("raw_read", "skembed")] for _ in range(ROUNDS)
    ]
    raw, ours = zip(*rounds)
    first = median_of(ours)
    # What the bounds are for is the largest file; the others show the growth.
    bounded = size == SIZES[-1]
    yield Figure(
        f"first read, {size:,} words",
        first,
        "s",
        "reading the bytes",
        median_of(raw),
        at_most=1.5 if bounded else None,
    )
    if not bounded:
        return
    memory = max(run["megabytes"] for run in ours) - WANTED * SIZE * 4 / 1e6
    yield Figure("peak memory beyond the matrix", memory, "MB", at_most=100)
    loop = median_of([in_a_new_process("dict_loop", folder) for _ in range(3)])
    yield Figure("first read", first, "s", "the tutorials' dict loop", loop, at_least=8)
    gensim = median_of([in_a_new_process("gensim_read", folder)])
    yield Figure("first read", first, "s", "gensim (one run)", gensim, at_least=40)
    both = [in_a_new_process("skembed", folder, "01") for _ in range(ROUNDS)]
    yield Figure(
        f"next fold, {OVERLAP:.0%} known, same process",
        median_of(both, 1),
        "s",
        "first read",
        median_of(both),
        at_most=0.25,
    )
    again = []
    for _ in range(ROUNDS):
        with TemporaryDirectory() as cache:
            in_a_new_process("skembed", folder, "0", cache=cache)
            again.append(in_a_new_process("skembed", folder, "1", cache=cache))
    yield Figure("next fold, new process", median_of(again), "s", "first read", first, at_most=0.25)


def compare_packed(folder, raw, ours, what, rival):
    rounds = [(in_a_new_process(raw, folder), in_a_new_process(ours, folder, "01")) for _ in "123"]
    theirs, mine = zip(*rounds)
    first, second = median_of(mine), median_of(mine, 1)
    yield Figure(f"{what}: first read", first, "s", rival, median_of(theirs), at_most=1.5)
    yield Figure(f"{what}: next fold", second, "s", "first read", first, at_most=0.25)


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


def measure():
    """Vectors of 20,000 words from GloVe text of up to 400,000 x 100."""
    for size in SIZES:
        with TemporaryDirectory() as name:
            folder = Path(name)
            prepare(folder, size, others=size == SIZES[-1])
            yield from compare(folder, size)
            if size == SIZES[-1]:
                yield from compare_packed(folder, "gzip_inflate", "skembed_gz", "gzip", "inflating")
                yield from compare_packed(
                    folder,
                    "binary_raw_read",
                    "skembed_binary",
                    "word2vec binary",
                    "reading the bytes",
                )


if __name__ == "__main__":
    in_this_process(sys.argv[1], Path(sys.argv[2]), [*map(int, sys.argv[3])])
