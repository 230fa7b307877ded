"""Scale word counts by naive-Bayes log-count ratios."""

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils._param_validation import Interval, InvalidParameterError
from sklearn.utils.validation import check_is_fitted, validate_data

from skembed._fit_task import CallbackSupport, fit_task
from skembed._validation import check_features
from skembed.document_weights import check_classes_left, check_weights
from skembed.errors import TargetError
from skembed.ngrams.single_precision import SinglePrecisionWeights, round_to_single
from skembed.targets import Target, check_target

__all__ = ["NaiveBayesScaler"]

Floats = npt.NDArray[np.float64]


class NaiveBayesScaler(
    SinglePrecisionWeights,
    CallbackSupport,
    OneToOneFeatureMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Scale each word by how strongly it indicates a class in a naive-Bayes model.

    The log-count ratio of word ``j`` and class ``k`` compares the smoothed share of the word in
    the documents of the class with its share in all others::

        p = alpha + number of documents of class k that contain word j
        q = alpha + number of other documents that contain word j
        ratio[k, j] = log(p / sum of p over j) - log(q / sum of q over j)

    The scale of a word is its largest ratio over the classes; with two classes, this is the
    absolute value of either ratio. A label that all documents have, or none, is left out. A
    linear model with an L2 penalty on scaled words can give more weight to the words that naive
    Bayes trusts [1]_. There is one scale per word, not one per word and class, so any linear
    model can use the result, with any number of classes or labels.

    Counts are reduced to presence, and each document is divided by its L2 norm before scaling.

    Parameters
    ----------
    alpha : float, default=1.0
        Added to each number of documents.

    Attributes
    ----------
    scale_ : ndarray of shape (n_features,), dtype float64
        The scale of each word, rounded to single precision.
    n_features_in_ : int
        Number of words.

    See Also
    --------
    NgramVectorizer : Count words and word pairs.
    make_text_classifier : The recommended pipeline.

    References
    ----------
    .. [1] Wang and Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic
       Classification", ACL 2012.

    Examples
    --------
    >>> from skembed import NaiveBayesScaler, NgramVectorizer
    >>> texts = ["good work", "good essay", "poor work", "poor"]
    >>> counts = NgramVectorizer(min_df=2).fit_transform(texts)
    >>> NaiveBayesScaler().fit(counts, ["yes", "yes", "no", "no"]).scale_.round(2)
    array([1.1, 1.1, 0. ])
    """

    _weights = "scale_"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "alpha": [Interval(Real, 0, float(np.finfo(np.float64).max), closed="right")],
    }

    def __init__(self, *, alpha: float = 1.0) -> None:
        self.alpha = alpha

    @fit_task
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Compute the scales.

        Parameters
        ----------
        X : array-like or sparse of shape (n_documents, n_features)
            Counts of words; only whether they are above zero matters.
        y : array-like of shape (n_documents,), or (n_documents, n_labels) of 0 and 1
            Class labels, or a multilabel indicator matrix.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of the documents. A weight of 2 counts a document twice.

        Returns
        -------
        NaiveBayesScaler
            The fitted scaler.

        Raises
        ------
        DocumentsError
            If `X` is empty, or not a matrix of non-negative numbers.
        TargetError
            If `y` or the weights do not match `X`, or if there is only one class.
        """
        self._validate_params()
        presence = _presence(check_features(self, X, fitted=False))
        target = check_target(y, presence.shape[0])
        weights = check_weights(sample_weight, None, target, np.float64)
        check_classes_left(target, weights)
        if weights is None:
            weights = np.ones(presence.shape[0])
        scale = self._largest_ratios(presence, target, weights)
        validate_data(self, X, skip_check_array=True)  # learns the names and number of features
        self.scale_ = round_to_single(scale)
        return self

    def _largest_ratios(self, presence: Any, target: Target, weights: Floats) -> Floats:
        total, scale = presence.T @ weights, np.full(presence.shape[1], -np.inf)
        for k in range(len(target.classes)):  # all classes at once would need much memory
            members = target.codes[:, k] == 1 if target.multilabel else target.codes == k
            if len(np.unique(members[weights > 0])) < 2:
                continue
            inside = presence.T @ (members * weights)
            p, q = self.alpha + inside, self.alpha + np.maximum(total - inside, 0)
            with np.errstate(all="ignore"):  # checked below
                scale = np.maximum(scale, np.log(p / p.sum()) - np.log(q / q.sum()))
            if not np.isfinite(scale).all():
                raise InvalidParameterError(
                    f"alpha={self.alpha!r} is too small or too large: the log-count ratios are not "
                    "finite. Use a value nearer to 1."
                )
        if np.isneginf(scale).any():
            raise TargetError(
                "NaiveBayesScaler needs a label that some documents have and others have not."
            )
        return scale

    def transform(self, X: Any) -> Any:
        """Scale documents.

        Parameters
        ----------
        X : array-like or sparse of shape (n_documents, n_features)
            Counts of words.

        Returns
        -------
        ndarray or sparse of shape (n_documents, n_features), dtype float64
            The scaled documents.

        Raises
        ------
        NotFittedError
            If the scaler is not fitted.
        DocumentsError
            If `X` is empty, or not a matrix of non-negative numbers.
        """
        check_is_fitted(self)
        presence = _presence(check_features(self, X, fitted=True))
        if not _is_sparse(presence):
            return presence * self.scale_ / _norms(presence.sum(axis=1))[:, np.newaxis]
        n_words = np.diff(presence.indptr)
        presence.data = self.scale_[presence.indices] / np.repeat(_norms(n_words), n_words)
        return presence

    def _summary(self) -> str:
        return f"log-count ratios of {len(self.scale_):,} features"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.target_tags.required = True
        return tags


def _presence(X: Any) -> Any:
    """Return a new matrix with 1 where a count is above zero."""
    if not _is_sparse(X):
        return (X > 0).astype(np.float64)
    presence = X.copy()
    presence.data = (X.data > 0).astype(np.float64)
    presence.eliminate_zeros()
    return presence


def _norms(n_words: npt.NDArray[Any]) -> Floats:
    """Return the L2 norms of rows of ones and zeros from their numbers of ones; 1 for none."""
    return np.asarray(np.sqrt(np.maximum(n_words, 1)), np.float64)


def _is_sparse(X: Any) -> bool:
    return bool(sparse.issparse(X))
