"""25,000 reviews as vectors: EmbeddingVectorizer beside loops over the documents.

Bounds: the mean at least 5 times as fast as a loop of ``np.mean``, every pooling faster than
its own loop. Run as ``python -m benchmarks.document_vectors``.
"""

import statistics
import time

import numpy as np

from benchmarks.reviews import imdb
from skembed import EmbeddingVectorizer, KerasTokenizerTransformer
from skembed.sequences import EmbeddingMatrix

ROUNDS = 7
DIM = 100


def embedded(texts):
    sequences = KerasTokenizerTransformer().fit_transform(texts)
    values = np.random.default_rng(0).normal(size=(sequences.n_ids, DIM)).astype(np.float32)
    values[:2] = 0
    return sequences.with_embedding(EmbeddingMatrix(values))


def loops(sequences):
    """What one would write by hand, with the rows as arrays already; one loop a pooling."""
    rows, values = [*sequences], sequences.embedding.values
    idf = EmbeddingVectorizer("tfidf").fit(sequences).idf_.astype(np.float32)
    return {
        "mean": lambda: np.stack([values[row].mean(axis=0) for row in rows]),
        "sum": lambda: np.stack([values[row].sum(axis=0) for row in rows]),
        "max": lambda: np.stack([values[row].max(axis=0) for row in rows]),
        "tfidf": lambda: np.stack([idf[row] @ values[row] / idf[row].sum() for row in rows]),
    }


def dict_loop(sequences):
    """What tutorials have: words, looked up in a dict one by one."""
    vocabulary, values = sequences.vocabulary, sequences.embedding.values
    vectors = {word: values[id] for word, id in vocabulary.items()}
    documents = [[vocabulary.word(id) for id in row.tolist()] for row in sequences]

    def run():
        return [np.mean([vectors[w] for w in words if w in vectors], axis=0) for words in documents]

    return run


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main():
    sequences = embedded(imdb("train")[0])
    vectorizers = {name: EmbeddingVectorizer(name).fit(sequences) for name in loops(sequences)}
    print(f"{len(sequences)} reviews, {len(sequences.ids) / 1e6:.1f} million tokens, {DIM} numbers")
    print(f"median of {ROUNDS} rounds, in seconds")
    print(f"  {'':8}{'skembed':>8}{'loop':>8}{'ratio':>8}")
    for name, loop in loops(sequences).items():
        vectorizer = vectorizers[name]
        np.testing.assert_allclose(vectorizer.transform(sequences), loop(), rtol=1e-3, atol=1e-3)
        both = [
            (seconds(lambda: vectorizer.transform(sequences)), seconds(loop))  # noqa: B023
            for _ in range(ROUNDS)
        ]
        ours, theirs = map(statistics.median, zip(*both))
        bound = "at least 5" if name == "mean" else "more than 1"
        print(f"  {name:<8}{ours:8.3f}{theirs:8.3f}{theirs / ours:8.1f}  ({bound})")
    slow = seconds(dict_loop(sequences))
    print(f"  a dict of vectors and np.mean, once: {slow:.1f}")
    fits = [seconds(lambda: EmbeddingVectorizer("tfidf").fit(sequences)) for _ in range(ROUNDS)]
    print(f"  fit of tfidf: {statistics.median(fits):.3f}")


if __name__ == "__main__":
    main()
