"""Plot of score against cost for the candidates of a search."""

import textwrap
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from skembed.errors import NotRecordedError
from skembed.inspection.costs import COSTS
from skembed.inspection.drawing import pyplot
from skembed.inspection.table import search_table

__all__ = ["SearchDisplay"]

_AXIS_LABELS = {
    "mean_fit_time": "mean fit time per fold (s)",
    "total_fit_time": "total fit time of all folds (s)",
    "training_time": "training time of the network (s)",
    "n_parameters": "parameters of the network",
    "n_trainable_parameters": "trainable parameters of the network",
    "megabytes": "size of the fitted pipeline (MB)",
}
_MAX_LINE_CHARACTERS = 34  # in the legend


class SearchDisplay:
    """Plot of mean test score against cost for the candidates of a search.

    The Pareto front is drawn as a step line. It connects the candidates for which no other
    candidate is both cheaper and better; they are numbered by increasing cost and named in
    the legend. Create the display with :meth:`from_search`.

    Parameters
    ----------
    costs : ndarray of shape (n_candidates,)
        Cost of each candidate, in the unit given by `cost_label`.
    mean_scores, std_scores : ndarray of shape (n_candidates,)
        Mean and standard deviation of the test score over the folds. The best candidate is
        the first one.
    names : list of str of length n_candidates
        Name of each candidate, made of the parameters that vary.
    cost_label : str
        Label of the cost axis.

    Attributes
    ----------
    front_ : ndarray of shape (n_on_front,), dtype int64
        Indices of the candidates on the Pareto front, by increasing cost. :meth:`plot` sets
        this and the following attributes.
    best_ : int
        Index of the best candidate (0).
    ax_ : matplotlib.axes.Axes
        The axes of the plot.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    search_table : The same results as a table.

    Examples
    --------
    >>> import numpy as np
    >>> from skembed.inspection import SearchDisplay
    >>> display = SearchDisplay(
    ...     costs=np.array([9.0, 2.0, 5.0]), mean_scores=np.array([0.9, 0.8, 0.7]),
    ...     std_scores=np.array([0.01, 0.02, 0.01]), names=["cnn", "average", "gru"],
    ...     cost_label="fit time (s)",
    ... )
    >>> display.plot().front_
    array([1, 0])
    """

    def __init__(
        self,
        *,
        costs: npt.NDArray[np.float64],
        mean_scores: npt.NDArray[np.float64],
        std_scores: npt.NDArray[np.float64],
        names: list[str],
        cost_label: str,
    ) -> None:
        self.costs = costs
        self.mean_scores = mean_scores
        self.std_scores = std_scores
        self.names = names
        self.cost_label = cost_label

    @classmethod
    def from_search(cls, search: Any, *, cost: str = "mean_fit_time", ax: Any = None) -> Self:
        """Create the display from a fitted search and plot it.

        Parameters
        ----------
        search : fitted GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV or similar
            A search with ``cv_results_``. Each round of a halving search has its own points.
        cost : str, default="mean_fit_time"
            The column of :func:`search_table` to plot the score against:
            ``"mean_fit_time"``, ``"total_fit_time"`` or a cost recorded by
            :func:`make_cost_scorer`: ``"training_time"``, ``"n_parameters"``,
            ``"n_trainable_parameters"`` or ``"megabytes"``.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        SearchDisplay
            The display.

        Raises
        ------
        NotFittedError
            If the search has no ``cv_results_``.
        NotRecordedError
            If the cost was not recorded, or `refit` does not select one of several scores.
        NotInstalledError
            If Matplotlib is not installed.
        """
        table = search_table(search)
        known = [name for name in _AXIS_LABELS if name in table]
        if cost not in known:
            hint = (
                ' Search with scoring=make_cost_scorer("accuracy") to record it.'
                if cost in COSTS
                else ""
            )
            raise NotRecordedError(
                f"Expected a cost that the search recorded, one of {known}; got {cost!r}.{hint}"
            )
        scores_from = table.columns.get_loc("mean_test_score")
        parameters = table.columns[:scores_from].drop("iter", errors="ignore")
        return cls(
            costs=table[cost].to_numpy(float),
            mean_scores=table["mean_test_score"].to_numpy(),
            std_scores=table["std_test_score"].to_numpy(),
            names=[
                ", ".join(f"{name}={value}" for name, value in row.items() if value != "")
                for row in table[parameters].to_dict("records")
            ],
            cost_label=_AXIS_LABELS[cost],
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the scores against the costs.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on. If None, a new figure is created. The legend is placed to the
            right of the axes.

        Returns
        -------
        SearchDisplay
            This instance.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        """
        plt = pyplot()
        if ax is None:
            _, ax = plt.subplots(figsize=(8, 4), layout="constrained")
        front, best = self._find_front(), 0
        candidates = ax.errorbar(
            self.costs,
            self.mean_scores,
            self.std_scores,
            fmt="o",
            color="0.6",
            markerfacecolor="white",
            elinewidth=1,
            label="candidate, ± standard deviation",
            zorder=1,
        )
        steps = ax.plot(
            self.costs[front],
            self.mean_scores[front],
            "o-k",
            drawstyle="steps-post",
            label="Pareto front",
        )
        star = ax.plot(
            self.costs[best], self.mean_scores[best], "*k", markersize=14, label="best score"
        )
        names = []
        for number, place in enumerate(front, start=1):
            point = self.costs[place], self.mean_scores[place]
            ax.annotate(str(number), point, (7, -12), textcoords="offset points", weight="bold")
            name = textwrap.fill(self.names[place], _MAX_LINE_CHARACTERS, subsequent_indent="    ")
            names += ax.plot([], [], " ", label=f"{number}  {name}")
        ax.set(xlabel=self.cost_label, ylabel="mean test score")
        if self.costs.min() > 0 and self.costs.max() > 10 * self.costs.min():
            ax.set_xscale("log", subs=[])
            ax.xaxis.get_major_locator().set_params(subs=[1, 2, 5])
        ax.xaxis.set_major_formatter("{x:,g}")
        ax.legend(
            handles=[candidates, *steps, *star, *names],
            loc="upper left",
            bbox_to_anchor=(1.02, 1),
            borderaxespad=0,
            frameon=False,
        )
        self.front_, self.best_, self.ax_, self.figure_ = front, best, ax, ax.figure
        return self

    def _find_front(self) -> npt.NDArray[np.int64]:
        """Return the indices of the Pareto front, excluding failed candidates (NaN scores)."""
        cheapest_first = np.lexsort((-self.mean_scores, self.costs))
        scores = np.nan_to_num(self.mean_scores[cheapest_first], nan=-np.inf)
        best_before = np.maximum.accumulate(np.r_[-np.inf, scores[:-1]])
        return cheapest_first[scores > best_before]
