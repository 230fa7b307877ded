"""Plot of the training history by epoch."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from skembed.errors import NotRecordedError
from skembed.inspection.displays.drawing import (
    PLAIN,
    legend_outside,
    new_axes,
    pyplot,
    shades,
    wrap,
)
from skembed.inspection.final_step import final_step

__all__ = ["TrainingCurvesDisplay"]

_MAX_COLUMNS = 3


class TrainingCurvesDisplay:
    """Plot of loss and score by epoch, on the training and the validation documents.

    Each quantity has its own axes. If early stopping selected an epoch, a vertical line marks
    the epoch whose weights the classifier uses. A quantity with one number per class has one
    curve per class. Create the display with :meth:`from_estimator`.

    Parameters
    ----------
    training : dict of str to ndarray of shape (n_epochs,) or (n_epochs, n_classes)
        Training quantities by name, such as ``loss`` and ``accuracy``.
    validation : dict of str to ndarray of shape (n_epochs,) or (n_epochs, n_classes)
        The same quantities on the validation documents; empty without validation.
    best_epoch : int, default=None
        The epoch, counted from 1, whose weights were restored; None if those of the last
        epoch were kept.

    Attributes
    ----------
    ax_ : ndarray of shape (n_quantities,) of matplotlib.axes.Axes
        The axes of the plot; set by :meth:`plot`, as is `figure_`.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.

    See Also
    --------
    SearchDisplay : Plot the results of a search.

    Examples
    --------
    >>> import numpy as np
    >>> from skembed.inspection import TrainingCurvesDisplay
    >>> display = TrainingCurvesDisplay(
    ...     training={"loss": np.array([0.7, 0.5]), "accuracy": np.array([0.5, 0.8])},
    ...     validation={},
    ... )
    >>> [axes.get_ylabel() for axes in display.plot().ax_]
    ['loss', 'accuracy']
    """

    def __init__(
        self,
        *,
        training: dict[str, npt.NDArray[np.float64]],
        validation: dict[str, npt.NDArray[np.float64]],
        best_epoch: int | None = None,
    ) -> None:
        self.training = training
        self.validation = validation
        self.best_epoch = best_epoch

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> Self:
        """Create the display from a fitted classifier and plot it.

        Quantities that were not recorded in every epoch are omitted, such as a validation loss
        that only a later ``fit`` with warm start recorded, and so are those that are neither
        numbers nor one number per class. With warm start, the selected epoch
        is not marked either, since the history does not tell where each ``fit`` began.

        Parameters
        ----------
        estimator : KerasTextClassifier, or Pipeline that ends in one
            A fitted classifier.
        ax : array-like of matplotlib.axes.Axes, default=None
            Axes to draw on, one per quantity. If None, a new figure is created.

        Returns
        -------
        TrainingCurvesDisplay
            The display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        NotRecordedError
            If the estimator has no ``history_``.
        NotInstalledError
            If Matplotlib is not installed.
        """
        classifier = final_step(estimator)
        check_is_fitted(classifier)
        if not hasattr(classifier, "history_"):
            raise NotRecordedError(
                "Expected a KerasTextClassifier, or a pipeline that ends in one; got "
                f"{type(classifier).__name__}, which has no history_."
            )
        curves = {
            name: np.array(values)
            for name, values in classifier.history_.items()
            if len(values) == classifier.n_epochs_ and _is_drawable(values[0])
        }
        selected = classifier.early_stopping and not classifier.warm_start and classifier.n_epochs_
        return cls(
            training={n: curve for n, curve in curves.items() if not n.startswith("val_")},
            validation={
                n.removeprefix("val_"): curve for n, curve in curves.items() if n.startswith("val_")
            },
            best_epoch=int(curves["val_loss"].argmin()) + 1 if selected else None,
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the curves.

        Parameters
        ----------
        ax : array-like of matplotlib.axes.Axes, default=None
            Axes to draw on, one per quantity. If None, a new figure is created. The legend is
            placed to the right of the first row of axes.

        Returns
        -------
        TrainingCurvesDisplay
            This instance.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        ValueError
            If the number of axes differs from the number of quantities.
        """
        pyplot()
        names = sorted(self.training, key=lambda name: name != "loss")
        end_of_row = -1
        if ax is None:
            n_columns = min(len(names), _MAX_COLUMNS)
            n_rows, end_of_row = -(-len(names) // n_columns), n_columns - 1
            grid = new_axes(2 + 3 * n_columns, 2.7 * n_rows, nrows=n_rows, ncols=n_columns)
            ax, unused = np.split(np.atleast_1d(grid).ravel(), [len(names)])
            for axes in unused:
                axes.remove()
        self.ax_ = np.atleast_1d(ax)
        if len(self.ax_) != len(names):
            raise ValueError(f"Expected axes for each of {names}, got {len(self.ax_)} axes.")
        self.figure_ = self.ax_[0].figure
        shown: dict[str, Any] = {}
        for axes, name in zip(self.ax_, names):
            shown |= self._draw(axes, name)
        legend_outside(self.ax_[end_of_row], [*shown.values()], [*shown])
        return self

    def _draw(self, axes: Any, name: str) -> dict[str, Any]:
        """Draw one quantity, and return one line for each entry of the legend."""
        epochs = np.arange(1, len(self.training[name]) + 1)
        text, colour = pyplot().rcParams["text.color"], shades(1)[0][0]
        grey = {"color": text, "alpha": 0.5}
        shown = {"training": axes.plot(epochs, self.training[name], ".--", **grey)}
        if name in self.validation:
            shown["validation"] = axes.plot(epochs, self.validation[name], ".-", color=colour)
        if self.best_epoch is not None:
            best = axes.axvline(self.best_epoch, color=text, linestyle=":")
            shown[f"weights of epoch {self.best_epoch}"] = [best]
        axes.set_xlabel("epoch")
        axes.set_ylabel(wrap(name, 24, ""), **PLAIN)
        axes.xaxis.get_major_locator().set_params(integer=True, nbins=6)
        entries = {label: lines[0] for label, lines in shown.items()}  # one for all classes
        for label, line in entries.items():
            line.set_label(label)
        return entries


def _is_drawable(value: Any) -> bool:
    array = np.asarray(value)
    return array.ndim < 2 and array.dtype.kind in "biuf"
