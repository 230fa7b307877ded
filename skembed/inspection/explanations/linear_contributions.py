"""Exact contributions of terms to the scores of linear models and their votes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array, issparse

from skembed.errors import ExplanationError
from skembed.inspection.explanations.linear_vote import LinearScores, Link, apply_link
from skembed.inspection.explanations.reading import OCCLUSION, Terms
from skembed.pooling import EmbeddingVectorizer, find_nonzero_vectors
from skembed.sequences import TokenSequences

__all__ = ["Features", "LinearModel", "counted_features", "pooled_features"]

Floats = npt.NDArray[np.float64]

_LINKS: tuple[Link, ...] = ("softmax", "one-vs-rest")
_ACCURACY = 1e-3  # with which features and probabilities are found again from their parts


@dataclass(frozen=True)
class Features:
    """The features of documents, divided among the columns of their terms.

    Attributes
    ----------
    terms : list of Terms
        What was read in each document.
    values : ndarray or sparse of shape (n_documents, n_features)
        The features.
    columns : list of ndarray of int of shape (n_columns,)
        The distinct columns that occur in each document.
    shares : list of ndarray or sparse of shape (n_columns, n_features)
        What each of them adds to the features of a document without terms.
    empty : ndarray or sparse of shape (1, n_features)
        The features of a document without terms.
    """

    terms: list[Terms]
    values: Any
    columns: list[npt.NDArray[np.int64]]
    shares: list[Any]
    empty: Any

    def after(self, step: Any) -> "Features":
        """Return the features after a transformer.

        It may weight each feature of a document, as tf-idf does, or be an affine map, as
        scaling and principal components are.

        Raises
        ------
        ExplanationError
            If it does neither.
        """
        values, empty = _transformed(step, self.values), _transformed(step, self.empty)
        if _only_weights(self.values, values) and not _dense(empty).any():
            return counted_features(self.terms, values)
        shares = [_transformed(step, x) - empty if x.shape[0] else x for x in self.shares]
        totals = [np.ravel(_dense(x.sum(axis=0))) if x.shape[0] else 0 for x in shares]
        found = np.array([total + np.ravel(_dense(empty)) for total in totals])
        if not np.allclose(found, _dense(values), rtol=_ACCURACY, atol=_ACCURACY):
            raise ExplanationError(
                f"{type(step).__name__} is not linear, so its output is not a sum of contributions "
                f"of words. {OCCLUSION}"
            )
        return replace(self, values=values, shares=shares, empty=empty)


def counted_features(terms: list[Terms], values: Any) -> Features:
    """Return features of which each belongs to one term.

    Parameters
    ----------
    terms : list of Terms
        What was counted in each document.
    values : sparse of shape (n_documents, n_features)
        The counts, or what a transformer made of them.
    """
    values = csr_array(values)
    bounds = zip(values.indptr, values.indptr[1:])
    columns = [values.indices[start:end].astype(np.int64) for start, end in bounds]
    data = np.split(values.data, values.indptr[1:-1])
    shares = [
        csr_array((x, places, np.arange(len(x) + 1)), shape=(len(x), values.shape[1]))
        for x, places in zip(data, columns)
    ]
    return Features(terms, values, columns, shares, csr_array((1, values.shape[1])))


def pooled_features(
    terms: list[Terms], sequences: TokenSequences, pool: EmbeddingVectorizer
) -> Features:
    """Return pooled word vectors, divided among the places of the ids.

    Parameters
    ----------
    terms : list of Terms
        The tokens of each document, with their places in the row of ids.
    sequences : TokenSequences
        The documents with their word vectors.
    pool : EmbeddingVectorizer
        The fitted step.
    """
    values = pool.transform(sequences)
    vectors = sequences.embedding.values  # type: ignore[union-attr]
    weights = find_nonzero_vectors(sequences.ids, vectors) * (
        pool.idf_ if pool.pooling == "tfidf" else 1.0
    )
    shares, columns = [], []
    for ids in np.split(sequences.ids, sequences.offsets[1:-1]):
        words, weight = vectors[ids].astype(np.float64), weights[ids][:, np.newaxis]
        if pool.pooling == "max":
            counted = np.where(weight > 0, words, -np.inf)
            is_largest = (
                np.arange(len(ids))[:, np.newaxis] == counted.argmax(axis=0) if len(ids) else 0
            )
            shares.append(np.where(is_largest & (weight > 0), words, 0.0))
        else:
            total = 1.0 if pool.pooling == "sum" else max(weight.sum(), np.finfo(float).tiny)
            shares.append(words * weight / total)
        columns.append(np.arange(len(ids)))
    return Features(terms, np.asarray(values), columns, shares, np.zeros((1, values.shape[1])))


class LinearModel(LinearScores):
    """A linear classifier of features, with the contributions of their columns.

    Parameters
    ----------
    classifier : estimator
        A fitted classifier with ``coef_`` and ``intercept_``, or a naive-Bayes classifier with
        ``feature_log_prob_``.
    features : Features
        The documents.

    Raises
    ------
    ExplanationError
        If the classifier is not linear, or its probabilities are not those of a known link.
    """

    def __init__(self, classifier: Any, features: Features) -> None:
        self.features = features
        self._weights, start = _weights_and_start(classifier)
        rises = [self._scores(i).sum(axis=0) for i in range(len(features.columns))]
        start = start + np.ravel(_dense(features.empty @ self._weights.T))
        super().__init__(start, np.array(rises), "none")
        if hasattr(classifier, "predict_proba"):
            self.link = self._find_link(classifier)

    def _scores(self, i: int) -> Floats:
        """Return what each column of a document adds to the scores."""
        shares = self.features.shares[i]
        if _is_sparse(shares) and np.array_equal(shares.indptr, np.arange(shares.shape[0] + 1)):
            return np.asarray(shares.data[:, np.newaxis] * self._weights[:, shares.indices].T)
        return np.asarray(shares @ self._weights.T)

    def _find_link(self, classifier: Any) -> Link:
        expected = classifier.predict_proba(_named(classifier, self.features.values))
        for link in _LINKS:
            if np.allclose(
                np.exp(apply_link(self.start + self.rise, link)), expected, atol=_ACCURACY
            ):
                return link
        raise ExplanationError(
            f"The probabilities of {type(classifier).__name__} are neither a softmax nor logistic "
            f"functions of its linear scores. {OCCLUSION}"
        )

    def contributions(self, i: int) -> Floats:
        """Return the contributions of the terms of a document, of shape (n_terms, n_targets).

        That of a column is divided equally among the terms that stand for it.
        """
        known, columns = self.features.columns[i].tolist(), self.features.terms[i].columns.tolist()
        row_of = dict(zip(known, range(len(known))))
        rows = np.array([row_of.get(column, -1) for column in columns], np.int64)
        is_known = rows >= 0
        of_columns = self._scores(i) @ self.effects[i]
        n_terms = np.bincount(rows[is_known], minlength=len(known))
        found = np.zeros((len(columns), of_columns.shape[1]))
        found[is_known] = (of_columns / np.maximum(n_terms, 1)[:, np.newaxis])[rows[is_known]]
        return found


def _weights_and_start(classifier: Any) -> tuple[Floats, Floats]:
    """Return coefficients (n_classes, n_features) and intercepts (n_classes,)."""
    if hasattr(classifier, "coef_") and hasattr(classifier, "intercept_"):
        weights = _dense(classifier.coef_)
        start = np.broadcast_to(np.asarray(classifier.intercept_, np.float64), len(weights))
        if len(weights) == 1:  # the score of the second class
            return np.concatenate([0 * weights, weights]), np.array([0.0, start[0]])
        return weights, start
    if hasattr(classifier, "feature_log_prob_"):
        weights = classifier.feature_log_prob_
        nothing = csr_array((1, weights.shape[1]))
        return weights, np.ravel(classifier.predict_log_proba(nothing))
    raise ExplanationError(
        f"{type(classifier).__name__} is not a linear classifier, a vote of them or a "
        f"KerasTextClassifier, so its score is not a sum of contributions. {OCCLUSION}"
    )


def _transformed(step: Any, x: Any) -> Any:
    found = step.transform(_named(step, x))
    return found if _is_sparse(found) else np.asarray(found)


def _named(step: Any, x: Any) -> Any:
    """Return features with the column names that a step saw in fit, if it saw any."""
    names = getattr(step, "feature_names_in_", None)
    return x if names is None or _is_sparse(x) else pd.DataFrame(x, columns=names)


def _only_weights(before: Any, after: Any) -> bool:
    """Tell whether a transformer kept the columns of sparse documents and added no value."""
    if not (_is_sparse(before) and _is_sparse(after)) or before.shape != after.shape:
        return False
    known, used = (abs(csr_array(x)).sign() for x in (before, after))
    added = used - used.multiply(known)
    return int(added.count_nonzero()) == 0


def _dense(x: Any) -> Floats:
    return np.asarray(x.toarray() if _is_sparse(x) else x, np.float64)


def _is_sparse(x: Any) -> bool:
    return bool(issparse(x))
