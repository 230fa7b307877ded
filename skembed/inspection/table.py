"""Results of a search as a table."""

import re
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from skembed.errors import NotRecordedError
from skembed.inspection.costs import COSTS

__all__ = ["search_table", "short", "short_value", "shown_parameters"]

_MAX_VALUE_CHARACTERS = 60


def search_table(search: Any) -> pd.DataFrame:
    """Return the results of a search as a table, one row per candidate, best first.

    Parameters
    ----------
    search : fitted GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV or similar
        A search with ``cv_results_``.

    Returns
    -------
    DataFrame of shape (n_candidates, n_columns)
        Indexed by ``candidate``, the index in ``cv_results_``. The columns are

        - the parameters that vary, named by the last part of their name if that is
          unambiguous; empty where a candidate does not set the parameter. Estimators,
          functions and other objects are shown as short strings; numbers remain numbers;
        - ``iter`` and ``n_resources`` of a halving search, with the last round listed first;
        - ``mean_test_score`` and ``std_test_score`` over the folds; with several scores, of
          the one that ``refit`` names;
        - ``mean_fit_time`` per fold and ``total_fit_time`` of all folds: seconds to fit the
          whole pipeline. The first candidate also pays for work that later fits reuse from a
          cache: reading a vector file, cleaning, splitting, training word2vec, steps cached
          by ``memory``, and tracing the first network of each structure;
        - if recorded with :func:`make_cost_scorer`, medians over the folds of
          ``training_time`` (seconds to train the network alone, including tracing),
          ``n_parameters``, ``n_trainable_parameters`` and ``megabytes``.

    Raises
    ------
    NotFittedError
        If the search has no ``cv_results_``.
    NotRecordedError
        If there are several scores and ``refit`` does not name one of them.

    See Also
    --------
    SearchDisplay : The same results as a plot.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from skembed.datasets import load_feedback
    >>> from skembed.inspection import search_table
    >>> texts, sentiment = load_feedback(return_X_y=True)
    >>> search = GridSearchCV(
    ...     make_pipeline(TfidfVectorizer(), LogisticRegression()),
    ...     {"tfidfvectorizer__min_df": [1, 20], "logisticregression__C": [1.0]},
    ... ).fit(texts, sentiment)
    >>> table = search_table(search)
    >>> [*table.columns]
    ['min_df', 'mean_test_score', 'std_test_score', 'mean_fit_time', 'total_fit_time']
    >>> table["min_df"].tolist()
    [1, 20]
    """
    results = getattr(search, "cv_results_", None)
    if results is None:
        raise NotFittedError(
            f"Expected a fitted search, got {type(search).__name__} without cv_results_: "
            "call fit first."
        )
    score = _score_name(search)
    columns = {name: results[name] for name in ("iter", "n_resources") if name in results}
    columns |= {
        "mean_test_score": results[f"mean_test_{score}"],
        "std_test_score": results[f"std_test_{score}"],
        "mean_fit_time": results["mean_fit_time"],
        "total_fit_time": results["mean_fit_time"] * search.n_splits_,
    }
    for cost in COSTS:
        if f"mean_test_{cost}" in results:
            folds = [results[f"split{i}_test_{cost}"] for i in range(search.n_splits_)]
            columns[cost] = np.median(folds, axis=0)
    columns = _varying_parameters(results["params"], taken={*columns}) | columns
    table = pd.DataFrame(columns).rename_axis(index="candidate")
    rank = pd.Series(results[f"rank_test_{score}"])
    last_round_first = -table.get("iter", pd.Series(0, table.index))
    return table.iloc[np.lexsort((rank, last_round_first))]


def short(value: Any) -> str:
    """Return a value of a parameter as text, with at most four digits of a float."""
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)


def shown_parameters(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a `search_table` that are parameters, and the resources of rounds."""
    n_columns = [*table.columns].index("mean_test_score")
    return table.iloc[:, :n_columns].drop(columns="iter", errors="ignore")


def _score_name(search: Any) -> str:
    if "mean_test_score" in search.cv_results_:
        return "score"
    if isinstance(search.refit, str):
        return search.refit
    raise NotRecordedError(
        "The search recorded several scores, but refit does not select one: expected the name "
        f"of a score, as in refit='accuracy', got refit={search.refit!r}."
    )


def _varying_parameters(candidates: list[dict[str, Any]], taken: set[str]) -> dict[str, list[Any]]:
    """Return the values of the parameters that differ between candidates, with short names."""
    names = sorted({name for candidate in candidates for name in candidate})
    values = {name: [candidate.get(name, "") for candidate in candidates] for name in names}
    varied = [name for name in names if len({*map(repr, values[name])}) > 1]
    short = [name.split("__")[-1] for name in varied]
    return {
        last if short.count(last) == 1 and last not in taken else name: [
            *map(short_value, values[name])
        ]
        for name, last in zip(varied, short)
    }


def short_value(value: Any) -> Any:
    """Return numbers, strings and None unchanged, and any other value as a short string."""
    if value is None or isinstance(value, str | bool | int | float | np.generic):
        return value
    text = getattr(value, "__name__", None) or " ".join(repr(value).split())
    text = re.sub(r"\w*Path\(('[^']*')\)", r"\1", text)
    text = re.sub(r"'[^']*[/\\]([^'/\\]+)'", r"'…/\1'", text)  # of a path, the file matters
    # Keep both ends, such as a class and the file that it reads.
    half = (_MAX_VALUE_CHARACTERS - 1) // 2
    return text if len(text) <= _MAX_VALUE_CHARACTERS else f"{text[:half]}…{text[-half:]}"
