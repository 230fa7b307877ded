"""How a training went, epoch by epoch."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from skembed.errors import NotRecordedError
from skembed.inspection.drawing import pyplot
from skembed.inspection.final_step import final_step

__all__ = ["TrainingCurvesDisplay"]


class TrainingCurvesDisplay:
    """Loss and score of each epoch, on the documents trained on and those validated on.

    Each quantity has axes of its own. Where early stopping chose an epoch, a line marks it:
    its weights are those of the classifier. Make it with :meth:`from_estimator`.

    Parameters
    ----------
    training : dict of str to ndarray of shape (n_epochs,)
        Quantities by their name, such as ``loss`` and ``accuracy``.
    validation : dict of str to ndarray of shape (n_epochs,)
        The same on documents set aside; empty if there were none.
    best_epoch : int, default=None
        The epoch, counted from 1, whose weights were taken; None if it is the last.

    Attributes
    ----------
    ax_ : ndarray of shape (n_quantities,) of matplotlib.axes.Axes
        What it is drawn on; set by :meth:`plot`, as is `figure_`.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.

    See Also
    --------
    SearchDisplay : What a search tried.

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
        """Draw the training of a fitted classifier.

        What was not recorded in every epoch, such as a validation that a later ``fit`` of a
        warm start was given, is left out; so is the epoch that a warm start took its weights
        from, for the history does not tell where each ``fit`` began.

        Parameters
        ----------
        estimator : KerasTextClassifier, or Pipeline that ends in one
            The fitted classifier.
        ax : array-like of matplotlib.axes.Axes, default=None
            Where to draw, one for each quantity; None: a new figure.

        Returns
        -------
        TrainingCurvesDisplay
            The picture.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        NotRecordedError
            If the estimator keeps no ``history_``.
        NotInstalledError
            If Matplotlib is not installed.
        """
        classifier = final_step(estimator)
        check_is_fitted(classifier)
        if not hasattr(classifier, "history_"):
            raise NotRecordedError(
                "Expected a KerasTextClassifier, or a pipeline that ends in one; got "
                f"{type(classifier).__name__}, which keeps no history_ of its training."
            )
        curves = {
            name: np.array(values)
            for name, values in classifier.history_.items()
            if len(values) == classifier.n_epochs_
        }
        chose = classifier.early_stopping and not classifier.warm_start and classifier.n_epochs_
        return cls(
            training={n: curve for n, curve in curves.items() if not n.startswith("val_")},
            validation={
                n.removeprefix("val_"): curve for n, curve in curves.items() if n.startswith("val_")
            },
            best_epoch=int(curves["val_loss"].argmin()) + 1 if chose else None,
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : array-like of matplotlib.axes.Axes, default=None
            Where to draw, one for each quantity; None: a new figure.

        Returns
        -------
        TrainingCurvesDisplay
            This instance.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        ValueError
            If there are not as many axes as quantities.
        """
        plt = pyplot()
        names = sorted(self.training, key=lambda name: name != "loss")
        if ax is None:
            size = (4 * len(names), 3)
            _, ax = plt.subplots(1, len(names), figsize=size, layout="constrained")
        self.ax_ = np.atleast_1d(ax)
        if len(self.ax_) != len(names):
            raise ValueError(f"Expected axes for each of {names}, got {len(self.ax_)}.")
        self.figure_ = self.ax_[0].figure
        for axes, name in zip(self.ax_, names):
            self._draw(axes, name)
        return self

    def _draw(self, axes: Any, name: str) -> None:
        epochs = np.arange(1, len(self.training[name]) + 1)
        axes.plot(epochs, self.training[name], ".--", color="0.5", label="training")
        if name in self.validation:
            axes.plot(epochs, self.validation[name], ".-", color="black", label="validation")
        if self.best_epoch is not None:
            label = f"weights of epoch {self.best_epoch}"
            axes.axvline(self.best_epoch, color="black", linestyle=":", label=label)
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
