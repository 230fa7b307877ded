"""Logistic regression with one binary model per class, as one matrix of coefficients."""

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, issparse
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model._base import LinearClassifierMixin, SparseCoefMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted, validate_data

from skembed._fit_task import CallbackSupport, fit_task
from skembed._validation import check_features
from skembed.document_weights import MAGNITUDES, check_classes_left, check_weights
from skembed.errors import DocumentsError, TargetError
from skembed.ngrams.single_precision import SinglePrecisionWeights, round_to_single
from skembed.targets import ScoreMixin, check_target

__all__ = ["OneVsRestLogisticRegression"]


class OneVsRestLogisticRegression(
    SinglePrecisionWeights,
    CallbackSupport,
    ScoreMixin,
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
    C : float from 1e-30 to 1e30, default=1.0
        Inverse of the strength of the L2 penalty.
    tol : float, default=1e-4
        Tolerance for stopping.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        The coefficients, rounded to single precision; for two classes, those of the second.
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

    _weights = "coef_"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "C": [Interval(Real, *MAGNITUDES, closed="both")],
        "tol": [Interval(Real, 0, MAGNITUDES[1], closed="right")],
    }

    def __init__(self, *, C: float = 1.0, tol: float = 1e-4) -> None:
        self.C = C
        self.tol = tol

    @fit_task
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit one binary model per class.

        Parameters
        ----------
        X : array-like or sparse of shape (n_documents, n_features)
            The documents.
        y : array-like of shape (n_documents,)
            Class labels.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of the documents. A class whose documents weigh nothing has probability 0.

        Returns
        -------
        OneVsRestLogisticRegression
            The fitted classifier.

        Raises
        ------
        DocumentsError
            If `X` is empty, or not a matrix of finite numbers up to 1e30.
        TargetError
            If `y` or the weights do not match `X`, if there is only one class, or if a weight is
            neither 0 nor from 1e-30 to 1e30.
        """
        self._validate_params()
        documents = check_features(self, X, fitted=False)
        target = check_target(y, documents.shape[0])
        if target.multilabel:
            raise TargetError(
                "OneVsRestLogisticRegression takes one label per document: pass one-hot classes as "
                "y.argmax(axis=1). For multilabel targets wrap the classifier in "
                "WeightedVotingClassifier or sklearn.multioutput.MultiOutputClassifier."
            )
        weights = check_weights(sample_weight, None, target, np.float64)
        check_classes_left(target, weights)
        documents = _within_magnitudes(documents)
        is_sparse: bool = issparse(documents)
        if is_sparse:  # scikit-learn sets flags of the matrix, so it gets a matrix of its own
            parts = documents.data, documents.indices, documents.indptr
            documents = csr_matrix(parts, documents.shape)  # 32-bit indices, if possible
        # liblinear draws no random numbers for this problem, but None would advance NumPy's seed.
        binary = LogisticRegression(C=self.C, tol=self.tol, solver="liblinear", random_state=0)
        coefficients, intercepts = [], []
        for k in [1] if len(target.classes) == 2 else range(len(target.classes)):
            members = target.codes == k
            if weights is not None and not weights[members].any():  # liblinear confuses the signs
                coefficients.append(np.zeros(documents.shape[1]))
                intercepts.append(-np.inf)
                continue
            binary.fit(documents, members, weights)
            coefficients.append(binary.coef_[0])
            intercepts.append(binary.intercept_[0])
        validate_data(self, X, skip_check_array=True)  # learns the names and number of features
        self.classes_ = target.classes
        self.coef_ = round_to_single(coefficients)
        self.intercept_ = np.array(intercepts)
        return self

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the log-odds of the binary models.

        Parameters
        ----------
        X : array-like or sparse of shape (n_documents, n_features)
            The documents.

        Returns
        -------
        ndarray of shape (n_documents,) or (n_documents, n_classes), dtype float64
            The log-odds; for two classes, those of the second.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        DocumentsError
            If `X` is empty, or not a matrix of finite numbers.
        """
        check_is_fitted(self)
        documents = check_features(self, X, fitted=True)
        scores = safe_sparse_dot(documents, self.coef_.T, dense_output=True) + self.intercept_
        return np.asarray(scores[:, 0] if scores.shape[1] == 1 else scores)

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
        DocumentsError
            If `X` is empty, or not a matrix of finite numbers.
        """
        return np.exp(self.predict_log_proba(X))

    def predict_log_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict the logarithms of the class probabilities.

        Parameters
        ----------
        X : array-like or sparse of shape (n_documents, n_features)
            The documents.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float64
            The logarithms, with columns in the order of ``classes_``; ``-inf`` for a probability
            of 0.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        DocumentsError
            If `X` is empty, or not a matrix of finite numbers.
        """
        scores = self.decision_function(X)
        if scores.ndim == 1:
            scores = np.column_stack([-scores, scores])
        logs = -np.logaddexp(0, -scores)
        return np.asarray(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))

    def _summary(self) -> str:
        return f"{self.n_features_in_:,} features, {len(self.classes_):,} classes"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _within_magnitudes(documents: Any) -> Any:
    """Return documents with zeros in place of numbers that are too small to matter."""
    smallest, largest = MAGNITUDES
    given: Any = documents
    numbers = given.data if issparse(documents) else given
    magnitudes = np.abs(numbers)
    if magnitudes.max(initial=0) > largest:
        raise DocumentsError(
            f"Expected numbers up to {largest}, got {magnitudes.max()}: scale the features."
        )
    is_tiny = (magnitudes < smallest) & (magnitudes > 0)
    if not is_tiny.any():
        return documents
    cleaned: Any = documents.copy()
    numbers = cleaned.data if issparse(documents) else cleaned
    numbers[is_tiny] = 0
    return cleaned
