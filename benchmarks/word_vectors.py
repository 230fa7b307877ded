"""Benchmarks of reading word vectors: skembed, raw reads, the tutorials' loop, and gensim.

A GloVe text file with 400,000 words of 100 dimensions is generated, and 20,000 of the words are
read. Each measurement runs in its own process with an empty cache, except those of the cache. Times
are medians.
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

FILE_SIZES, DIM, N_WANTED, N_ROUNDS = (100_000, 200_000, 400_000), 100, 20_000, 5
# Share of a fold's words that the next fold contains too. In the movie reviews, it is 0.82 with
# three folds and 0.90 with five.
OVERLAP = 0.8


def generate(path, n_words):
    """Write vectors with five significant digits, as in GloVe files."""
    rng = np.random.default_rng(0)
    letters = np.array([*"abcdefghijklmnopqrstuvwxyz"])
    words = []
    while len(words) < n_words:
        lengths = rng.integers(3, 12, n_words)
        drawn = ("".join(rng.choice(letters, n)) for n in lengths)
        words = [*dict.fromkeys([*words, *drawn])][:n_words]
    with path.open("w") as file:
        for word in words:
            row = (rng.standard_normal(DIM) * 0.4).tolist()
            file.write(f"{word} {' '.join(map('{:.5g}'.format, row))}\n")


def choose_words(path):
    """Return the words of one fold and of the next."""
    with path.open("rb") as file:
        words = [line[: line.find(b" ")].decode() for line in file]
    random.Random(0).shuffle(words)
    shift = round(N_WANTED * (1 - OVERLAP))
    return words[:N_WANTED], words[shift : shift + N_WANTED]


# The measured operations. Each takes the folder and the words, and runs in a new process.


def read_raw(folder, words):
    (folder / "glove.txt").read_bytes()


def read_into_dict(folder, words):
    vectors = {}
    with (folder / "glove.txt").open(encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.split()
            vectors[word] = np.asarray(numbers, dtype="float32")
    matrix = np.zeros((len(words), DIM), np.float32)
    for row, word in enumerate(words):
        if word in vectors:
            matrix[row] = vectors[word]


def read_with_gensim(folder, words):
    from gensim.models import KeyedVectors

    KeyedVectors.load_word2vec_format(str(folder / "glove.txt"), no_header=True)


def _make_skembed_reader(name):
    def read(folder, words):
        from skembed.vectors.lookup import find_vectors

        found = find_vectors(folder / name, words)
        assert len(found.rows) == len(words)

    return read


def decompress_gzip(folder, words):
    with gzip.open(folder / "glove.txt.gz") as file:
        while file.read(1 << 20):
            pass


def read_raw_binary(folder, words):
    (folder / "word2vec.bin").read_bytes()


OPERATIONS = {
    "read_raw": read_raw,
    "read_into_dict": read_into_dict,
    "read_with_gensim": read_with_gensim,
    "skembed": _make_skembed_reader("glove.txt"),
    "decompress_gzip": decompress_gzip,
    "skembed_gz": _make_skembed_reader("glove.txt.gz"),
    "read_raw_binary": read_raw_binary,
    "skembed_binary": _make_skembed_reader("word2vec.bin"),
}


def measure_here(name, folder, folds):
    """Print the seconds to read each fold, and the growth of peak memory in MB."""
    import skembed.vectors.lookup  # noqa: F401  # imports are not measured

    words = json.loads((folder / "wanted.json").read_text())
    before = peak()
    times = [seconds(OPERATIONS[name], folder, words[fold]) for fold in folds]
    print(json.dumps({"seconds": times, "megabytes": peak() - before}))


def measure_in_new_process(name, folder, folds="0", *, cache=None):
    """Call `measure_here` in a new process, with an empty cache if none is given."""
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
        [measure_in_new_process(name, folder) for name in ("read_raw", "skembed")]
        for _ in range(N_ROUNDS)
    ]
    raw, ours = zip(*rounds)
    first = median_of(ours)
    # The bounds apply to the largest file; the others show how the time grows.
    has_bounds = size == FILE_SIZES[-1]
    yield Figure(
        f"first read, {size:,} words",
        first,
        "s",
        "reading the bytes",
        median_of(raw),
        at_most=1.5 if has_bounds else None,
    )
    if not has_bounds:
        return
    memory = max(run["megabytes"] for run in ours) - N_WANTED * DIM * 4 / 1e6
    yield Figure("peak memory beyond the matrix", memory, "MB", at_most=100)
    loop = median_of([measure_in_new_process("read_into_dict", folder) for _ in range(3)])
    yield Figure("first read", first, "s", "the tutorials' dict loop", loop, at_least=8)
    gensim = median_of([measure_in_new_process("read_with_gensim", folder)])
    yield Figure("first read", first, "s", "gensim (one run)", gensim, at_least=40)
    folds = [measure_in_new_process("skembed", folder, "01") for _ in range(N_ROUNDS)]
    yield Figure(
        f"next fold, {OVERLAP:.0%} known, same process",
        median_of(folds, 1),
        "s",
        "first read",
        median_of(folds),
        at_most=0.25,
    )
    next_folds = []
    for _ in range(N_ROUNDS):
        with TemporaryDirectory() as cache:
            measure_in_new_process("skembed", folder, "0", cache=cache)
            next_folds.append(measure_in_new_process("skembed", folder, "1", cache=cache))
    yield Figure(
        "next fold, new process", median_of(next_folds), "s", "first read", first, at_most=0.25
    )


def compare_format(folder, raw, ours, what, rival):
    rounds = [
        (measure_in_new_process(raw, folder), measure_in_new_process(ours, folder, "01"))
        for _ in "123"
    ]
    theirs, reads = zip(*rounds)
    first, second = median_of(reads), median_of(reads, 1)
    yield Figure(f"{what}: first read", first, "s", rival, median_of(theirs), at_most=1.5)
    yield Figure(f"{what}: next fold", second, "s", "first read", first, at_most=0.25)


def write_files(folder, n_words, *, other_formats):
    generate(folder / "glove.txt", n_words)
    folds = choose_words(folder / "glove.txt")
    (folder / "wanted.json").write_text(json.dumps(folds))
    if other_formats:
        from skembed import load_word_vectors, save_word_vectors

        vectors = load_word_vectors(folder / "glove.txt", cache=False)
        save_word_vectors(vectors, folder / "word2vec.bin", format="word2vec-binary")
        compressor = zlib.compressobj(6, wbits=31)
        text = (folder / "glove.txt").read_bytes()
        (folder / "glove.txt.gz").write_bytes(compressor.compress(text) + compressor.flush())


def measure():
    """Vectors of 20,000 words from GloVe text files of up to 400,000 words."""
    for size in FILE_SIZES:
        with TemporaryDirectory() as name:
            folder = Path(name)
            write_files(folder, size, other_formats=size == FILE_SIZES[-1])
            yield from compare(folder, size)
            if size == FILE_SIZES[-1]:
                yield from compare_format(
                    folder, "decompress_gzip", "skembed_gz", "gzip", "decompressing"
                )
                yield from compare_format(
                    folder,
                    "read_raw_binary",
                    "skembed_binary",
                    "word2vec binary",
                    "reading the bytes",
                )


if __name__ == "__main__":
    measure_here(sys.argv[1], Path(sys.argv[2]), [*map(int, sys.argv[3])])
