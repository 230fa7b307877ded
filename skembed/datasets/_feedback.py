"""A small data set of comments on students' work, written for this package."""

from importlib.resources import files
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.utils import Bunch
from sklearn.utils._param_validation import StrOptions, validate_params

__all__ = ["load_feedback"]


@validate_params(
    {
        "target": [StrOptions({"sentiment", "topic"})],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_feedback(
    *,
    target: Literal["sentiment", "topic"] = "sentiment",
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Any:
    """Load 720 short comments on students' work.

    The comments were written for this package. Each has one or two sentences, in the style
    of a teacher, tutor or fellow student; about a third contain typing errors. There are
    two targets: the sentiment (negative, positive) and the main topic of the comment
    (argument, effort, language, structure). Each combination has 90 comments.

    Parameters
    ----------
    target : {"sentiment", "topic"}, default="sentiment"
        The target to return.
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Return pandas objects instead of arrays.

    Returns
    -------
    data : Bunch
        With ``data``, the comments, shape (720,); ``target``, the labels, shape (720,);
        ``target_names``, the sorted classes; ``sentiment`` and ``topic``, both targets,
        shape (720,); ``frame``, a DataFrame with the columns ``text``, ``sentiment`` and
        ``topic`` (None unless `as_frame` is True); and ``DESCR``, the description. Arrays
        contain ``str`` (dtype object).
    (data, target) : tuple
        If `return_X_y` is True.

    Examples
    --------
    >>> from skembed.datasets import load_feedback
    >>> feedback = load_feedback()
    >>> feedback.data.shape, feedback.target_names
    ((720,), ['negative', 'positive'])
    """
    folder = files("skembed.datasets") / "data"
    with (folder / "feedback.csv").open(encoding="utf-8") as file:
        frame = pd.read_csv(file, dtype=object)
    columns = {
        name: frame[name] if as_frame else np.asarray(frame[name].tolist(), dtype=object)
        for name in ("text", "sentiment", "topic")
    }
    if return_X_y:
        return columns["text"], columns[target]
    return Bunch(
        data=columns["text"],
        target=columns[target],
        target_names=sorted(set(frame[target])),
        sentiment=columns["sentiment"],
        topic=columns["topic"],
        frame=frame if as_frame else None,
        DESCR=(folder / "feedback.md").read_text(encoding="utf-8"),
    )
