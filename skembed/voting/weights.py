"""The loss of a weighted vote, and the weights that minimize it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from skembed.targets import Target
from skembed.voting.folds import Fold

__all__ = ["Evaluation", "minimize_loss"]

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
    mass : ndarray of shape (n_documents,)
        Weights of the documents, with a mean of 1.
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
        know it.

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
        places, of_folds = [], []
        for i, (training, evaluation) in enumerate(folds):
            known = np.ones(len(evaluation), bool)
            if not target.multilabel:
                known = np.isin(codes[evaluation], codes[training])
            places.append(evaluation[known])
            of_folds.append(np.stack(scores[i * n_parts : (i + 1) * n_parts])[:, known])
        all_places = np.concatenate(places)
        mass = np.ones(len(all_places))
        if sample_weight is not None:
            mass = np.asarray(sample_weight[all_places], np.float64)
            mass /= mass.mean() or 1.0
        return cls(np.concatenate(of_folds, axis=1), codes[all_places], mass)

    def loss(self, weights: Floats) -> tuple[float, Floats]:
        """Return the summed log-loss of the vote, and its gradient."""
        total = np.tensordot(weights, self.scores, 1)
        if self.codes.ndim == 1:
            total -= np.logaddexp.reduce(total, axis=1, keepdims=True)
            rows = np.arange(len(self.codes))
            loss = -(self.mass * total[rows, self.codes]).sum()
            slope = np.exp(total)
            slope[rows, self.codes] -= 1
            slope *= self.mass[:, np.newaxis]
        else:
            mass = self.mass[:, np.newaxis] / self.codes.shape[1]
            loss = (mass * (np.logaddexp(0, total) - self.codes * total)).sum()
            slope = mass * (np.exp(-np.logaddexp(0, -total)) - self.codes)
        return float(loss), np.tensordot(self.scores, slope, ([1, 2], [0, 1]))

    def losses_of_parts(self) -> Floats:
        """Return the mean log-loss of each part alone."""
        alone = np.eye(len(self.scores))
        return np.array([self.loss(weights)[0] for weights in alone]) / max(1, len(self.mass))


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
