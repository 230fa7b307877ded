"""scikit-learn's complement naive Bayes, faster on single sparse documents and smaller."""

from typing import Any, Self

import numpy as np
import sklearn.naive_bayes
from scipy.sparse import csr_array

from skembed._fit_task import CallbackSupport, fit_task
from skembed._html_repr import HtmlRepr
from skembed._pickles import Lasting
from skembed.ngrams.single_precision import round_to_single

__all__ = ["ComplementNB"]


class ComplementNB(
    Lasting,
    HtmlRepr,
    CallbackSupport,
    sklearn.naive_bayes.ComplementNB,  # type: ignore[misc]
):
    """scikit-learn's ``ComplementNB``, for predictions only once it is fitted.

    With 20 classes and 267,000 words, a prediction takes 0.14 ms instead of 7.1 ms, because the
    log-probabilities are in column order. They are rounded to single precision. A pickle holds
    the counts that they are computed from, because most words occur in few classes.
    """

    feature_log_prob_: Any
    feature_count_: Any
    feature_all_: Any

    @fit_task
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit as scikit-learn does."""
        super().fit(X, y, sample_weight)
        self._counts = csr_array(self.feature_count_, dtype=np.float32)
        self._compute_log_probabilities()
        return self

    def _summary(self) -> str:
        return f"{self.n_features_in_:,} features, {len(self.classes_):,} classes"

    def _compute_log_probabilities(self) -> None:
        self.feature_count_ = self._counts.toarray().astype(np.float64)
        self.feature_all_ = self.feature_count_.sum(axis=0)
        self._update_feature_log_prob(self._check_alpha())
        self.feature_log_prob_ = round_to_single(self.feature_log_prob_)
        del self.feature_count_, self.feature_all_

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        state.pop("feature_log_prob_", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_counts" in state:
            self._compute_log_probabilities()

    @property
    def partial_fit(self) -> Any:
        """Not available."""
        raise AttributeError("This ComplementNB keeps no class totals: use that of scikit-learn.")
