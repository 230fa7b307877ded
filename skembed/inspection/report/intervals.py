"""Confidence intervals of accuracy and of macro-averaged F1."""

import numpy as np
import numpy.typing as npt

__all__ = ["f1_interval", "f1_scores", "wilson_interval"]

Floats = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

_Z = 1.959964  # quantile .975 of the normal distribution
_N_RESAMPLES = 1_000
_AT_ONCE = 50


def wilson_interval(n_successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), which holds for small samples too.

    Parameters
    ----------
    n_successes, n : int
        The share is ``n_successes / n``.
    """
    share, z2 = n_successes / n, _Z**2 / n
    center = (share + z2 / 2) / (1 + z2)
    half = _Z * np.sqrt(share * (1 - share) / n + z2 / (4 * n)) / (1 + z2)
    return max(0.0, float(center - half)), min(1.0, float(center + half))


def f1_scores(hits: Floats, n_true: Floats, n_predicted: Floats) -> Floats:
    """Return F1 by class; NaN for classes that neither occur nor are predicted.

    Parameters
    ----------
    hits, n_true, n_predicted : ndarray of shape (..., n_classes)
        Documents of each class that are predicted as such, that are of it, and that are
        predicted as such.
    """
    total = np.asarray(n_true + n_predicted, np.float64)
    return np.divide(2 * hits, total, out=np.full_like(total, np.nan), where=total > 0)


def f1_interval(truth: Int64, predicted: Int64) -> tuple[float, float]:
    """Return the 95 % interval of macro-averaged F1, by 1,000 bootstrap samples of documents.

    Parameters
    ----------
    truth, predicted : ndarray of 0 and 1 of shape (n_documents, n_classes)
        Indicators of the classes.
    """
    n_classes = truth.shape[1]
    both = np.hstack([truth, predicted]).astype(np.uint8)
    outcomes, counts = np.unique(both, axis=0, return_counts=True)
    true, found = outcomes[:, :n_classes], outcomes[:, n_classes:]
    parts = np.hstack([true & found, true, found]).astype(np.float64)
    random, n = np.random.default_rng(0), len(truth)
    scores: list[float] = []
    while len(scores) < _N_RESAMPLES:
        sums = random.multinomial(n, counts / n, size=_AT_ONCE) @ parts
        scores += np.nanmean(f1_scores(*np.split(sums, 3, axis=1)), axis=1).tolist()
    low, high = np.quantile(scores, [0.025, 0.975])
    return float(low), float(high)
