"""The words and n-grams that speak most for each class in a set of documents."""

from math import ceil
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, validate_params

from skembed.errors import ExplanationError
from skembed.inspection.displays.drawing import pyplot
from skembed.inspection.explanations.contribution_bars import draw_bars
from skembed.inspection.explanations.explanation import Explanations
from skembed.inspection.explanations.predictions import explain

__all__ = ["TellingWordsDisplay", "telling_words"]

_POSITIVE = Interval(Integral, 1, None, closed="left")


@validate_params(
    {
        "n_words": [_POSITIVE],
        "min_documents": [_POSITIVE, Interval(Real, 0, 1, closed="neither")],
    },
    prefer_skip_nested_validation=True,
)
def telling_words(
    pipeline: Any, texts: Any, *, n_words: int = 20, min_documents: float = 0.01
) -> pd.DataFrame:
    """Return the words and n-grams that speak most for each class in a set of documents.

    These are the ones with the largest mean of the contributions that :func:`explain` finds,
    among those that occur in enough documents.

    Parameters
    ----------
    pipeline : Pipeline, search with ``best_estimator_``, or Explanations
        A fitted pipeline from text to classes; or explanations of the texts, with the same
        classes for all of them.
    texts : list, tuple, ndarray or Series of str, or of lists of str; or None
        The documents; None if explanations are given.
    n_words : int, default=20
        The number of words and n-grams per class.
    min_documents : int or float in (0, 1), default=0.01
        Those that occur in fewer documents are left out. A float is a share of the documents.

    Returns
    -------
    DataFrame
        One row per class and word, the words of a class by falling contribution, with the
        columns

        - ``class``: the label that the word speaks for;
        - ``token``: the word or n-gram;
        - ``contribution``: the mean contribution of an occurrence to the score of the class;
        - ``total``: the sum of the contributions of all occurrences;
        - ``occurrences``, ``documents``: how often, and in how many documents, it occurs.

    Raises
    ------
    SkembedError
        As :func:`explain`.

    See Also
    --------
    TellingWordsDisplay : Draw this table.

    Examples
    --------
    >>> from skembed import make_text_classifier
    >>> from skembed.inspection import telling_words
    >>> texts = ["good work", "very good", "poor work", "very poor"]
    >>> model = make_text_classifier(random_state=0).fit(texts, ["yes", "yes", "no", "no"])
    >>> telling_words(model, texts, n_words=1).round(1)
      class token  contribution  total  occurrences  documents
    0    no  poor           1.2    2.3            2          2
    1   yes  good           1.2    2.3            2          2
    """
    explanations = (
        pipeline if isinstance(pipeline, Explanations) else explain(pipeline, texts, classes="all")
    )
    labels, opposites = _common_classes(explanations)
    long = pd.DataFrame(
        {
            "document": np.repeat(range(len(explanations)), [len(e.tokens) for e in explanations]),
            "token": np.concatenate([e.tokens for e in explanations]),
        }
    )
    values = np.concatenate([explanation.contributions for explanation in explanations])
    by_token = long.groupby("token", sort=True)["document"]
    counts = by_token.agg(occurrences="size", documents="nunique")
    sums = pd.DataFrame(values).groupby(long["token"].to_numpy()).sum()
    columns = [(label, sums[k]) for k, label in enumerate(labels)]
    if len(labels) == 1:  # the score of one class, of which the other one is the negative
        columns = [(opposites[0], -sums[0]), *columns]
    fewest = min_documents
    if not isinstance(fewest, Integral):
        fewest = ceil(fewest * len(explanations))
    tables = []
    for label, total in columns:
        table = counts.assign(contribution=total / counts["occurrences"], total=total)
        table = table[(table["contribution"] > 0) & (table["documents"] >= fewest)]
        table = table.sort_values("contribution", ascending=False, kind="stable").head(n_words)
        tables.append(table.reset_index(names="token").assign(**{"class": label}))
    order = ["class", "token", "contribution", "total", "occurrences", "documents"]
    return pd.DataFrame(pd.concat(tables, ignore_index=True), columns=order)


