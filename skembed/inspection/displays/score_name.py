"""Name of the score that a search maximizes."""

from functools import partial
from typing import Any

from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names

from skembed.inspection.costs import CostScorer
from skembed.inspection.final_step import final_step
from skembed.targets import ScoreMixin

__all__ = ["score_name"]


def score_name(search: Any) -> str:
    """Return the name of the score of a search, as scikit-learn or the user wrote it.

    Parameters
    ----------
    search : fitted search
        With several scores, `refit` names one of them.

    Returns
    -------
    str
        For example ``"accuracy"``, ``"neg_log_loss"`` or the name of the function that scores.
    """
    scoring = getattr(search, "scoring", None)
    if isinstance(scoring, CostScorer):
        scoring = scoring.scorer
    elif "mean_test_score" not in search.cv_results_:
        return str(search.refit)  # the key of one of several scores
    if scoring is None:
        return _name_method(final_step(search.estimator))
    return scoring if isinstance(scoring, str) else _name_scorer(scoring)


def _name_method(estimator: Any) -> str:
    """Name what the method `score` of an estimator returns."""
    method = getattr(type(estimator), "score", None)
    if method in (ClassifierMixin.score, ScoreMixin.score):
        return "accuracy"
    return "R²" if method is RegressorMixin.score else f"score of {type(estimator).__name__}"


def _name_scorer(scorer: Any) -> str:
    if isinstance(scorer, partial):
        return _name_scorer(scorer.func)
    if not hasattr(scorer, "_score_func"):  # not made by make_scorer
        return str(getattr(scorer, "__name__", None) or type(scorer).__name__)
    for name in get_scorer_names():
        if repr(get_scorer(name)) == repr(scorer):
            return str(name)
    settings = ", ".join(f"{name}={value!r}" for name, value in scorer._kwargs.items())
    name = _name_scorer(scorer._score_func) + (f"({settings})" if settings else "")
    return f"neg_{name}" if scorer._sign < 0 else name
