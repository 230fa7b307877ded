"""Vectors for out-of-vocabulary words from the character n-grams of known words."""

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
    """Represent each missing word by the average of its character n-gram vectors.

    As in fastText [1]_, n-grams have 3 to 6 characters and include markers for the start and
    end of the word. The vector of an n-gram is the average of the words that contain it.

    Parameters
    ----------
    words : sequence of str
        Words with a vector.
    values : ndarray of shape (n_words, vector_size), dtype float32
        Vectors of `words`.
    missing : sequence of str
        Words without a vector.

    Returns
    -------
    ndarray of shape (n_missing, vector_size), dtype float32
        Vectors of `missing`; zeros for words without a known n-gram.

    References
    ----------
    .. [1] Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017.
    """
    vectorizer = CountVectorizer(
        analyzer="char",
        ngram_range=(3, 6),
        preprocessor="<{}>".format,
        binary=True,
        dtype=np.float64,  # sums of float32 may overflow
    )
    held = vectorizer.fit_transform(missing)
    known = vectorizer.transform(words)
    n_words = np.asarray(known.sum(axis=0)).ravel()
    ngrams = known.T @ values
    ngrams /= np.maximum(n_words, 1)[:, np.newaxis]
    n_ngrams = held @ (n_words > 0).astype(np.float64)
    return np.asarray(held @ ngrams / np.maximum(n_ngrams, 1)[:, np.newaxis], np.float32)
