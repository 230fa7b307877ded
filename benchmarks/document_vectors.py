"""Document vectors of 25,000 reviews: EmbeddingVectorizer compared with Python loops."""

import numpy as np

from benchmarks.figures import Figure, median, seconds
from benchmarks.reviews import imdb
from skembed import EmbeddingVectorizer, KerasTokenizerTransformer
from skembed.embedding_matrix import EmbeddingMatrix

N_ROUNDS = 7
DIM = 100


def embed(texts):
    sequences = KerasTokenizerTransformer().fit_transform(texts)
    values = np.random.default_rng(0).normal(size=(sequences.n_ids, DIM)).astype(np.float32)
    values[:2] = 0
    return sequences.with_embedding(EmbeddingMatrix(values))


def make_loops(sequences):
    """Return one hand-written loop per pooling; the rows are arrays already."""
    rows, values = [*sequences], sequences.embedding.values
    idf = EmbeddingVectorizer("tfidf").fit(sequences).idf_.astype(np.float32)
    return {
        "mean": lambda: np.stack([values[row].mean(axis=0) for row in rows]),
        "sum": lambda: np.stack([values[row].sum(axis=0) for row in rows]),
        "max": lambda: np.stack([values[row].max(axis=0) for row in rows]),
        "tfidf": lambda: np.stack([idf[row] @ values[row] / idf[row].sum() for row in rows]),
    }


def make_dict_loop(sequences):
    """Return the loop of the tutorials, which looks up each word in a dict."""
    vocabulary, values = sequences.vocabulary, sequences.embedding.values
    vectors = {word: values[id] for word, id in vocabulary.items()}
    documents = [[vocabulary.word(id) for id in row.tolist()] for row in sequences]

    def run():
        return [np.mean([vectors[w] for w in words if w in vectors], axis=0) for words in documents]

    return run


def measure():
    """Document vectors of 100 dimensions for 25,000 reviews (5.9 million tokens)."""
    sequences = embed(imdb("train")[0])
    for name, loop in make_loops(sequences).items():
        vectorizer = EmbeddingVectorizer(name).fit(sequences)
        np.testing.assert_allclose(vectorizer.transform(sequences), loop(), rtol=1e-3, atol=1e-3)
        rounds = [
            (seconds(vectorizer.transform, sequences), seconds(loop)) for _ in range(N_ROUNDS)
        ]
        ours, theirs = map(median, zip(*rounds))
        yield Figure(name, ours, "s", "a loop", theirs, at_least=5 if name == "mean" else 1)
        if name == "mean":
            dict_loop = seconds(make_dict_loop(sequences))
            yield Figure(name, ours, "s", "a loop over words (once)", dict_loop)
    fits = [seconds(EmbeddingVectorizer("tfidf").fit, sequences) for _ in range(N_ROUNDS)]
    yield Figure("fit of tfidf", median(fits))
