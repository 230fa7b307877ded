"""scikit-learn's tf-idf values, with weights of single precision."""

from typing import Any, Self

import sklearn.feature_extraction.text

from skembed._fit_task import CallbackSupport, fit_task
from skembed.ngrams.single_precision import SinglePrecisionWeights, round_to_single

__all__ = ["TfidfTransformer"]


class TfidfTransformer(
    SinglePrecisionWeights,
    CallbackSupport,
    sklearn.feature_extraction.text.TfidfTransformer,  # type: ignore[misc]
):
    """scikit-learn's ``TfidfTransformer`` with a smaller pickle: weights are rounded to float32."""

    _weights = "idf_"
    idf_: Any

    @fit_task
    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit as scikit-learn does."""
        super().fit(X, y)
        if self.use_idf:
            self.idf_ = round_to_single(self.idf_)
        return self

    def _summary(self) -> str:
        return f"document frequencies of {len(self.idf_):,} features" if self.use_idf else ""
