"""Logistic regression with one binary model per class, as one matrix of coefficients."""

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model._base import LinearClassifierMixin, SparseCoefMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d, validate_data

from skembed._pickles import Lasting
from skembed.errors import TargetError

__all__ = ["OneVsRestLogisticRegression"]


class OneVsRestLogisticRegression(
    Lasting,
    LinearClassifierMixin,  # type: ignore[misc]
    SparseCoefMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Logistic regression with one binary model per class, for sparse word counts.

    Each binary model is fitted by liblinear, which is several times faster on word counts with
    many classes than the multinomial model of ``LogisticRegression``. Unlike
    ``OneVsRestClassifier``, which asks one model after the other, this classifier keeps all
    coefficients in one matrix, so that a prediction is one product.

    Parameters
    ----------
    C : float, default=1.0
        Inverse of the strength of the L2 penalty.
    tol : float, default=1e-4
        Tolerance for stopping.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        The coefficients; for two classes, those of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        The intercepts.
    n_features_in_ : int
        Number of features.

    See Also
    --------
    sklearn.linear_model.LogisticRegression : The binary models.
    make_text_classifier : The recommended pipeline.

    References
    ----------
    Fan et al., "LIBLINEAR: A Library for Large Linear Classification", Journal of Machine
    Learning Research 2008.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skembed import OneVsRestLogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> OneVsRestLogisticRegression().fit(X, y).coef_.shape
    (3, 4)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "C": [Interval(Real, 0, None, closed="neither")],
        "tol": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, *, C: float = 1.0, tol: float = 1e-4) -> None:
        self.C = C
        self.tol = tol

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit one binary model per class.

        Parameters
        ----------
        X : array-like or sparse of shape (n_documents, n_features)
            The documents.
        y : array-like of shape (n_documents,)
            Class labels.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of the documents.

        Returns
        -------
        OneVsRestLogisticRegression
            The fitted classifier.

        Raises
        ------
        TargetError
            If there is only one class.
        """
        self._validate_params()
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
        check_classification_targets(y)
        classes, codes = np.unique(column_or_1d(y), return_inverse=True)
        if len(classes) < 2:
            raise TargetError(
                "Logistic regression needs at least two classes; all "
                f"{len(codes)} labels are one class, {classes.tolist()[0]!r}."
            )
        positives = [1] if len(classes) == 2 else range(len(classes))
        binary = LogisticRegression(C=self.C, tol=self.tol, solver="liblinear")
        coefficients, intercepts = [], []
        for k in positives:
            binary.fit(X, codes == k, sample_weight)
            coefficients.append(binary.coef_[0])
            intercepts.append(binary.intercept_[0])
        self.classes_ = classes
        self.coef_, self.intercept_ = np.array(coefficients), np.array(intercepts)
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict class probabilities: those of the binary models, scaled to a sum of one.

        Parameters
        ----------
        X : array-like or sparse of shape (n_documents, n_features)
            The documents.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float64
            Probabilities, with columns in the order of ``classes_``.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        """
        return np.asarray(self._predict_proba_lr(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
