"""Benchmarks of streaming: speed and memory for a million reviews, read batch by batch.

The 50,000 reviews of the Large Movie Review Dataset are written to a file with one review per line,
which is read twenty times. Each measurement runs in its own process. Times are processor times,
which other work on the machine affects little.
"""

import json
import subprocess
import sys
import time
from itertools import chain, islice, repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figures import Figure
from benchmarks.memory import peak
from benchmarks.reviews import imdb

N_DOCUMENTS, N_TRAINED, BATCH_SIZE = 1_000_000, 50_000, 5_000
N_WORDS = 20_000
COUNT_WORDS_AT = (5_000, 10_000, 25_000, 50_000)  # documents


def write_reviews(path):
    """Write all reviews in random order, each after its class."""
    texts, labels = imdb("all")
    with path.open("w", encoding="utf-8") as file:
        for i in np.random.RandomState(0).permutation(len(texts)):
            file.write(f"{labels[i]}{' '.join(texts[i].splitlines())}\n")


def read_batches(path, n_documents):
    """Yield batches of classes and texts; the file is read repeatedly."""
    lines = islice(chain.from_iterable(map(read_lines, repeat(path))), n_documents)
    while batch := [*islice(lines, BATCH_SIZE)]:
        yield [int(line[0]) for line in batch], [line[1:] for line in batch]


def read_lines(path):
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from file


# The measured operations. Each function takes the path of the reviews and returns a function that
# processes one batch. New processes select them by name.


def make_hashing(path):
    from sklearn.pipeline import make_pipeline

    from skembed import HashingTokenizerTransformer, PadSequences, TextCleaner

    hashing = HashingTokenizerTransformer(N_WORDS)
    steps = make_pipeline(TextCleaner(strip_html=True), hashing, PadSequences(400))
    steps.fit(["a document"])
    return lambda labels, texts: steps.transform(texts)


def make_counting(path):
    from skembed import KerasTokenizerTransformer, TextCleaner

    clean, tokenizer = TextCleaner(strip_html=True), KerasTokenizerTransformer(N_WORDS)

    def count(labels, texts):
        tokenizer.partial_fit(clean.transform(texts))
        if tokenizer.document_count_ in COUNT_WORDS_AT:
            return {tokenizer.document_count_: len(tokenizer.word_counts_)}
        return None

    return count


def make_encoding(path):
    from sklearn.frozen import FrozenEstimator
    from sklearn.pipeline import make_pipeline

    from skembed import KerasTokenizerTransformer, PadSequences, TextCleaner

    clean, tokenizer = TextCleaner(strip_html=True), KerasTokenizerTransformer(N_WORDS)
    for _, texts in read_batches(path, 50_000):
        tokenizer.partial_fit(clean.transform(texts))
    steps = make_pipeline(clean, FrozenEstimator(tokenizer), PadSequences(400))
    steps.fit(["a document"])
    return lambda labels, texts: steps.transform(texts)


def make_vectorizing(path):
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(n_features=N_WORDS)
    return lambda labels, texts: vectorizer.transform(texts)


def make_training(path):
    from skembed import KerasTextClassifier

    to_ids = make_hashing(path)
    classifier = KerasTextClassifier(architecture="average", random_state=0)

    def train(labels, texts):
        classifier.partial_fit(to_ids(labels, texts), labels, classes=[0, 1])

    return train


OPERATIONS = {
    "hash": make_hashing,
    "count": make_counting,
    "encode": make_encoding,
    "vectorize": make_vectorizing,
    "train": make_training,
}


def measure_here(name, path, n_documents):
    """Print processor time, megabytes of text, peak memory and numbers of distinct words."""
    process_batch = OPERATIONS[name](path)
    n_done, n_bytes, peaks, words = 0, 0, {}, {}
    start = time.process_time()
    for labels, texts in read_batches(path, n_documents):
        n_bytes += sum(map(len, texts))
        result = process_batch(labels, texts)
        words |= result if isinstance(result, dict) else {}
        n_done += len(texts)
        if n_done in (n_documents // 10, n_documents):
            peaks[n_done] = peak()
    seconds = time.process_time() - start
    first, last = peaks.values()
    figures = {"seconds": seconds, "megabytes": n_bytes / 1e6, "first": first, "last": last}
    print(json.dumps(figures | {"words": words}))


def measure_in_new_process(name, path, n_documents):
    """Call `measure_here` in a new process."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.stream", name, path, n_documents]
    output = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    return json.loads(output.stdout)


def compare_memory(run, n_documents):
    """Return the peak after all documents, compared with that after a tenth of them."""
    rival = f"after {n_documents // 10:,}"
    return Figure("  peak memory", run["last"], "MB", rival, run["first"], at_most=1.1)


def measure():
    """A million reviews, 5,000 at a time: processor time and peak memory."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reviews.txt"
        write_reviews(path)
        rival = measure_in_new_process("vectorize", path, N_DOCUMENTS)["seconds"]
        for name, what in (
            ("hash", "to hashed ids"),
            ("count", "count the words"),
            ("encode", "to ids of a frozen vocabulary"),
        ):
            run = measure_in_new_process(name, path, N_DOCUMENTS)
            yield Figure(what, run["seconds"], "s", "HashingVectorizer", rival, at_least=1)
            yield Figure("  documents per second", N_DOCUMENTS / run["seconds"], "")
            yield Figure("  text per second", run["megabytes"] / run["seconds"], "MB")
            yield compare_memory(run, N_DOCUMENTS)
            for n_documents, n_words in run["words"].items():
                yield Figure(f"  distinct words in {int(n_documents):,} documents", n_words, "")
        run = measure_in_new_process("train", path, N_TRAINED)
        yield Figure(f"partial_fit on {N_TRAINED:,} documents", run["seconds"])
        yield compare_memory(run, N_TRAINED)


if __name__ == "__main__":
    measure_here(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
