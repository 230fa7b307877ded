"""Votes of linear models, and how far each of their scores moves the vote."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["LinearScores", "Link", "Vote", "apply_link"]

Floats = npt.NDArray[np.float64]
Link = Literal["none", "one-vs-rest", "softmax"]

#: As in WeightedVotingClassifier: smaller probabilities are raised to this one.
_LOG_FLOOR = np.log(1e-7)


def apply_link(scores: Floats, link: Link) -> Floats:
    """Return the logarithms of the probabilities that a model makes of its linear scores."""
    if link == "none":
        return scores
    logs = -np.logaddexp(0, -scores) if link == "one-vs-rest" else scores
    return np.asarray(logs - np.logaddexp.reduce(logs, axis=-1, keepdims=True))


@dataclass(eq=False)
class LinearScores:
    """The scores of a linear model for several documents.

    Attributes
    ----------
    start : ndarray of shape (n_classes,)
        The scores of a document without terms.
    rise : ndarray of shape (n_documents, n_classes)
        What the terms of each document add to them.
    link : {"none", "one-vs-rest", "softmax"}
        How the model makes log-probabilities of its scores.
    effects : ndarray of shape (n_documents, n_classes, n_targets)
        How far each score moves the explained ones, set by `spread`.
    """

    start: Floats
    rise: Floats
    link: Link
    effects: Any = None

    def logs(self, way: Floats) -> Floats:
        """Return log-probabilities (n_points, n_documents, n_classes) for parts of the rise."""
        return apply_link(self.start + way[:, None, None] * self.rise, self.link)

    def spread(self, slopes: Floats, way: Floats) -> None:
        """Take the slopes (n_steps, n_documents, n_classes, n_targets) by log-probability."""
        if self.link != "none":
            middle = self.start + ((way[1:] + way[:-1]) / 2)[:, None, None] * self.rise
            probabilities = np.exp(apply_link(middle, self.link))[..., None]
            slopes = slopes - probabilities * slopes.sum(axis=2, keepdims=True)
            if self.link == "one-vs-rest":
                slopes = slopes * np.exp(-np.logaddexp(0, middle))[..., None]
        self.effects = np.einsum("t,tdkc->dkc", np.diff(way), slopes)


@dataclass(eq=False)
class Vote:
    """A product of the probabilities of models, each to the power of its weight.

    Attributes
    ----------
    parts : list of (float, LinearScores or Vote)
        The weights and the models.
    """

    parts: list[tuple[float, Any]]

    def logs(self, way: Floats) -> Floats:
        """Return log-probabilities, as `LinearScores.logs`."""
        total = sum(weight * np.maximum(part.logs(way), _LOG_FLOOR) for weight, part in self.parts)
        return apply_link(np.asarray(total), "softmax")

    def spread(self, slopes: Floats, way: Floats) -> None:
        """Divide slopes among the parts, as `LinearScores.spread`.

        The probabilities of the vote in the middle of a step stand for those along it. The
        floor is a function of one number, whose mean slope over a step is exact.
        """
        logs = self.logs(way)
        middle = np.exp((logs[1:] + logs[:-1]) / 2)[..., None]
        slopes = slopes - middle * slopes.sum(axis=2, keepdims=True)
        for weight, part in self.parts:
            edges = part.logs(way)
            with np.errstate(invalid="ignore"):  # minus infinity for a class without documents
                rise = np.diff(edges, axis=0)
                risen = np.diff(np.maximum(edges, _LOG_FLOOR), axis=0)
                share = np.where(
                    np.isfinite(rise) & (rise != 0), risen / rise, edges[1:] > _LOG_FLOOR
                )
            part.spread(weight * slopes * share[..., None], way)
