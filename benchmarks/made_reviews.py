"""Generated documents with the lengths and word frequencies of the movie reviews."""

import numpy as np

__all__ = ["make_reviews", "make_vectors"]

_N_WORDS, _FIRST = 32_000, 10  # word n has a frequency of 1 / (n + first)
_TYPICAL_LENGTH, _SPREAD, _LONGEST = 311, 0.44, 1_319  # words; deviation of the logarithm
_SHARE_OF_CLASS = 0.01  # of the words of a document tell its class


def make_reviews(n_documents: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Return documents of random words, a few of which tell the class, and their classes."""
    random = np.random.RandomState(seed)
    frequencies = 1 / (np.arange(_N_WORDS) + _FIRST)
    chances = np.cumsum(frequencies / frequencies.sum())
    lengths = np.exp(random.normal(np.log(_TYPICAL_LENGTH), _SPREAD, n_documents))
    texts, labels = [], np.arange(n_documents) % 2
    for length, label in zip(np.clip(lengths, 20, _LONGEST).astype(int), labels):
        numbers = np.searchsorted(chances, random.uniform(size=length) * chances[-1])
        tells = random.uniform(size=length) < _SHARE_OF_CLASS
        numbers[tells] = 200 + 2 * (numbers[tells] % 400) + label  # even ones: class 0
        texts.append(" ".join(f"w{number}" for number in numbers))
    return texts, labels


def make_vectors(n_words: int, dim: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Return random vectors of the most frequent words."""
    random = np.random.RandomState(seed)
    values = random.normal(scale=0.4, size=(n_words, dim)).astype(np.float32)
    return {f"w{number}": values[number] for number in range(n_words)}
