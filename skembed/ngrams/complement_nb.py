"""scikit-learn's complement naive Bayes, faster on single sparse documents."""

from typing import Any, Self

import numpy as np
import sklearn.naive_bayes

from skembed._pickles import Lasting

__all__ = ["ComplementNB"]


class ComplementNB(Lasting, sklearn.naive_bayes.ComplementNB):  # type: ignore[misc]
    """scikit-learn's ``ComplementNB``, with its log-probabilities in column order.

    SciPy copies a matrix in row order for each product with sparse documents. With 20 classes
    and 267,000 words, a prediction takes 7.1 ms with the copy and 0.14 ms without it.
    Results are the same.
    """

    feature_log_prob_: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit as scikit-learn does."""
        super().fit(X, y, sample_weight)
        self.feature_log_prob_ = np.asfortranarray(self.feature_log_prob_)
        return self
