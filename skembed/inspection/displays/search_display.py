"""Plot of score against cost for the candidates of a search."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from skembed.errors import NotRecordedError
from skembed.inspection.costs import COSTS
from skembed.inspection.displays.drawing import (
    PLAIN,
    inches,
    legend_outside,
    new_axes,
    pyplot,
    shades,
    short_numbers,
    wrap,
)
from skembed.inspection.displays.label_placement import place_labels
from skembed.inspection.displays.score_name import score_name
from skembed.inspection.table import search_table, short, shown_parameters

__all__ = ["SearchDisplay"]

_AXIS_LABELS = {
    "mean_fit_time": "mean fit time per fold (s)",
    "total_fit_time": "total fit time of all folds (s)",
    "training_time": "training time of the network (s)",
    "n_parameters": "parameters of the network",
    "n_trainable_parameters": "trainable parameters of the network",
    "megabytes": "size of the fitted pipeline (MB)",
}
_MAX_NAMED = 12  # in the legend
_SIZE = 6  # of the marks, in points


class SearchDisplay:
    """Plot of mean test score against cost for the candidates of a search.

    The Pareto front is drawn as a step line. It connects the candidates for which no other
    candidate is both cheaper and better; they are numbered by increasing cost and named in
    the legend, at most twelve of them. Create the display with :meth:`from_search`.

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
    score_label : str, default="mean test score"
        Label of the score axis.

    Attributes
    ----------
    front_ : ndarray of shape (n_on_front,), dtype int64
        Indices of the candidates on the Pareto front, by increasing cost. :meth:`plot` sets
        this and the following attributes.
    best_ : int
        Index of the best candidate (0).
    numbered_ : ndarray of shape (n_numbered,), dtype int64
        Indices of the candidates on the front that have a number and a name.
    ax_ : matplotlib.axes.Axes
        The axes of the plot.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    search_table : The same results as a table.
    ParameterEffectsDisplay : Plot the scores by the values of each parameter.

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
        score_label: str = "mean test score",
    ) -> None:
        self.costs = costs
        self.mean_scores = mean_scores
        self.std_scores = std_scores
        self.names = names
        self.cost_label = cost_label
        self.score_label = score_label

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
        return cls(
            costs=table[cost].to_numpy(float),
            mean_scores=table["mean_test_score"].to_numpy(),
            std_scores=table["std_test_score"].to_numpy(),
            names=[
                ", ".join(f"{name}={short(value)}" for name, value in row.items() if value != "")
                for row in shown_parameters(table).to_dict("records")
            ],
            cost_label=_AXIS_LABELS[cost],
            score_label=f"{score_name(search)} (mean of {search.n_splits_} folds)",
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
        text = pyplot().rcParams["text.color"]
        (of_front, _), (of_best, _) = shades(2)
        front, best = self._find_front(), 0
        spread = np.linspace(0, len(front) - 1, min(len(front), _MAX_NAMED)).round().astype(int)
        numbered = front[np.unique(spread)]
        names = [
            f"{i}\xa0\xa0{wrap(self.names[place])}" for i, place in enumerate(numbered, start=1)
        ]
        if len(numbered) < len(front):
            names.append(f"{len(front) - len(numbered)} more on the front have no number")
        if ax is None:
            n_lines = 4 + sum(1 + name.count("\n") for name in names)
            ax = new_axes(
                4.9 + inches([*names, "candidate, ± standard deviation"]),
                max(4, 0.5 + 0.21 * n_lines),
            )
        candidates = ax.errorbar(
            self.costs,
            self.mean_scores,
            self.std_scores,
            fmt="o",
            color=text,
            alpha=0.5,
            markerfacecolor="none",
            markersize=_SIZE,
            elinewidth=1,
            zorder=1,
        )
        steps = ax.plot(
            self.costs[front],
            self.mean_scores[front],
            "o-",
            color=of_front,
            markersize=_SIZE,
            drawstyle="steps-post",
        )
        star = ax.plot(
            self.costs[best], self.mean_scores[best], "*", color=of_best, markersize=2.3 * _SIZE
        )
        ax.set_xlabel(self.cost_label)
        ax.set_ylabel(self.score_label, **PLAIN)
        _set_ticks(ax, self.costs[np.isfinite(self.costs)])
        ax.margins(0.08)
        nothing = [ax.plot([], [], " ")[0] for _ in names]
        legend_outside(
            ax,
            [candidates, *steps, *star, *nothing],
            ["candidate, ± standard deviation", "Pareto front", "best score", *names],
        )
        place_labels(
            ax,
            np.column_stack([self.costs, self.mean_scores])[numbered],
            [*map(str, range(1, len(numbered) + 1))],
            radius=1.15 * _SIZE,
            others=np.column_stack([self.costs, self.mean_scores]),
            avoid=self._boxes(front),
            weight="bold",
        )
        self.front_, self.best_, self.numbered_ = front, best, numbered
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _boxes(self, front: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the boxes of error bars and steps, which are all vertical or horizontal."""
        costs, scores, std = self.costs, self.mean_scores, np.nan_to_num(self.std_scores)
        x, y = costs[front], scores[front]
        boxes = np.vstack(
            [
                np.column_stack([costs, scores - std, costs, scores + std]),
                np.column_stack([x[:-1], y[:-1], x[1:], y[:-1]]),
                np.column_stack([x[1:], y[:-1], x[1:], y[1:]]),
            ]
        )
        finite: npt.NDArray[np.float64] = boxes[np.isfinite(boxes).all(axis=1)]
        return finite

    def _find_front(self) -> npt.NDArray[np.int64]:
        """Return the indices of the Pareto front, excluding failed candidates (NaN scores)."""
        cheapest_first = np.lexsort((-self.mean_scores, self.costs))
        scores = np.nan_to_num(self.mean_scores[cheapest_first], nan=-np.inf)
        best_before = np.maximum.accumulate(np.r_[-np.inf, scores[:-1]])
        return cheapest_first[scores > best_before]


def _set_ticks(ax: Any, costs: npt.NDArray[np.float64]) -> None:
    """Make the cost axis logarithmic if the costs differ tenfold, with few and short numbers."""
    from matplotlib.ticker import LogLocator

    low, high = costs.min(initial=np.inf), costs.max(initial=0)
    short_numbers(ax.xaxis, high)
    if low > 0 and high > 10 * low:
        numbers = ax.xaxis.get_major_formatter()
        ax.set_xscale("log", subs=[])
        ax.xaxis.set_major_formatter(numbers)
        subs = [1, 2, 5] if high < 100 * low else [1, 3] if high < 1000 * low else [1]
        ax.xaxis.set_major_locator(LogLocator(subs=subs))
