"""Plot of word vectors in two dimensions."""

from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import StrOptions, validate_params

from skembed.inspection.displays.chosen_words import choose_words
from skembed.inspection.displays.drawing import (
    AT_LEAST_ONE,
    PLAIN,
    fonts_for,
    inches,
    legend_outside,
    new_axes,
    pyplot,
    shades,
)
from skembed.inspection.displays.label_placement import place_labels
from skembed.inspection.displays.projection import PROJECTIONS, project
from skembed.inspection.displays.unit_vectors import rows_of, source_of_vectors, unit_vectors

__all__ = ["EmbeddingDisplay"]

Floats = npt.NDArray[np.float64]
Projection = Literal["pca", "tsne", "umap"]

_SIZE = 30  # area of a mark in square points
_RULES = {
    "words": [AT_LEAST_ONE, "array-like"],
    "word": [str],
    "n_neighbors": [AT_LEAST_ONE],
    "projection": [StrOptions({*PROJECTIONS})],
    "random_state": ["random_state"],
}


class EmbeddingDisplay:
    """Plot of words as points in two dimensions, near each other if their vectors are.

    The vectors are scaled to length 1 first, so that near means a high cosine similarity. Each
    word stands next to its point; a word for which there is no room is left out, but its point is
    drawn. Create the display with :meth:`from_estimator` or :meth:`from_neighbors`.

    Parameters
    ----------
    words : list of str of length n_words
        The words.
    positions : ndarray of shape (n_words, 2), dtype float64
        Their positions.
    axis_labels : tuple of two str
        What the two dimensions are.
    classes : ndarray of shape (n_classes,), default=None
        Names of the classes; None if the words belong to none.
    leanings : ndarray of shape (n_words,), dtype int64, default=None
        Index of the class that each word speaks for.
    similarities : ndarray of shape (n_words,), dtype float64, default=None
        Cosine similarity of each word to the first one.

    Attributes
    ----------
    labels_ : list of matplotlib.text.Annotation or None of length n_words
        The words as drawn; None where there was no room. :meth:`plot` sets this and the following
        attributes.
    ax_ : matplotlib.axes.Axes
        The axes of the plot.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.

    See Also
    --------
    skembed.export_projector : Save all vectors for the Embedding Projector.

    Examples
    --------
    >>> from skembed.inspection import EmbeddingDisplay
    >>> vectors = {"good": [1.0, 0.1, 0.0], "fine": [0.9, 0.2, 0.1], "late": [-0.8, 0.3, 0.0]}
    >>> display = EmbeddingDisplay.from_neighbors(vectors, "good", n_neighbors=2)
    >>> display.words, display.similarities.round(2).tolist()
    (['good', 'fine', 'late'], [1.0, 0.99, -0.9])
    """

    def __init__(
        self,
        *,
        words: list[str],
        positions: Floats,
        axis_labels: tuple[str, str],
        classes: npt.NDArray[Any] | None = None,
        leanings: npt.NDArray[np.int64] | None = None,
        similarities: Floats | None = None,
    ) -> None:
        self.words = words
        self.positions = positions
        self.axis_labels = axis_labels
        self.classes = classes
        self.leanings = leanings
        self.similarities = similarities

    @classmethod
    @validate_params(_RULES, prefer_skip_nested_validation=True)
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        words: Any = 40,
        projection: Projection = "pca",
        random_state: int | np.random.RandomState | None = None,
        ax: Any = None,
    ) -> Self:
        """Create the display of chosen, frequent or telling words, and plot it.

        Parameters
        ----------
        estimator : fitted estimator, Pipeline, search, KeyedVectors, mapping or DataFrame
            Source of the word vectors. A network has those that it learned.
        X : documents, as the estimator takes them, default=None
            Documents that tell which class a word speaks for; passed with `y`.
        y : array-like of shape (n_documents,) or (n_documents, n_labels), default=None
            The classes of the documents, or a multilabel indicator matrix.
        words : int or list of str, default=40
            The words to draw, or how many. A number means the most frequent words or, with `X`
            and `y`, those that speak most clearly for a class, in turn one for each class.
        projection : {"pca", "tsne", "umap"}, default="pca"
            How the vectors are brought to two dimensions. ``"umap"`` needs umap-learn. Fewer than
            four words, or vectors of one dimension, are left to PCA.
        random_state : int, RandomState instance or None, default=None
            Controls t-SNE and UMAP. PCA is not random.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        EmbeddingDisplay
            The display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        NotRecordedError
            If it has no word vectors, or only one of `X` and `y` is given.
        NoVectorsFoundError
            If a chosen word has no vector, or fewer than two words have one.
        TargetError
            If `y` holds no class labels, has another length, or has only one class.
        InvalidParameterError
            If a parameter is outside its documented values.
        NotInstalledError
            If Matplotlib, or umap-learn for ``"umap"``, is not installed.

        Notes
        -----
        A word speaks for the class in whose documents it is most over-represented: the log ratio
        of its share of the documents with and without the class, as in naive Bayes (Wang and
        Manning, ACL 2012), divided by its standard error (Monroe, Colaresi and Quinn, "Fightin'
        Words", Political Analysis 2008), so that rare words need a larger ratio.
        """
        pyplot()  # before the work
        source = source_of_vectors(estimator)
        rows, units = unit_vectors(source)
        chosen, classes, leanings = choose_words(estimator, source, [*rows], X, y, words)
        positions, axis_labels = project(units[rows_of(chosen, rows)], projection, random_state)
        return cls(
            words=chosen,
            positions=positions,
            axis_labels=axis_labels,
            classes=classes,
            leanings=leanings,
        ).plot(ax)

    @classmethod
    @validate_params(_RULES, prefer_skip_nested_validation=True)
    def from_neighbors(
        cls,
        estimator: Any,
        word: str,
        *,
        n_neighbors: int = 15,
        projection: Projection = "pca",
        random_state: int | np.random.RandomState | None = None,
        ax: Any = None,
    ) -> Self:
        """Create the display of a word and its nearest neighbours, and plot it.

        Parameters
        ----------
        estimator : fitted estimator, Pipeline, search, KeyedVectors, mapping or DataFrame
            Source of the word vectors. A network has those that it learned.
        word : str
            The word.
        n_neighbors : int, default=15
            Number of neighbours: the words of the highest cosine similarity.
        projection : {"pca", "tsne", "umap"}, default="pca"
            How the vectors are brought to two dimensions. ``"umap"`` needs umap-learn. Fewer than
            four words, or vectors of one dimension, are left to PCA.
        random_state : int, RandomState instance or None, default=None
            Controls t-SNE and UMAP. PCA is not random.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        EmbeddingDisplay
            The display: the word, then its neighbours, nearest first.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        NotRecordedError
            If it has no word vectors.
        NoVectorsFoundError
            If the word has no vector, or no other word has one.
        InvalidParameterError
            If a parameter is outside its documented values.
        NotInstalledError
            If Matplotlib, or umap-learn for ``"umap"``, is not installed.
        """
        pyplot()  # before the work
        rows, units = unit_vectors(source_of_vectors(estimator))
        (of_word,) = rows_of([word], rows, at_least=1)
        similarities = units @ units[of_word]
        nearest = np.argsort(-similarities, kind="stable")
        chosen = [of_word, *nearest[nearest != of_word][:n_neighbors].tolist()]
        names = [*rows]
        words = [names[row] for row in chosen]
        rows_of(words, rows)  # at least two
        positions, axis_labels = project(units[chosen], projection, random_state)
        return cls(
            words=words,
            positions=positions,
            axis_labels=axis_labels,
            similarities=similarities[chosen],
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the words.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created, larger for more words. The legend is
            placed to the right of the axes.

        Returns
        -------
        EmbeddingDisplay
            This instance.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        """
        pyplot()
        if ax is None:
            scale = max(1, np.sqrt(sum(map(len, self.words)) / 300 + len(self.words) / 80))
            ax = new_axes(6.4 * scale + self._beside(), 4.8 * scale)
        ax.set(xlabel=self.axis_labels[0], ylabel=self.axis_labels[1])
        ax.margins(0.12)
        ax.set_xticks([])  # only distances mean something
        ax.set_yticks([])
        if self.classes is not None and self.leanings is not None:
            self._draw_classes(ax)
        elif self.similarities is not None:
            self._draw_similarities(ax)
        else:
            ax.scatter(*self.positions.T, s=_SIZE, color=shades(1)[0][0], linewidths=0)
        self.labels_ = place_labels(ax, self.positions, self.words, radius=_SIZE**0.5 / 2)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _beside(self) -> float:  # inches of a legend
        return 0.7 + inches(map(str, self.classes)) if self.classes is not None else 0

    def _draw_classes(self, ax: Any) -> None:
        assert self.classes is not None
        handles, labels = [], []
        for place, (colour, marker) in enumerate(shades(len(self.classes))):
            chosen = self.positions[self.leanings == place]
            if len(chosen):
                how = {"s": _SIZE, "color": colour, "marker": marker, "linewidths": 0}
                handles.append(ax.scatter(*chosen.T, **how))
                labels.append(str(self.classes[place]))
        legend_outside(ax, handles, labels, title="speaks for", alignment="left")

    def _draw_similarities(self, ax: Any) -> None:
        assert self.similarities is not None
        edge = pyplot().rcParams["text.color"]
        how = {"cmap": "viridis", "edgecolors": edge, "linewidths": 0.5}
        others = ax.scatter(*self.positions[1:].T, s=_SIZE, c=self.similarities[1:], **how)
        ax.scatter(*self.positions[:1].T, s=_SIZE, color=edge, marker="s", linewidths=0)
        bar = ax.figure.colorbar(others, ax=ax)
        label = f"cosine similarity to “{self.words[0]}”"
        bar.set_label(label, family=fonts_for([label]), **PLAIN)
