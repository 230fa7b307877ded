"""The loss of a weighted vote, and the weights that minimize it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from skembed.targets import Target
from skembed.voting.folds import Fold

__all__ = ["Evaluation", "find_weights", "minimize_loss"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """What the parts say of documents that they were not fitted on, and the truth.

    Attributes
    ----------
    scores : ndarray of shape (n_parts, n_documents, n_classes)
        Log-probabilities; log-odds for multilabel targets.
    codes : ndarray of int of shape (n_documents,) or (n_documents, n_classes)
        The class indices, or the multilabel indicator matrix.
    mass : ndarray of shape (n_documents, 1) or (n_documents, n_classes)
        Weights of the documents, with a mean of 1, or 0 for those left out; for multilabel
        targets, divided among the labels.
    """

    scores: Floats
    codes: npt.NDArray[np.int64]
    mass: Floats

    @classmethod
    def of(
        cls, folds: list[Fold], scores: list[Floats], target: Target, sample_weight: Any
    ) -> "Evaluation":
        """Collect the scores of all parts in all folds.

        Documents of a class that their fold was not fitted on are left out: no part could
        know it. So are labels that all documents of a fold had, or none.

        Parameters
        ----------
        folds : list of tuple (training, evaluation) of ndarray of int
            The folds.
        scores : list of ndarray
            The scores of each part in each fold; the parts of one fold follow each other.
        target : Target
            The labels of all documents.
        sample_weight : ndarray of shape (n_documents,) or None
            Weights of the documents.
        """
        n_parts, codes = len(scores) // len(folds), target.codes
        places, known, of_folds = [], [], []
        for i, (training, evaluation) in enumerate(folds):
            if target.multilabel:
                is_known = np.ptp(codes[training], axis=0) > 0
                known.append(np.tile(is_known, (len(evaluation), 1)))
            else:
                known.append(np.isin(codes[evaluation], codes[training])[:, np.newaxis])
            places.append(evaluation)
            of_folds.append(np.stack(scores[i * n_parts : (i + 1) * n_parts]))
        all_places, all_known = np.concatenate(places), np.concatenate(known)
        mass = all_known.astype(np.float64)
        if sample_weight is not None:
            mass *= sample_weight[all_places, np.newaxis]
        mass *= all_known.mean(axis=1).sum() / (mass.sum() or 1.0)
        return cls(np.concatenate(of_folds, axis=1), codes[all_places], mass)

    def loss(self, weights: Floats) -> tuple[float, Floats]:
        """Return the summed log-loss of the vote, and its gradient."""
        total = np.tensordot(weights, self.scores, 1)
        if self.codes.ndim == 1:
            total -= np.logaddexp.reduce(total, axis=1, keepdims=True)
            rows = np.arange(len(self.codes))
            loss = -(self.mass[:, 0] * total[rows, self.codes]).sum()
            slope = np.exp(total)
            slope[rows, self.codes] -= 1
        else:
            loss = (self.mass * (np.logaddexp(0, total) - self.codes * total)).sum()
            slope = np.exp(-np.logaddexp(0, -total)) - self.codes
        return float(loss), np.tensordot(self.scores, self.mass * slope, ([1, 2], [0, 1]))

    def losses_of_parts(self) -> Floats:
        """Return the mean log-loss of each part alone; NaN if all documents are left out."""
        alone = np.eye(len(self.scores))
        losses = np.array([self.loss(weights)[0] for weights in alone])
        return losses / (self.mass.sum() or np.nan)


def find_weights(evaluation: Evaluation, strength: float, min_share: float) -> Floats:
    """Return the weights of least loss, without the parts that hardly change the vote.

    Parameters
    ----------
    evaluation : Evaluation
        The scores of the parts.
    strength : float
        Strength of the pull towards equal weights.
    min_share : float
        The smallest share of a part in the vote. Parts below it get weight 0, and the weights of
        the others are found again.

    Returns
    -------
    ndarray of shape (n_parts,)
        The weights.
    """
    n_parts = len(evaluation.scores)
    weights = minimize_loss(evaluation, strength, np.full(n_parts, 1 / n_parts))
    spread = weights * evaluation.scores.std(axis=1).mean(axis=1)  # over documents, per class
    kept = spread >= min_share * spread.sum()
    kept[spread.argmax()] = True
    if kept.all():
        return weights
    others = replace(evaluation, scores=evaluation.scores[kept])
    weights = np.zeros(n_parts)
    weights[kept] = find_weights(others, strength, 0.0)
    return weights


def minimize_loss(evaluation: Evaluation, strength: float, start: Floats) -> Floats:
    """Return the non-negative weights that minimize the loss, which is convex.

    Parameters
    ----------
    evaluation : Evaluation
        The scores of the parts.
    strength : float
        Multiplies the squared distance to `start`, which is added to the loss.
    start : ndarray of shape (n_parts,)
        The weights without evaluation documents.
    """

    def penalized(weights: Floats) -> tuple[float, Floats]:
        loss, gradient = evaluation.loss(weights)
        distance = weights - start
        return loss + strength * float(distance @ distance), gradient + 2 * strength * distance

    bounds = [(0, None)] * len(start)
    return np.asarray(minimize(penalized, start, jac=True, method="L-BFGS-B", bounds=bounds).x)
