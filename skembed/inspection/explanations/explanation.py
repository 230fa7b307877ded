"""Explanations of predictions: contributions of words and n-grams to the scores of classes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from skembed.inspection.displays.drawing import pyplot
from skembed.inspection.explanations.contribution_bars import draw_bars
from skembed.inspection.explanations.shaded_text import in_page, shaded_html, shaded_lines

__all__ = ["Explanation", "Explanations"]

_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Explanation:
    """The contributions of the words and n-grams of a document to the scores of classes.

    :func:`explain` creates explanations.

    Attributes
    ----------
    text : str
        The document as it was handed in; the tokens joined by spaces if it was a list.
    tokens : ndarray of str of shape (n_tokens,), dtype object
        The words and n-grams as the model read them, in the order of the text.
    offsets : ndarray of int of shape (n_tokens, 2)
        Start and end of each token in `text`, in characters; -1 where the place is not known.
    contributions : ndarray of shape (n_tokens, n_classes), dtype float64
        What each token adds to the score of each explained class, in natural logarithms.
    base : ndarray of shape (n_classes,), dtype float64
        The scores that contributions are added to: those of a document without words or, for
        networks, of one whose word vectors are zero.
    scores : ndarray of shape (n_classes,), dtype float64
        The scores of the document.
    classes : ndarray of shape (n_classes,)
        The labels of the explained classes.
    opposites : tuple of length n_classes
        What a negative contribution speaks for: the label of the other one of two classes,
        otherwise ``"not ..."``.
    method : {"exact", "integrated gradients", "occlusion"}
        How the contributions were computed.

    See Also
    --------
    explain : Explain the predictions of a pipeline.
    """

    text: str
    tokens: npt.NDArray[np.object_]
    offsets: npt.NDArray[np.int64]
    contributions: npt.NDArray[np.float64]
    base: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    classes: npt.NDArray[Any]
    opposites: tuple[Any, ...]
    method: str

    @property
    def remainder(self) -> npt.NDArray[np.float64]:
        """What the scores have beyond base and contributions, of shape (n_classes,)."""
        return np.asarray(self.scores - self.base - self.contributions.sum(axis=0))

    def by_word(self) -> "Explanation":
        """Divide the contribution of each n-gram equally among its words.

        Returns
        -------
        Explanation
            An explanation with the same sums, whose tokens do not overlap. Tokens whose place
            is not known stay as they are.
        """
        order = np.lexsort((-self.offsets[:, 1], self.offsets[:, 0]))
        spans = self.offsets[order]
        contains_next = np.zeros(len(order), np.bool_)
        if len(order) > 1:
            contains_next[:-1] = (spans[1:, 1] <= spans[:-1, 1]) & (spans[1:, 0] >= 0)
            contains_next &= spans[:, 0] >= 0
        words = order[~contains_next]
        contributions = self.contributions[words]
        starts, ends = self.offsets[words].T
        for i in order[contains_next]:
            start, end = self.offsets[i]
            within = slice(*np.searchsorted(starts, [start, end]))
            inside = np.flatnonzero(ends[within] <= end) + within.start
            contributions[inside] += self.contributions[i] / len(inside)
        return replace(
            self,
            tokens=self.tokens[words],
            offsets=self.offsets[words],
            contributions=contributions,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the contributions as a table, one row per token.

        Returns
        -------
        DataFrame
            The columns ``token``, ``start`` and ``end``, and ``for LABEL`` for each class.
        """
        frame = pd.DataFrame({"token": self.tokens}, dtype=object)
        frame["start"], frame["end"] = self.offsets.T
        for label, column in zip(self.classes, self.contributions.T):
            frame[f"for {label}"] = column
        return frame

    def plot(self, ax: Any = None, *, n_tokens: int = 15) -> Any:
        """Draw the largest contributions to the score of the first explained class as bars.

        Contributions of equal tokens are added.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created.
        n_tokens : int, default=15
            The number of bars.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        """
        sums = pd.Series(self.contributions[:, 0]).groupby(self.tokens).sum()
        largest = sums[sums.abs().sort_values(ascending=False, kind="stable").index[:n_tokens]]
        if ax is None:
            size = (6, 1.5 + 0.26 * max(1, len(largest)))
            _, ax = pyplot().subplots(figsize=size, layout="constrained")
        label = self.classes[0]
        draw_bars(
            ax,
            [*largest.index],
            np.asarray(largest, np.float64),
            (str(label), str(self.opposites[0])),
        )
        ax.set_xlabel("contribution to the score (natural logarithm)")
        ax.set_title(
            f"score of {label}: {self.scores[0]:+.2f} = {self.base[0]:+.2f} (no words) "
            f"{self.scores[0] - self.base[0]:+.2f}",
            fontsize="medium",
        )
        return ax

    def to_html(self) -> str:
        """Return the text with shaded words, with its styles, to be put into a page.

        Returns
        -------
        str
            HTML without page head. All text is escaped.
        """
        return in_page([shaded_html(self)])

    def to_text(self, color: bool | None = None) -> str:
        """Return the text with marked words, for a terminal.

        Parameters
        ----------
        color : bool, default=None
            Whether to use colors. None: if the output is a terminal and the environment
            variable ``NO_COLOR`` is not set.

        Returns
        -------
        str
            Lines of text. ``+`` marks words that speak for the class, ``-`` those that speak
            against it. Control characters of the document are replaced.
        """
        return "\n".join(shaded_lines(self, color))

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return self.to_text(color=False)

    def __repr__(self) -> str:
        scores = ", ".join(f"{c}: {s:+.2f}" for c, s in zip(self.classes, self.scores))
        return f"<Explanation of {len(self.tokens)} tokens, {scores}, by {self.method}>"


