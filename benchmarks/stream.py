"""A million reviews from a file, a batch at a time: how fast, and in how much memory.

The 50,000 reviews of the Large Movie Review Dataset are written into a file, one a line, which is
read twenty times over. Each measurement runs in a process of its own. Times are of the processor,
which other work on the machine changes little.
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

N_DOCUMENTS, N_TRAINED, BATCH = 1_000_000, 50_000, 5_000
N_WORDS = 20_000
WORDS_AFTER = (5_000, 10_000, 25_000, 50_000)  # documents


def write_reviews(path):
    """Write all reviews in one order, each behind its class."""
    texts, labels = imdb("all")
    with path.open("w", encoding="utf-8") as file:
        for i in np.random.RandomState(0).permutation(len(texts)):
            file.write(f"{labels[i]}{' '.join(texts[i].splitlines())}\n")


def batches(path, n_documents):
    """Read classes and texts from the file, again and again."""
    lines = islice(chain.from_iterable(map(lines_of, repeat(path))), n_documents)
    while batch := [*islice(lines, BATCH)]:
        yield [int(line[0]) for line in batch], [line[1:] for line in batch]


def lines_of(path):
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from file


# What is measured, by the name that a new process is given. Each makes, from the path of the
# reviews, what a batch goes through.


def hashed(path):
    from sklearn.pipeline import make_pipeline

    from skembed import HashingTokenizerTransformer, PadSequences, TextCleaner

    hashing = HashingTokenizerTransformer(N_WORDS)
    steps = make_pipeline(TextCleaner(strip_html=True), hashing, PadSequences(400))
    steps.fit(["a document"])
    return lambda labels, texts: steps.transform(texts)


def counted(path):
    from skembed import KerasTokenizerTransformer, TextCleaner

    clean, tokenizer = TextCleaner(strip_html=True), KerasTokenizerTransformer(N_WORDS)

    def count(labels, texts):
        tokenizer.partial_fit(clean.transform(texts))
        if tokenizer.document_count_ in WORDS_AFTER:
            return {tokenizer.document_count_: len(tokenizer.word_counts_)}
        return None

    return count


def numbered(path):
    from sklearn.frozen import FrozenEstimator
    from sklearn.pipeline import make_pipeline

    from skembed import KerasTokenizerTransformer, PadSequences, TextCleaner

    clean, tokenizer = TextCleaner(strip_html=True), KerasTokenizerTransformer(N_WORDS)
    for _, texts in batches(path, 50_000):
        tokenizer.partial_fit(clean.transform(texts))
    steps = make_pipeline(clean, FrozenEstimator(tokenizer), PadSequences(400))
    steps.fit(["a document"])
    return lambda labels, texts: steps.transform(texts)


def vectorized(path):
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(n_features=N_WORDS)
    return lambda labels, texts: vectorizer.transform(texts)


def trained(path):
    from skembed import KerasTextClassifier

    to_ids = hashed(path)
    classifier = KerasTextClassifier(architecture="average", random_state=0)

    def train(labels, texts):
        classifier.partial_fit(to_ids(labels, texts), labels, classes=[0, 1])

    return train


MEASURED = {run.__name__: run for run in (hashed, counted, numbered, vectorized, trained)}


def in_this_process(name, path, n_documents):
    """Print seconds of the processor, megabytes of text, the peak of memory, distinct words."""
    of_a_batch = MEASURED[name](path)
    n_done, n_bytes, peaks, words = 0, 0, {}, {}
    start = time.process_time()
    for labels, texts in batches(path, n_documents):
        n_bytes += sum(map(len, texts))
        answer = of_a_batch(labels, texts)
        words |= answer if isinstance(answer, dict) else {}
        n_done += len(texts)
        if n_done in (n_documents // 10, n_documents):
            peaks[n_done] = peak()
    seconds = time.process_time() - start
    first, last = peaks.values()
    figures = {"seconds": seconds, "megabytes": n_bytes / 1e6, "first": first, "last": last}
    print(json.dumps(figures | {"words": words}))


def in_a_new_process(name, path, n_documents):
    """Call `in_this_process` in another one."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.stream", name, path, n_documents]
    answer = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def memory(run, n_documents):
    """The peak after all documents beside that after a tenth of them."""
    rival = f"after {n_documents // 10:,}"
    return Figure("  peak memory", run["last"], "MB", rival, run["first"], at_most=1.1)


def measure():
    """A million reviews, 5,000 at a time: seconds of the processor, peak of memory."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reviews.txt"
        write_reviews(path)
        rival = in_a_new_process("vectorized", path, N_DOCUMENTS)["seconds"]
        for name, what in (
            ("hashed", "to hashed ids"),
            ("counted", "count the words"),
            ("numbered", "to ids of a frozen vocabulary"),
        ):
            run = in_a_new_process(name, path, N_DOCUMENTS)
            yield Figure(what, run["seconds"], "s", "HashingVectorizer", rival, at_least=1)
            yield Figure("  documents a second", N_DOCUMENTS / run["seconds"], "")
            yield Figure("  text a second", run["megabytes"] / run["seconds"], "MB")
            yield memory(run, N_DOCUMENTS)
            for n_documents, n_words in run["words"].items():
                yield Figure(f"  distinct words of {int(n_documents):,} documents", n_words, "")
        run = in_a_new_process("trained", path, N_TRAINED)
        yield Figure(f"partial_fit on {N_TRAINED:,} documents", run["seconds"])
        yield memory(run, N_TRAINED)


if __name__ == "__main__":
    in_this_process(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
