"""Plot of the lengths of documents, by class."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from skembed.errors import NotRecordedError
from skembed.inspection.displays.drawing import (
    PLAIN,
    fonts_for,
    inches,
    legend_outside,
    new_axes,
    pyplot,
    shades,
    short_numbers,
)
from skembed.inspection.final_step import path_to, sequences_at
from skembed.inspection.word_counts import class_members
from skembed.padding import PadSequences
from skembed.tokenization import HashingTokenizerTransformer, KerasTokenizerTransformer

__all__ = ["SequenceLengthDisplay", "token_lengths"]

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class SequenceLengthDisplay:
    """Plot of the lengths of documents by class, and of the share that is cut.

    Each class has a box from the first to the third quartile, with a line at the median and
    whiskers from the 5 % to the 95 % quantile. A vertical line marks `maxlen`; to the right of
    the axes stands which share of the documents is longer. Create the display with
    :meth:`from_estimator`.

    Parameters
    ----------
    lengths : list of ndarray of shape (n_documents_of_class,), dtype int64
        The number of tokens of each document, by class. Classes may have no documents.
    classes : array-like of shape (n_classes,)
        Names of the classes; a single empty name if there are none.
    maxlen : int, default=None
        The length to which longer documents are cut; None if they are not cut.

    Attributes
    ----------
    quantiles_ : ndarray of shape (n_classes, 5)
        The quantiles .05, .25, .5, .75 and .95 of the lengths; NaN for classes without
        documents. :meth:`plot` sets this and the following attributes.
    cut_fractions_ : ndarray of shape (n_classes,)
        Share of documents longer than `maxlen`; zeros if it is None.
    ax_ : matplotlib.axes.Axes
        The axes of the plot.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.

    See Also
    --------
    skembed.PadSequences : Cut and pad documents to one length.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed import KerasTokenizerTransformer, PadSequences
    >>> from skembed.datasets import load_feedback
    >>> from skembed.inspection import SequenceLengthDisplay
    >>> texts, sentiment = load_feedback(return_X_y=True)
    >>> steps = make_pipeline(KerasTokenizerTransformer(), PadSequences(0.9)).fit(texts)
    >>> display = SequenceLengthDisplay.from_estimator(steps, texts, sentiment)
    >>> display.maxlen, display.quantiles_[:, 2].tolist()
    (28, [14.0, 14.0])
    """

    def __init__(
        self,
        *,
        lengths: list[npt.NDArray[np.int64]],
        classes: npt.ArrayLike,
        maxlen: int | None = None,
    ) -> None:
        self.lengths = lengths
        self.classes = classes
        self.maxlen = maxlen

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any = None, *, ax: Any = None) -> Self:
        """Create the display from a fitted pipeline and documents, and plot it.

        Parameters
        ----------
        estimator : fitted Pipeline, or search
            What has ``PadSequences``, whose ``maxlen_`` is drawn, or a tokenizer. A fitted
            ``PadSequences`` alone takes sequences.
        X : documents, as the estimator takes them
            Documents whose tokens are counted, as ``PadSequences`` gets them.
        y : array-like of shape (n_documents,) or (n_documents, n_labels), default=None
            The classes of the documents, or a multilabel indicator matrix. A document with
            several labels counts for each of them.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        SequenceLengthDisplay
            The display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        NotRecordedError
            If it has neither ``PadSequences`` nor a tokenizer.
        TargetError
            If `y` holds no class labels, has another length, or has only one class.
        NotInstalledError
            If Matplotlib is not installed.
        """
        pyplot()  # before the work of counting
        lengths, maxlen = token_lengths(estimator, X)
        classes, members = class_members(y, len(lengths))
        return cls(
            lengths=[lengths[of_class.astype(bool)] for of_class in members.T],
            classes=classes,
            maxlen=maxlen,
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the lengths.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created. The legend is placed above the
            axes.

        Returns
        -------
        SequenceLengthDisplay
            This instance.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        """
        plt = pyplot()
        n_rows = len(self.lengths)
        names = [_name(name, len(x)) for name, x in zip(np.asarray(self.classes), self.lengths)]
        if ax is None:
            ax = new_axes(6 + inches(names), 1.6 + 0.4 * n_rows)
        self._summarize()
        colour, text = shades(2)[0][0], plt.rcParams["text.color"]
        boxes = [
            dict(zip(("whislo", "q1", "med", "q3", "whishi"), row), fliers=[])
            for row in self.quantiles_
        ]
        drawn = ax.bxp(
            boxes,
            positions=range(n_rows),
            widths=0.5,
            orientation="horizontal",
            patch_artist=True,
            showfliers=False,
            boxprops={"facecolor": colour, "edgecolor": colour},
            medianprops={"color": plt.rcParams["axes.facecolor"], "linewidth": 2},
            whiskerprops={"color": colour},
            capprops={"color": colour},
            manage_ticks=False,
        )
        ax.set_yticks(range(n_rows), names, family=fonts_for(names), **PLAIN)
        ax.set(ylim=(n_rows - 0.4, -0.6), xlim=(0, None), xlabel="length of a document (tokens)")
        short_numbers(ax.xaxis, ax.get_xlim()[1])
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right"]].set_visible(False)
        handles, labels = [drawn["boxes"][0], drawn["whiskers"][0]], ["quartiles", "5% to 95%"]
        if self.maxlen is not None:
            handles.append(ax.axvline(self.maxlen, color=text, linestyle="--"))
            labels.append(f"maxlen = {self.maxlen:,}")
            shares = ax.secondary_yaxis("right")
            cut = [
                f"{share:.1%} cut" if len(x) else ""
                for share, x in zip(self.cut_fractions_, self.lengths)
            ]
            shares.set_yticks(range(n_rows), cut)
            shares.tick_params(length=0)
            shares.spines[:].set_visible(False)
        legend_outside(ax, handles, labels, above=True)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _summarize(self) -> None:
        """Set the quantiles, and the shares that are cut."""
        empty = np.full(len(_QUANTILES), np.nan)
        self.quantiles_ = np.array(
            [np.quantile(x, _QUANTILES) if len(x) else empty for x in self.lengths]
        )
        maxlen = np.inf if self.maxlen is None else self.maxlen
        self.cut_fractions_ = np.array([np.mean(x > maxlen) if len(x) else 0 for x in self.lengths])


