"""Vectors for words that a source does not have, made of those of like words."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer

__all__ = ["ngram_average"]


def ngram_average(
    words: Sequence[str],
    values: npt.NDArray[np.float32],
    missing: Sequence[str],
) -> npt.NDArray[np.float32]:
    """Average, for each word, the vectors of its character n-grams.

    The n-grams have 3 to 6 characters, the ends of the word marked, as fastText has them
    [1]_; the vector of each is the average of the words that hold it.

    Parameters
    ----------
    words : sequence of str
        Words with a vector.
    values : ndarray of shape (n_words, vector_size), dtype float32
        Their vectors.
    missing : sequence of str
        Words without one.

    Returns
    -------
    ndarray of shape (n_missing, vector_size), dtype float32
        Their vectors; zeros for words of which no n-gram is known.

    References
    ----------
    .. [1] Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017.
    """
    vectorizer = CountVectorizer(
        analyzer="char",
        ngram_range=(3, 6),
        preprocessor="<{}>".format,
        binary=True,
        dtype=np.float32,
    )
    held = vectorizer.fit_transform(missing)
    known = vectorizer.transform(words)
    n_words = np.asarray(known.sum(axis=0)).ravel()
    ngrams = known.T @ values
    ngrams /= np.maximum(n_words, 1)[:, np.newaxis]
    n_ngrams = held @ (n_words > 0).astype(np.float32)
    return np.asarray(held @ ngrams / np.maximum(n_ngrams, 1)[:, np.newaxis], np.float32)
