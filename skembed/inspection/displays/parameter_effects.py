"""Plot of the scores of a search by the values of each parameter."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from skembed.errors import NotRecordedError
from skembed.inspection.displays.drawing import (
    PLAIN,
    fonts_for,
    inches,
    legend_outside,
    new_axes,
    pyplot,
    shades,
    wrap,
)
from skembed.inspection.displays.score_name import score_name
from skembed.inspection.table import search_table, short, shown_parameters

__all__ = ["ParameterEffectsDisplay"]

_MAX_ROWS = 12  # a number with more values gets a continuous axis


class ParameterEffectsDisplay:
    """Plot of the scores of the candidates of a search by the values of each parameter.

    Each parameter has its own axes, with one row for each of its values. A row shows the score of
    every candidate with this value, and their mean. Numbers ascend from top to bottom; other values
    are ordered by their mean, the best first. More than twelve numbers get a continuous axis
    without means. Create the display with :meth:`from_search`.

    Parameters
    ----------
    values : dict of str to list of length n_candidates
        The values of each parameter; an empty str where a candidate does not set it.
    mean_scores : ndarray of shape (n_candidates,)
        Mean test score of each candidate over the folds.
    score_label : str, default="mean test score"
        Label of the score axes.

    Attributes
    ----------
    effects_ : dict of str to Series
        For each parameter, the mean score of the candidates by value. :meth:`plot` sets this and
        the following attributes.
    ax_ : ndarray of shape (n_parameters,) of matplotlib.axes.Axes
        The axes of the plot.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.

    See Also
    --------
    SearchDisplay : Plot the scores against a cost.

    Notes
    -----
    A mean over candidates is a fair comparison if every value was tried with the same values of the
    other parameters, as in a grid. Of a halving search, the first round is drawn, since only
    this one has all candidates, with the same resources.

    Examples
    --------
    >>> import numpy as np
    >>> from skembed.inspection import ParameterEffectsDisplay
    >>> display = ParameterEffectsDisplay(
    ...     values={"C": [1, 1, 10, 10], "norm": ["l1", "l2", "l1", "l2"]},
    ...     mean_scores=np.array([0.8, 0.9, 0.7, 0.8]),
    ... ).plot()
    >>> display.effects_["norm"].round(2).to_dict()
    {'l2': 0.85, 'l1': 0.75}
    """

    def __init__(
        self,
        *,
        values: dict[str, list[Any]],
        mean_scores: npt.NDArray[np.float64],
        score_label: str = "mean test score",
    ) -> None:
        self.values = values
        self.mean_scores = mean_scores
        self.score_label = score_label

    @classmethod
    def from_search(cls, search: Any, *, ax: Any = None) -> Self:
        """Create the display from a fitted search and plot it.

        Parameters
        ----------
        search : fitted GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV or similar
            A search with ``cv_results_``.
        ax : array-like of matplotlib.axes.Axes, default=None
            Axes to draw on, one per parameter that varies. If None, a new figure is created.

        Returns
        -------
        ParameterEffectsDisplay
            The display.

        Raises
        ------
        NotFittedError
            If the search has no ``cv_results_``.
        NotRecordedError
            If `refit` does not select one of several scores, or no parameter varies.
        NotInstalledError
            If Matplotlib is not installed.
        """
        table = search_table(search)
        table = table[table.get("iter", pd.Series(0, table.index)) == 0]
        parameters = shown_parameters(table).drop(columns="n_resources", errors="ignore")
        if parameters.empty:
            raise NotRecordedError(
                f"Expected a search of several candidates, got {len(table)} with the same "
                "parameters: there is no effect to draw."
            )
        return cls(
            values={str(name): [*column] for name, column in parameters.items()},
            mean_scores=table["mean_test_score"].to_numpy(float),
            score_label=f"{score_name(search)} (mean of {search.n_splits_} folds)",
        ).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the scores.

        Parameters
        ----------
        ax : array-like of matplotlib.axes.Axes, default=None
            Axes to draw on, one per parameter. If None, a new figure is created. The legend is
            placed to the right of the first axes.

        Returns
        -------
        ParameterEffectsDisplay
            This instance.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        ValueError
            If the number of axes differs from the number of parameters.
        """
        pyplot()
        rows = {name: _rows(values, self.mean_scores) for name, values in self.values.items()}
        if ax is None:
            heights = [0.9 + 0.3 * min(len(effect), _MAX_ROWS) for effect in rows.values()]
            names = [_wrapped(value) for effect in rows.values() for value in effect.index]
            ax = new_axes(
                5.5 + inches(names),
                0.4 + sum(heights),
                nrows=len(rows),
                height_ratios=heights,
                sharex=True,
            )
        self.ax_ = np.atleast_1d(np.asarray(ax, object)).ravel()
        if len(self.ax_) != len(rows):
            raise ValueError(f"Expected axes for each of {[*rows]}, got {len(self.ax_)} axes.")
        self.effects_, self.figure_ = rows, self.ax_[0].figure
        for axes, name in zip(self.ax_, rows):
            candidates, means = self._draw(axes, name)
        legend_outside(self.ax_[0], [candidates, means], ["candidate", "mean of candidates"])
        self.ax_[-1].set_xlabel(self.score_label, **PLAIN)
        return self

    def _draw(self, ax: Any, name: str) -> tuple[Any, Any]:
        text = pyplot().rcParams["text.color"]
        effect, values = self.effects_[name], pd.Series(self.values[name], dtype=object)
        if len(effect) > _MAX_ROWS and _are_numbers(effect.index):
            places, at = values.to_numpy(float), effect.index.to_numpy(float)
            if at.min() > 0 and at.max() > 10 * at.min():
                ax.set_yscale("log")
            ax.yaxis.set_major_formatter("{x:,g}")
            ax.margins(y=0.1)
            ax.invert_yaxis()
            effect, at = effect.iloc[:0], at[:0]
        else:
            at = np.arange(len(effect))
            places = values.map(dict(zip(effect.index, at))).to_numpy(float)
            names = [*map(_wrapped, effect.index)]
            ax.set_yticks(at, names, family=fonts_for(names), **PLAIN)
            ax.set_ylim(len(effect) - 0.4, -0.6)
        (candidates,) = ax.plot(
            self.mean_scores, places, "o", color=text, alpha=0.5, markerfacecolor="none"
        )
        (means,) = ax.plot(effect.to_numpy(), at, "D", color=shades(1)[0][0])
        title = {"loc": "left", "fontsize": "medium", "family": fonts_for([name])}
        ax.set_title(wrap(name, 36, ""), **title, **PLAIN)
        ax.tick_params(axis="y", which="both", length=0)
        ax.spines[["top", "right"]].set_visible(False)
        ax.xaxis.get_major_locator().set_params(nbins=6)
        ax.grid(axis="x", alpha=0.3)
        return candidates, means


def _rows(values: list[Any], scores: npt.NDArray[np.float64]) -> Any:
    """Return the mean score of each value: numbers ascending, other values best first."""
    effect = pd.Series(scores).groupby(pd.Series(values, dtype=object), dropna=False).mean()
    is_set = effect.index != ""
    if _are_numbers(effect.index[is_set]):
        return pd.concat([effect[is_set].sort_index(), effect[~is_set]])
    return effect.sort_values(ascending=False, kind="stable")


def _wrapped(value: Any) -> str:
    return wrap(short(value) or "(not set)", 34, "")


def _are_numbers(values: Any) -> bool:
    return all(
        isinstance(value, int | float | np.number) and not isinstance(value, bool)
        for value in values
    )
