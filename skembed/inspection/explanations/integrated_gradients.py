"""Integrated gradients of a network's scores, word by word."""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skembed.errors import ExplanationWarning
from skembed.sequences import TokenSequences

__all__ = ["Integrated", "integrated_gradients"]

Floats = npt.NDArray[np.float64]

#: The contributions add up to the difference of the scores, up to this part of it or, if the
#: difference is below 1, up to this number.
TOLERANCE = 0.01

_STEPS = 8  # at first; they are halved where needed, this often:
_ROUNDS = 16
_IDS_PER_CALL = 2**14


class Integrated(NamedTuple):
    """The contributions of a document's words.

    Attributes
    ----------
    contributions : ndarray of shape (n_ids, n_scores)
        The contribution of each id of the row.
    base, scores : ndarray of shape (n_scores,)
        The scores for vectors of zeros, and for those of the words.
    """

    contributions: Floats
    base: Floats
    scores: Floats


def integrated_gradients(
    network: Any, sequences: TokenSequences, contrasts: Floats
) -> list[Integrated]:
    """Return the integrated gradients of scores along the way from zero vectors to the words.

    Parameters
    ----------
    network : TextNetwork
        The network.
    sequences : TokenSequences
        The documents in the network's input form.
    contrasts : ndarray of shape (n_documents, n_scores, n_outputs)
        A score is the sum of the log-odds of independent outputs, or else of the
        log-probabilities, each multiplied by its contrast.

    Returns
    -------
    list of Integrated
        One per document.

    Warns
    -----
    ExplanationWarning
        If the contributions to a score do not add up within the tolerance.
    """
    from skembed.networks.inputs import id_array
    from skembed.networks.runtime.forks import check_not_forked
    from skembed.networks.runtime.gradients import score_gradients
    from skembed.networks.text_network import TURNS
    from skembed.networks.window_maxima import MaxOverTime

    check_not_forked()
    model, contrasts = network.model, contrasts.astype(np.float32)
    independent = network.spec.facts.multilabel or model.outputs[0].shape[1] == 1
    results: list[Any] = [None] * len(sequences)
    with TURNS, ExitStack() as stack:
        if MaxOverTime.supports(network.spec):
            contributions: Any = MaxOverTime(model).contributions
        else:
            gradients = stack.enter_context(score_gradients(model, independent=independent))
            contributions = partial(_integrate, gradients)
        for rows in _batches(sequences):
            ids = id_array(sequences[rows])
            values, base, scores = contributions(ids, contrasts[rows])
            for i, row in enumerate(rows):
                n_ids = sequences.width or sequences.lengths[row]
                results[row] = Integrated(values[i, :n_ids], base[i], scores[i])
    _warn_if_inexact(results)
    return results