class Explanations(Sequence[Explanation]):
    """Explanations of several documents: a sequence of :class:`~skembed.inspection.Explanation`.

    Parameters
    ----------
    explanations : iterable of Explanation
        One per document.
    """

    def __init__(self, explanations: Any) -> None:
        self._explanations = [*explanations]

    def __len__(self) -> int:
        return len(self._explanations)

    @overload
    def __getitem__(self, key: int) -> Explanation: ...
    @overload
    def __getitem__(self, key: slice) -> "Explanations": ...
    def __getitem__(self, key: Any) -> Any:
        found = self._explanations[key]
        return Explanations(found) if isinstance(found, list) else found

    def __iter__(self) -> Iterator[Explanation]:
        return iter(self._explanations)

    def by_word(self) -> "Explanations":
        """Divide the contribution of each n-gram equally among its words.

        Returns
        -------
        Explanations
            As :meth:`Explanation.by_word` for each document.
        """
        return Explanations(explanation.by_word() for explanation in self)

    def to_frame(self) -> pd.DataFrame:
        """Return the contributions as a table, one row per document and token.

        Returns
        -------
        DataFrame
            As :meth:`Explanation.to_frame`, after a column ``document``. The value is missing
            where a class was not explained for a document.
        """
        frames = [explanation.to_frame() for explanation in self]
        for i, frame in enumerate(frames):
            frame.insert(0, "document", i)
        return pd.concat(frames, ignore_index=True)

    def to_html(self) -> str:
        """Return all texts with shaded words, with their styles, to be put into a page.

        Returns
        -------
        str
            HTML without page head. All text is escaped.
        """
        return in_page([shaded_html(explanation) for explanation in self])

    def to_text(self, color: bool | None = None) -> str:
        """Return all texts with marked words, for a terminal.

        Parameters
        ----------
        color : bool, default=None
            As for :meth:`Explanation.to_text`.

        Returns
        -------
        str
            Lines of text, with an empty line between documents.
        """
        return "\n\n".join(explanation.to_text(color) for explanation in self)

    def _repr_html_(self) -> str:
        more = len(self) - _SHOWN
        note = f"<p>… and {more} more; to_html() shows all.</p>" if more > 0 else ""
        return self[:_SHOWN].to_html() + note

    def __str__(self) -> str:
        return self.to_text(color=False)

    def __repr__(self) -> str:
        return f"<Explanations of {len(self)} documents>"
