"""Which class each word speaks for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import xlogy

from skembed.targets import Target

__all__ = ["ClassLeaning", "class_leaning"]

#: A word without any leaning exceeds it by chance in one case of two hundred.
CLEAR = 2.58

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClassLeaning:
    """The class that each word leans to.

    Attributes
    ----------
    classes : list of str
        Names of the classes.
    codes : ndarray of shape (n_words,), dtype int64
        Index of the class; -1 if the word leans to none clearly.
    log_odds : ndarray of shape (n_words,), dtype float64
        Log-odds ratio of the word in the documents of this class and in the others.
    z : ndarray of shape (n_words,), dtype float64
        The square root of twice the log likelihood ratio, with the sign of the log-odds ratio.
        Without any leaning, it is distributed as a standard normal variable.
    """

    classes: list[str]
    codes: Int64
    log_odds: Float64
    z: Float64

    def __getitem__(self, words: Int64) -> "ClassLeaning":
        return ClassLeaning(self.classes, self.codes[words], self.log_odds[words], self.z[words])


def class_leaning(counts: csr_matrix, target: Target) -> ClassLeaning:
    """Compare the frequency of each word in the documents of a class and in all others.

    The log-odds ratio has one half added to each count (Haldane 1956), so it is finite for words
    that occur in one class only. Whether it may be chance is told by the likelihood ratio (Dunning
    1993), which holds for rare words too. A word leans to the class of the largest `z` above 2.58.

    Parameters
    ----------
    counts : csr_matrix of shape (n_documents, n_words)
        Counts of the words in each document.
    target : Target
        The labels of the documents.

    Returns
    -------
    ClassLeaning
        Class, log-odds ratio and certainty for each word.
    """
    n_classes = len(target.classes)
    belongs = target.codes if target.multilabel else np.eye(n_classes, dtype=int)[target.codes]
    inside = np.asarray((counts.T @ belongs).T, np.float64)
    outside = np.asarray(counts.sum(axis=0), np.float64) - inside
    log_odds = _log_odds(inside) - _log_odds(outside)
    z = np.sign(log_odds) * np.sqrt(2 * _log_likelihood_ratio(inside, outside))
    best = z.argmax(axis=0)
    words = np.arange(z.shape[1])
    z, log_odds = z[best, words], log_odds[best, words]
    names = [str(name) for name in target.classes.tolist()]
    return ClassLeaning(names, np.where(z > CLEAR, best, -1), log_odds, z)


def _log_odds(counts: Float64) -> Float64:
    total = counts.sum(axis=1, keepdims=True)
    log_odds: Float64 = np.log((counts + 0.5) / (total - counts + 0.5))
    return log_odds


def _log_likelihood_ratio(inside: Float64, outside: Float64) -> Float64:
    """Return by how much two frequencies explain the counts of a word better than one."""
    both = inside + outside
    ratio = _log_likelihood(inside) + _log_likelihood(outside) - _log_likelihood(both)
    return np.maximum(ratio, 0)


def _log_likelihood(counts: Float64) -> Float64:
    total = counts.sum(axis=1, keepdims=True)
    others = total - counts
    likelihood: Float64 = xlogy(counts, counts) + xlogy(others, others) - xlogy(total, total)
    return likelihood