def _name(name: Any, n_documents: int) -> str:
    documents = f"{n_documents:,} document" + "s" * (n_documents != 1)
    return f"{name}\n{documents}" if str(name) else documents


def token_lengths(estimator: Any, X: Any) -> tuple[npt.NDArray[np.int64], int | None]:
    """Return the lengths of documents as `PadSequences` gets them, and where it cuts them.

    Parameters
    ----------
    estimator : fitted Pipeline, or search
        What has ``PadSequences`` or a tokenizer.
    X : documents, as the estimator takes them
        The documents.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    NotRecordedError
        If it has neither of both.
    """
    path, maxlen = path_to(estimator, lambda step: isinstance(step, PadSequences)), None
    if path:
        sequences = sequences_at(path, X)
        check_is_fitted(path[-1])
        maxlen = path[-1].maxlen_
    else:
        tokenizers = KerasTokenizerTransformer | HashingTokenizerTransformer
        path = path_to(estimator, lambda step: isinstance(step, tokenizers))
        if not path:
            raise NotRecordedError(
                "Expected a fitted pipeline with PadSequences or a tokenizer; got "
                f"{type(estimator).__name__} without them. To draw the lengths of other "
                "documents, pass them to SequenceLengthDisplay(lengths=..., classes=...)."
            )
        sequences = sequences_at([*path, None], X)
    return sequences.stripped().lengths, maxlen
