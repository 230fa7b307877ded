"""What a search tried, as a table."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from skembed.errors import NotRecordedError
from skembed.inspection.costs import COSTS

__all__ = ["search_table"]

_WIDTH = 60  # characters of a value


def search_table(search: Any) -> pd.DataFrame:
    """Return what a search tried: a row for each candidate, the best first.

    Parameters
    ----------
    search : fitted GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV or the like
        What has ``cv_results_``.

    Returns
    -------
    DataFrame of shape (n_candidates, n_columns)
        Indexed by ``candidate``, the place in ``cv_results_``. Its columns are

        - the parameters that vary, under the last part of their name where that is
          enough; empty where a candidate does not have one. Estimators, functions and
          other objects are short texts, numbers stay numbers;
        - ``iter`` and ``n_resources`` of a halving search, whose last round comes first;
        - ``mean_test_score`` and ``std_test_score`` over the folds; of several scores, the
          one that ``refit`` names;
        - ``mean_fit_time`` of a fold and ``total_fit_time`` of all folds: seconds that
          whole pipelines took to fit. They include what is done once in a process and
          later fits find done: the first read of a vector file, cleaning, splitting, a
          training of word2vec, steps that ``memory`` keeps, and the tracing of the first
          network of its form. The first candidate pays;
        - if the search recorded them (:func:`with_costs`): ``training_time``, seconds that
          the network alone trained, tracing included, ``n_parameters``,
          ``n_trainable_parameters`` and ``megabytes``. They are medians over the folds.

    Raises
    ------
    NotFittedError
        If there is no ``cv_results_``.
    NotRecordedError
        If there are several scores, and ``refit`` does not say which one counts.

    See Also
    --------
    SearchDisplay : The same as a picture.

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
            "call its fit first."
        )
    score = _name_of_the_score(search)
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
    columns = _varied(results["params"], taken={*columns}) | columns
    table = pd.DataFrame(columns).rename_axis(index="candidate")
    rank = pd.Series(results[f"rank_test_{score}"])
    last_round_first = -table.get("iter", pd.Series(0, table.index))
    return table.iloc[np.lexsort((rank, last_round_first))]


def _name_of_the_score(search: Any) -> str:
    if "mean_test_score" in search.cv_results_:
        return "score"
    if isinstance(search.refit, str):
        return search.refit
    raise NotRecordedError(
        "The search recorded several scores, and refit does not name the one that counts: "
        f"expected the name of a score, as in refit='accuracy', got refit={search.refit!r}."
    )


def _varied(candidates: list[dict[str, Any]], taken: set[str]) -> dict[str, list[Any]]:
    """Return the values of the parameters in which candidates differ, under short names."""
    names = sorted({name for candidate in candidates for name in candidate})
    values = {name: [candidate.get(name, "") for candidate in candidates] for name in names}
    varied = [name for name in names if len({*map(repr, values[name])}) > 1]
    short = [name.split("__")[-1] for name in varied]
    return {
        last if short.count(last) == 1 and last not in taken else name: [*map(_shown, values[name])]
        for name, last in zip(varied, short)
    }


def _shown(value: Any) -> Any:
    """Return a number or a text as it is, and anything else as a short text."""
    if value is None or isinstance(value, str | bool | int | float | np.generic):
        return value
    text = getattr(value, "__name__", None) or " ".join(repr(value).split())
    half = (_WIDTH - 3) // 2  # both ends tell: a class, and the file that it reads
    return text if len(text) <= _WIDTH else f"{text[:half]}...{text[-half:]}"
