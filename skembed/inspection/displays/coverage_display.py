"""Plot of the words that have no vector, by count."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import validate_params

from skembed.inspection.coverage_table import count_covered
from skembed.inspection.displays.drawing import (
    AT_LEAST_ONE,
    PLAIN,
    fonts_for,
    inches,
    legend_outside,
    new_axes,
    pyplot,
    shades,
    short_numbers,
)

__all__ = ["CoverageDisplay"]


class CoverageDisplay:
    """Plot of the most frequent words without a vector, optionally by class.

    Each word has a bar whose length is the number of its tokens. With classes, the bar is divided
    among them. The shares of all tokens, or of the tokens of each class, that have no vector
    stand beside the bars; they include words that are not in the vocabulary, which have no bar.
    Create the display with :meth:`from_estimator`.

    Parameters
    ----------
    words : list of str of length n_words
        The words without a vector, most frequent first.
    counts : ndarray of shape (n_classes, n_words), dtype int64
        Number of tokens of each word in the documents of each class.
    classes : ndarray of shape (n_classes,)
        Names of the classes; a single empty name if there are none.
    missing_fractions : ndarray of shape (n_classes,)
        Share of the tokens of each class that have no vector.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes of the plot; set by :meth:`plot`, as is `figure_`.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.

    See Also
    --------
    coverage_table : The counts of all words as a table.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed import KerasTokenizerTransformer, PretrainedEmbeddingMatrix
    >>> from skembed.inspection import CoverageDisplay
    >>> texts = ["good work, good pay", "poor pay"]
    >>> vectors = {"good": [1.0, 0.5], "poor": [-1.0, 0.0]}
    >>> steps = make_pipeline(KerasTokenizerTransformer(), PretrainedEmbeddingMatrix(vectors))
    >>> display = CoverageDisplay.from_estimator(steps.fit(texts), texts)
    >>> display.words, display.counts.tolist()
    (['pay', 'work'], [[2, 1]])
    """

    def __init__(
        self,
        *,
        words: list[str],
        counts: npt.NDArray[np.int64],
        classes: npt.NDArray[Any],
        missing_fractions: npt.NDArray[np.float64],
    ) -> None:
        self.words = words
        self.counts = counts
        self.classes = classes
        self.missing_fractions = missing_fractions

    @classmethod
    @validate_params({"n_words": [AT_LEAST_ONE]}, prefer_skip_nested_validation=True)
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any = None, *, n_words: int = 20, ax: Any = None
    ) -> Self:
        """Create the display from a fitted estimator and documents, and plot it.

        Parameters
        ----------
        estimator : fitted Pipeline, search, or embedding step
            What has a ``PretrainedEmbeddingMatrix`` or ``TrainedEmbeddingMatrix``.
        X : documents, as the estimator takes them
            Documents whose words are counted.
        y : array-like of shape (n_documents,) or (n_documents, n_labels), default=None
            The classes of the documents, or a multilabel indicator matrix. A document with
            several labels counts for each of them.
        n_words : int, default=20
            Number of words to draw.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        CoverageDisplay
            The display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        NotRecordedError
            If it has no embedding step.
        TargetError
            If `y` holds no class labels, has another length, or has only one class.
        InvalidParameterError
            If `n_words` is not a positive number.
        NotInstalledError
            If Matplotlib is not installed.
        """
        pyplot()  # before the work of counting
        counted = count_covered(estimator, X, y)
        missing = np.flatnonzero(~counted.has_vector)
        lost = counted.tokens[:, missing].sum(axis=1)
        missing = missing[counted.in_vocabulary[missing]]
        total = counted.tokens[:, missing].sum(axis=0)
        most_frequent = missing[np.argsort(-total, kind="stable")[:n_words]]
        return cls(
            words=[counted.words[i] for i in most_frequent.tolist()],
            counts=counted.tokens[:, most_frequent],
            classes=counted.classes,
            missing_fractions=lost / np.maximum(1, counted.tokens.sum(axis=1)),
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the counts of the words.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created. The legend is placed to the
            right of the axes.

        Returns
        -------
        CoverageDisplay
            This instance.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        """
        plt = pyplot()
        labels = [
            f"{share:.1%} of tokens in {name}"  # names may be written from the right
            for name, share in zip(self.classes, self.missing_fractions)
        ]
        if ax is None:
            n_rows = max(len(self.words), len(labels), 3)
            beside = inches(labels) + 0.5 if len(labels) > 1 else 0
            ax = new_axes(5 + inches(self.words) + beside, 1 + 0.25 * n_rows)
        rows, ends = np.arange(len(self.words)), np.zeros(len(self.words))
        bars = []
        for counts, (colour, _) in zip(self.counts, shades(len(labels))):
            edge = {"edgecolor": plt.rcParams["axes.facecolor"], "linewidth": 0.5}
            bars.append(ax.barh(rows, counts, 0.75, ends, color=colour, **edge))
            ends = ends + counts
        ax.set_yticks(rows, self.words, family=fonts_for(self.words), **PLAIN)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
        short_numbers(ax.xaxis, ends.max(initial=0))
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_xlabel("tokens without a vector" if len(rows) else "no word lacks a vector")
        if len(labels) > 1:
            legend_outside(ax, bars, labels, title="without a vector", alignment="left")
        else:
            ax.set_title(f"{self.missing_fractions[0]:.1%} of tokens have no vector")
        self.ax_, self.figure_ = ax, ax.figure
        self._write_numbers(rows, ends)
        return self

    def _write_numbers(self, rows: Any, ends: Any) -> None:
        """Write the number of tokens at the end of each bar, and make room for it."""
        notes = [
            self.ax_.annotate(
                f"{end:,.0f}",
                (end, row),
                (4, 0),
                textcoords="offset points",
                va="center_baseline",
                in_layout=False,
            )
            for row, end in zip(rows, ends)
        ]
        self.ax_.set_xlim(0, max(1, ends.max(initial=0)))
        self.ax_.get_figure(root=True).draw_without_rendering()  # the layout moves the axes
        width = self.ax_.bbox.width
        for_numbers = max((note.get_window_extent().width for note in notes), default=0) + 12
        self.ax_.set_xlim(0, self.ax_.get_xlim()[1] * width / max(width - for_numbers, width / 4))
