"""What a search evaluates: candidate, fold, parameters and, at the end, the score."""

import math
import reprlib
import sys
from collections.abc import Mapping
from typing import Any

from sklearn.base import BaseEstimator

__all__ = ["facts_of"]

_EVALUATION = "candidate-split-evaluation"
_ROUNDS = "search", "halving-iteration"  # the former has several of the latter, or folds
_MAX_CHARACTERS = 60


def facts_of(estimator: Any, context: Any) -> dict[str, Any]:
    """Return what is known of a task of a search, as plain values.

    Parameters
    ----------
    estimator : estimator
        The estimator of the task, such as the search.
    context : sklearn.callback.CallbackContext
        The task.

    Returns
    -------
    dict
        Empty for tasks that are not those of a search. ``n_folds`` for its rounds; for the
        evaluation of a candidate in a fold also ``candidate`` and ``fold`` (from 0),
        ``n_candidates``, ``parameters`` (str), and ``score`` once there is one: a float, NaN if
        the fit failed.
    """
    n_folds = getattr(estimator, "n_splits_", None)
    if context.task_name != _EVALUATION or not n_folds:
        evaluates = context.task_name in _ROUNDS and not context.sequential_subtasks
        return {"n_folds": n_folds} if evaluates else {}
    candidate, fold = divmod(context.task_id, n_folds)
    known = _known_to_the_search()
    facts = {
        "n_folds": n_folds,
        "candidate": candidate,
        "fold": fold,
        "n_candidates": context.parent.max_subtasks // n_folds,
        "parameters": describe(known.get("parameters") or {}, varied_parameters(estimator)),
    }
    if "test_scores" in known:
        facts["score"] = _selected_score(known["test_scores"], estimator.refit)
        if known.get("result", {}).get("fit_error"):
            facts["score"] = math.nan
    return facts


def _known_to_the_search() -> dict[str, Any]:
    """Return the variables of scikit-learn's function that fits and scores a candidate.

    It calls the callbacks, and tells them neither parameters nor scores. Without that function,
    in another version, neither is shown.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_name == "_fit_and_score":
            return dict(frame.f_locals)
    return {}


def _selected_score(scores: Any, refit: Any) -> float:
    if isinstance(scores, Mapping):
        scores = scores[refit] if refit in scores else next(iter(scores.values()))
    return float(scores)


def varied_parameters(search: Any) -> dict[str, str]:
    """Return short names of the parameters that differ between candidates, by full name.

    Parameters
    ----------
    search : estimator
        A search with ``param_grid`` or ``param_distributions``; others have none.
    """
    spaces = getattr(search, "param_grid", None) or getattr(search, "param_distributions", {})
    spaces = [spaces] if isinstance(spaces, Mapping) else [*spaces]
    names = sorted({name for space in spaces for name in space})
    varied = [name for name in names if _varies(name, spaces)]
    last = [name.split("__")[-1] for name in varied]
    return {name: short if last.count(short) == 1 else name for name, short in zip(varied, last)}


def _varies(name: str, spaces: list[Mapping[str, Any]]) -> bool:
    if any(name not in space for space in spaces):
        return True
    values = [space[name] for space in spaces]
    if any(hasattr(value, "rvs") or len(value) > 1 for value in values):
        return True
    return len({_short(value[0]) for value in values}) > 1


def describe(parameters: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the parameters of a candidate as text, in one line."""
    shown = {short: parameters[name] for name, short in names.items() if name in parameters}
    return ", ".join(f"{name}={_short(value)}" for name, value in shown.items())


def _short(value: Any) -> str:
    """Return a value as printable text of limited length, with both ends of a long one."""
    if isinstance(value, float):
        text = f"{value:.4g}"
    elif isinstance(value, type) or (callable(value) and hasattr(value, "__name__")):
        text = value.__name__
    elif isinstance(value, str | bytes):
        text = repr(value)[1:-1] if isinstance(value, str) else reprlib.repr(value)
    else:
        text = repr(value) if isinstance(value, BaseEstimator) else reprlib.repr(value)
    text = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    half = (_MAX_CHARACTERS - 1) // 2
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:half]}…{text[-half:]}"