def _batches(sequences: TokenSequences) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the rows of batches, longest documents first."""
    order = np.argsort(-sequences.lengths, kind="stable")
    while len(order):
        longest = max(1, sequences.width or int(sequences.lengths[order[0]]))
        n = max(1, _IDS_PER_CALL // longest)
        yield order[:n]
        order = order[n:]


def _integrate(gradients: Any, ids: Any, contrasts: Any) -> tuple[Floats, Floats, Floats]:
    """Integrate with more and more steps, where they are needed to make contributions add up."""
    n, n_scores, n_outputs = contrasts.shape
    documents = np.repeat(np.arange(n), n_scores)  # one row per document and score
    of_rows = contrasts.reshape(-1, n_outputs)

    def at(rows: Any, scales: Any) -> tuple[Floats, Floats]:
        return _in_parts(gradients, ids[documents[rows]], scales, of_rows[rows])

    rows = np.arange(len(documents))
    edges = np.repeat(np.linspace(0, 1, _STEPS + 1), len(rows))
    at_edges, _ = at(np.tile(rows, _STEPS + 1), edges)
    base, scores = at_edges[: len(rows)], at_edges[-len(rows) :]
    tolerance = TOLERANCE * np.maximum(1, np.abs(scores - base))
    steps = _Steps(
        at,
        np.tile(rows, _STEPS),
        edges[: -len(rows)],
        1 / _STEPS,
        at_edges[: -len(rows)],
        at_edges[len(rows) :],
    )
    for _ in range(_ROUNDS):
        too_long = steps.find_too_long(tolerance)
        if not too_long.any():
            break
        steps = steps.halved(at, too_long)
    values, shape = steps.sums(len(rows)), (n, n_scores)
    return (
        values.reshape(*shape, -1).transpose(0, 2, 1),
        base.reshape(shape),
        scores.reshape(shape),
    )


class _Steps:
    """Steps of the integration: of which row, from where to where, and what they contribute.

    Parameters
    ----------
    at : callable
        Returns scores and slopes for rows and scales.
    rows : ndarray of int of shape (n_steps,)
        The row of each step.
    starts, lengths : ndarray of shape (n_steps,)
        Where each step starts, and its length.
    first, last : ndarray of shape (n_steps,)
        The scores at the start and the end of each step.
    """

    def __init__(
        self, at: Any, rows: Any, starts: Floats, lengths: Any, first: Floats, last: Floats
    ) -> None:
        self.rows, self.starts, self.first, self.last = rows, starts, first, last
        self.lengths = np.broadcast_to(lengths, starts.shape)
        self.middle, slopes = at(rows, starts + self.lengths / 2)
        self.values = slopes * self.lengths[:, np.newaxis]

    def find_too_long(self, tolerance: Floats) -> npt.NDArray[np.bool_]:
        """Tell which steps to halve, in rows whose errors are in sum above their tolerance."""
        errors = np.abs(self.last - self.first - self.values.sum(axis=1))
        n = len(tolerance)
        is_inexact = np.bincount(self.rows, errors, n) > tolerance
        fair_share = tolerance / np.bincount(self.rows, minlength=n) / 2
        return np.asarray(is_inexact[self.rows] & (errors > fair_share[self.rows]))

    def halved(self, at: Any, which: npt.NDArray[np.bool_]) -> "_Steps":
        """Return steps of which some are halved."""
        half = self.lengths[which] / 2
        starts = np.concatenate([self.starts[which], self.starts[which] + half])
        halves = _Steps(
            at,
            np.tile(self.rows[which], 2),
            starts,
            np.tile(half, 2),
            np.concatenate([self.first[which], self.middle[which]]),
            np.concatenate([self.middle[which], self.last[which]]),
        )
        for name, values in vars(self).items():
            setattr(halves, name, np.concatenate([values[~which], getattr(halves, name)]))
        return halves

    def sums(self, n_rows: int) -> Floats:
        """Return the contributions of all steps of each row, of shape (n_rows, width)."""
        total = np.zeros((n_rows, self.values.shape[1]))
        np.add.at(total, self.rows, self.values)
        return total


def _in_parts(gradients: Any, ids: Any, scales: Any, contrasts: Any) -> tuple[Floats, Floats]:
    """Compute scores and slopes, with few different numbers of rows, which JAX compiles for."""
    largest = 1 << max(0, (_IDS_PER_CALL // ids.shape[1]).bit_length() - 1)
    found = []
    for start in range(0, len(ids), largest):
        part = slice(start, start + largest)
        n_rows = len(ids[part])
        filled = np.minimum(np.arange(1 << (n_rows - 1).bit_length()), n_rows - 1)
        arguments = (x[part][filled] for x in (ids, scales.astype(np.float32), contrasts))
        found.append([x[:n_rows] for x in gradients(*arguments)])
    scores, slopes = (np.concatenate(x).astype(np.float64) for x in zip(*found))
    return scores, slopes


def _adds_up(total: Floats, difference: Floats) -> npt.NDArray[np.bool_]:
    return np.abs(total - difference) <= TOLERANCE * np.maximum(1, np.abs(difference))


def _warn_if_inexact(results: list[Integrated]) -> None:
    wrong = [
        i
        for i, (values, base, scores) in enumerate(results)
        if not _adds_up(values.sum(axis=0), scores - base).all()
    ]
    if wrong:
        warnings.warn(
            f"The contributions in {len(wrong)} of {len(results)} documents, such as document "
            f"{wrong[0]}, differ in sum from the difference of the scores by more than "
            f"{TOLERANCE:.0%} in spite of small steps: see their remainder. Compare with "
            "explain(..., method='occlusion').",
            ExplanationWarning,
            stacklevel=4,
        )