def _common_classes(explanations: Explanations) -> tuple[list[Any], tuple[Any, ...]]:
    found = {tuple(explanation.classes.tolist()) for explanation in explanations}
    if len(found) != 1:
        raise ExplanationError(
            "telling_words needs explanations of the same classes for all documents: call "
            "explain(..., classes='all')."
        )
    return [*explanations[0].classes], explanations[0].opposites


class TellingWordsDisplay:
    """Bars of the words and n-grams that speak most for each class.

    Create the display with :meth:`from_estimator`.

    Parameters
    ----------
    table : DataFrame
        A table that :func:`telling_words` returned.

    Attributes
    ----------
    ax_ : ndarray of matplotlib.axes.Axes
        The axes of the plot, one per class. :meth:`plot` sets this and the next attribute.
    figure_ : matplotlib.figure.Figure
        The figure.

    See Also
    --------
    telling_words : The same as a table.

    Examples
    --------
    >>> from skembed import make_text_classifier
    >>> from skembed.inspection import TellingWordsDisplay
    >>> texts = ["good work", "very good", "poor work", "very poor"]
    >>> model = make_text_classifier(random_state=0).fit(texts, ["yes", "yes", "no", "no"])
    >>> display = TellingWordsDisplay.from_estimator(model, texts, n_words=3)
    >>> [axes.get_title() for axes in display.ax_]
    ['no', 'yes']
    """

    def __init__(self, *, table: pd.DataFrame) -> None:
        self.table = table

    @classmethod
    def from_estimator(
        cls,
        pipeline: Any,
        texts: Any,
        *,
        n_words: int = 10,
        min_documents: float = 0.01,
        ax: Any = None,
    ) -> Self:
        """Find the words and plot them.

        Parameters
        ----------
        pipeline : Pipeline, search with ``best_estimator_``, or Explanations
            As for :func:`telling_words`.
        texts : list, tuple, ndarray or Series of str, or of lists of str; or None
            The documents.
        n_words : int, default=10
            The number of words and n-grams per class.
        min_documents : int or float in (0, 1), default=0.01
            As for :func:`telling_words`.
        ax : array-like of matplotlib.axes.Axes, default=None
            Axes to draw on, one per class. If None, a new figure is created.

        Returns
        -------
        TellingWordsDisplay
            The display.

        Raises
        ------
        SkembedError
            As :func:`telling_words`, and if Matplotlib is not installed.
        """
        table = telling_words(pipeline, texts, n_words=n_words, min_documents=min_documents)
        return cls(table=table).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the words.

        Parameters
        ----------
        ax : array-like of matplotlib.axes.Axes, default=None
            Axes to draw on, one per class. If None, a new figure is created.

        Returns
        -------
        TellingWordsDisplay
            This instance.

        Raises
        ------
        NotInstalledError
            If Matplotlib is not installed.
        ValueError
            If the number of axes differs from the number of classes.
        """
        groups = [*self.table.groupby("class", sort=False)]
        if ax is None:
            ax = _new_axes(len(groups), int(self.table["class"].value_counts().max()))
        self.ax_ = np.ravel(ax)
        if len(self.ax_) != len(groups):
            raise ValueError(f"Expected {len(groups)} axes, one per class, got {len(self.ax_)}.")
        for axes, (label, words) in zip(self.ax_, groups):
            counts = zip(words["token"], words["documents"])
            names = [f"{token} ({documents})" for token, documents in counts]
            draw_bars(axes, names, words["contribution"].to_numpy())
            axes.set_title(str(label), fontsize="medium")
        self.figure_ = self.ax_[0].figure
        self.figure_.supxlabel(
            "mean contribution to the score of the class, natural logarithm (number of documents)",
            fontsize="medium",
        )
        return self


def _new_axes(n_classes: int, n_words: int) -> Any:
    n_columns = min(n_classes, 3)
    n_rows = -(-n_classes // n_columns)
    size = 3.6 * n_columns, 0.7 + n_rows * (0.6 + 0.24 * n_words)
    _, axes = pyplot().subplots(
        n_rows, n_columns, figsize=size, layout="constrained", squeeze=False
    )
    for unused in axes.flat[n_classes:]:
        unused.remove()
    return axes.flat[:n_classes]
