"""What the processes that fit tell the process that shows it."""

from dataclasses import dataclass, field
from typing import Any, Self

__all__ = ["Begun", "Ended"]


@dataclass(frozen=True)
class _Message:
    """A task of a fit.

    Attributes
    ----------
    path : tuple of int
        Identifies the task: the numbers of the tasks that it is part of, and its own.
    name : str
        What scikit-learn calls it, such as ``"search"``, or the name of an epoch with its scores.
    estimator : str
        The class of the estimator that it belongs to.
    n_subtasks : int or None
        How many parts the task has; 0 for none, None if unknown.
    is_whole_fit : bool
        Whether it is the fit of an estimator that another one contains. Both may report it.
    facts : dict
        What `facts_of` knows.
    """

    path: tuple[int, ...]
    name: str
    estimator: str
    n_subtasks: int | None
    is_whole_fit: bool
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, path: tuple[int, ...], context: Any, facts: dict[str, Any]) -> Self:
        """Describe a task of scikit-learn's callback protocol."""
        is_whole_fit = context.source_estimator_name is not None
        name, estimator = context.task_name, context.estimator_name
        return cls(path, name, estimator, context.max_subtasks, is_whole_fit, facts)


class Begun(_Message):
    """A task has begun."""


class Ended(_Message):
    """A task has ended."""
