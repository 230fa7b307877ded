"""Combine classifiers by a product of their probabilities, weighted by cross-validation."""

from contextlib import suppress
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.callback import with_callbacks
from sklearn.utils import Bunch, _safe_indexing, get_tags, indexable
from sklearn.utils._param_validation import Interval, InvalidParameterError, StrOptions
from sklearn.utils._repr_html.estimator import _VisualBlock
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from skembed._fit_task import CallbackSupport
from skembed._n_jobs import N_JOBS
from skembed._python_parameters import PythonParameters
from skembed._training_only import part_of_a_fitted
from skembed._validation import count_documents
from skembed.document_weights import check_classes_left, check_weights
from skembed.targets import ScoreMixin, Target, check_target, warn_if_one_hot
from skembed.voting.folds import Fold, make_folds
from skembed.voting.parts import (
    check_weights_are_taken,
    fit_part,
    log_odds,
    log_scores,
    reported,
    score_fold,
)
from skembed.voting.weights import Evaluation, find_weights

__all__ = ["WeightedVotingClassifier"]


class WeightedVotingClassifier(
    PythonParameters,
    CallbackSupport,
    ScoreMixin,
    ClassifierMixin,  # type: ignore[misc]
    _BaseComposition,  # type: ignore[misc]
):
    """Combine classifiers, each with a weight that cross-validation finds.

    The probability of class ``k`` is proportional to the product over all parts of
    ``p[k] ** weight``, a product of experts [1]_. The weights are not negative. They minimize
    the log-loss of the product on documents that the parts were not fitted on, as in stacked
    generalization [2]_ [3]_. A part that is overconfident or useless gets a small weight. All
    parts are then fitted again on all documents.

    There is one weight per part. ``StackingClassifier`` learns one per part, class and class,
    which overfits where there are many classes or few documents.

    Parameters
    ----------
    estimators : list of tuple (str, classifier)
        The parts and their names. Each has ``predict_proba``. ``"drop"`` in the place of a
        classifier leaves the part out.
    cv : int, default=5
        Number of folds, or fewer if every class has fewer documents. They are shuffled, and
        stratified by class unless targets are multilabel.
    prior : float, default=1.0
        Strength of the pull towards equal weights, which only matters with few documents: the
        penalty on the summed log-loss is ``prior / 2 * sum((weight - 1 / n_parts) ** 2)``.
    min_share : float in [0, 1), default=0.0
        Parts with a smaller share in the vote are left out, and the weights of the others are
        found again; the largest part always stays. The share of a part is its weight, multiplied
        by the standard deviation of its log-probabilities over the documents that it was not
        fitted on, as a fraction of the sum over all parts.
    class_weight : dict, "balanced" or None, default=None
        Class weights. For multilabel targets, only None and "balanced" are allowed.
    n_jobs : int, default=None
        Number of fits to run in parallel, as in joblib.
    random_state : int, RandomState instance or None, default=None
        Controls the folds. Parts have a ``random_state`` of their own.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels; for multilabel targets, the column names of a data frame or, without
        names, the column indices.
    weights_ : dict of str to float
        The weight of each part; 0.0 if it is left out.
    losses_ : dict of str to float
        The mean log-loss of each part alone on documents that it was not fitted on; NaN if
        there were too few documents for two folds.
    estimators_ : list of classifier
        The fitted parts whose weight is not zero, or all if every weight is. For multilabel
        targets, each is a list of one classifier per label.
    named_estimators_ : Bunch
        The same parts by name.

    See Also
    --------
    make_text_classifier : The recommended pipeline.
    sklearn.ensemble.VotingClassifier : Combine classifiers with given weights.

    References
    ----------
    .. [1] Hinton, "Products of experts", ICANN 1999.
    .. [2] Wolpert, "Stacked generalization", Neural Networks 1992.
    .. [3] Breiman, "Stacked regressions", Machine Learning 1996.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skembed import WeightedVotingClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> parts = [("linear", LogisticRegression(max_iter=1000)), ("bayes", GaussianNB())]
    >>> vote = WeightedVotingClassifier(parts, random_state=0)
    >>> vote.fit(X, y).score(X, y) > 0.95
    True
    >>> [*vote.weights_]
    ['linear', 'bayes']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimators": [list],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "prior": [Interval(Real, 0, float(np.finfo(np.float64).max), closed="both")],
        "min_share": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        *,
        cv: int = 5,
        prior: float = 1.0,
        min_share: float = 0.0,
        class_weight: Any = None,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimators = estimators
        self.cv = cv
        self.prior = prior
        self.min_share = min_share
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, including those of the parts.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the parts, by name, and their parameters.

        Returns
        -------
        dict of str to object
            The parameters.
        """
        params: dict[str, Any] = self._get_params("estimators", deep=deep)
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters, including those of the parts, as in ``name__parameter``.

        Parameters
        ----------
        **params : dict
            The parameters. A part is replaced by its name.

        Returns
        -------
        WeightedVotingClassifier
            This instance.
        """
        self._set_params("estimators", **params)
        return self

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the weights by cross-validation, and the parts on all documents.

        Parameters
        ----------
        X : list, array or sparse matrix with n_documents rows
            The documents, in the form that the parts accept.
        y : array-like of shape (n_documents,), or (n_documents, n_labels) of 0 and 1
            Class labels, or a multilabel indicator matrix. The column names of a data frame
            become ``classes_``.
        sample_weight : array-like of shape (n_documents,), default=None
            Weights of the documents. Every part must accept them.

        Returns
        -------
        WeightedVotingClassifier
            The fitted classifier.

        Raises
        ------
        TargetError
            If `y` or the weights do not match `X`, or if there is only one class.
        DocumentsError
            If there are no documents.
        """
        self._validate_params()
        parts = self._parts()
        target = check_target(y, count_documents(X))
        sample_weight = check_weights(sample_weight, self.class_weight, target, np.float64)
        check_classes_left(target, sample_weight)
        warn_if_one_hot(target)
        (documents,) = indexable(X)
        if sample_weight is not None:
            check_weights_are_taken(parts)
            counted = np.flatnonzero(sample_weight)  # folds are made of these only
            documents, target = _safe_indexing(documents, counted), target[counted]
            sample_weight = sample_weight[counted]
        folds = make_folds(target, self.cv, self.random_state)
        context = self._init_callback_context(max_subtasks=(len(folds) + 1) * len(parts))
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        weights, losses = self._cross_validate(
            parts, folds, documents, target, sample_weight, context
        )
        used = [name for name, weight in zip(parts, weights) if weight > 0] or [*parts]
        fitted = Parallel(n_jobs=self.n_jobs)(
            delayed(reported)(
                context.subcontext(name),
                fit_part,
                parts[name],
                documents,
                target.codes,
                sample_weight,
            )
            for name in used
        )
        validate_data(self, X, skip_check_array=True)  # learns names and number of features, if any
        self.classes_ = target.classes
        self.weights_ = dict(zip(parts, weights.tolist()))
        self.losses_ = dict(zip(parts, losses.tolist()))
        self.estimators_ = fitted
        self.named_estimators_ = Bunch(**dict(zip(used, fitted)))
        self._multilabel = target.multilabel
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        if "classes_" in state:  # the unfitted parts are kept for their parameters only
            state["estimators"] = part_of_a_fitted(state["estimators"])
        return state

    def _parts(self) -> dict[str, Any]:
        """Return the parts by name, without those that are dropped."""
        try:
            parts = {name: part for name, part in self.estimators if part != "drop"}
            self._validate_names([name for name, _ in self.estimators])
        except (TypeError, ValueError) as error:
            raise InvalidParameterError(
                f"estimators must be a list of (name, classifier) with distinct names: {error}"
            ) from error
        for name, part in parts.items():
            if isinstance(part, type):
                raise InvalidParameterError(
                    f"estimators: {name!r} is a class; pass an instance, {part.__name__}()."
                )
            if not hasattr(part, "fit") or not hasattr(part, "predict_proba"):
                raise InvalidParameterError(
                    f"estimators: {name!r} is {part!r}, which has no predict_proba. Use a "
                    "classifier with probabilities, or 'drop' to leave it out."
                )
        if not parts:
            raise InvalidParameterError("estimators has no classifier: add one (name, classifier).")
        return parts

    def _cross_validate(
        self,
        parts: dict[str, Any],
        folds: list[Fold],
        X: Any,
        target: Target,
        sample_weight: Any,
        context: Any,
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the weight and the log-loss of each part."""
        if not folds:
            return np.full(len(parts), 1 / len(parts)), np.full(len(parts), np.nan)
        data = X, target.codes, sample_weight
        jobs = [
            (context.subcontext(f"{name}, fold {i + 1}"), parts[name], fold)
            for i, fold in enumerate(folds)
            for name in parts
        ]
        scores = Parallel(n_jobs=self.n_jobs)(
            delayed(reported)(task, score_fold, part, *data, *fold, len(target.classes))
            for task, part, fold in jobs
        )
        evaluation = Evaluation.of(folds, scores, target, sample_weight)
        weights = find_weights(evaluation, self.prior / 2, self.min_share)
        return weights, evaluation.losses_of_parts()

    def predict_log_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict the logarithms of the class probabilities.

        Parameters
        ----------
        X : list, array or sparse matrix with n_documents rows
            The documents.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float64
            The logarithms, with columns in the order of ``classes_``.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        """
        check_is_fitted(self)
        total = np.zeros((count_documents(X), len(self.classes_)))
        for name, part in self.named_estimators_.items():
            total += self.weights_[name] * log_scores(part, X, len(self.classes_))
        if self._multilabel:
            for k, label in enumerate(self.estimators_[0]):
                if isinstance(label, float):  # certain, whatever the parts weigh
                    total[:, k] = log_odds(label)
            return np.asarray(-np.logaddexp(0, -total))
        return np.asarray(total - np.logaddexp.reduce(total, axis=1, keepdims=True))

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict class probabilities.

        Parameters
        ----------
        X : list, array or sparse matrix with n_documents rows
            The documents.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float64
            Probabilities, with columns in the order of ``classes_``. Rows sum to one, except for
            multilabel targets.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict the class of each document, or all its labels for multilabel targets.

        Parameters
        ----------
        X : list, array or sparse matrix with n_documents rows
            The documents.

        Returns
        -------
        ndarray of shape (n_documents,) or (n_documents, n_labels)
            The most probable class labels; or an indicator matrix, with 1 where the probability
            is above 0.5.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        """
        probabilities = self.predict_proba(X)
        if self._multilabel:
            return (probabilities > 0.5).astype(np.int64)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def _sk_visual_block_(self) -> Any:
        parts = dict(self.estimators)
        if not hasattr(self, "weights_"):
            return _VisualBlock("parallel", [*parts.values()], names=[*parts])
        fitted = {} if self._multilabel else self.named_estimators_
        names = [
            f"{name}: weight {weight:.3f}" if weight else f"{name}: left out"
            for name, weight in self.weights_.items()
        ]
        shown = [fitted.get(name, parts[name]) for name in self.weights_]
        return _VisualBlock("parallel", shown, names=names)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        # fit says what is wrong with the estimators
        with suppress(AttributeError, TypeError, ValueError):
            parts = [part for _, part in self.estimators if part != "drop"]
            tags.input_tags.sparse = all(get_tags(part).input_tags.sparse for part in parts)
        tags.input_tags.string = True
        return tags
