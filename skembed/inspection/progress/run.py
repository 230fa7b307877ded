"""What is known of a fit while it runs."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skembed.inspection.progress.messages import Begun, Ended

__all__ = ["Candidate", "Run", "Task"]

Path = tuple[int, ...]


@dataclass(eq=False)
class Task:
    """A part of the fit that has begun: the whole, a round, a fold of a candidate, a step."""

    begun: Begun
    estimator: str
    n_subtasks: int | None
    n_done: int = 0
    last: str = ""  # the name of the subtask that ended last, such as an epoch with its scores
    started: float = field(default_factory=time.monotonic)


@dataclass(eq=False)
class Candidate:
    """A candidate of a search, in one round if there are several."""

    number: int  # from 1
    n_candidates: int
    n_folds: int
    parameters: str
    scores: list[float] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def is_complete(self) -> bool:
        """Whether all folds have a score."""
        return len(self.scores) == self.n_folds

    @property
    def mean(self) -> float:
        """The score; NaN if a fold failed."""
        return float(np.mean(self.scores))

    @property
    def deviation(self) -> float:
        """The standard deviation of the score over the folds."""
        return float(np.std(self.scores))


class Run:
    """The state of a fit, made of the messages about it.

    Parameters
    ----------
    estimator : estimator
        What is fitted.
    """

    def __init__(self, estimator: Any) -> None:
        self.name = type(estimator).__name__
        self.n_refits = int(getattr(estimator, "refit", False) is not False)
        self.started = time.monotonic()
        self.tasks: dict[Path, Task] = {}
        self.candidates: dict[tuple[Path, int], Candidate] = {}
        self.last: Candidate | None = None
        self.n_fits = 0  # evaluations of candidates in folds
        self.n_units = 0  # the parts of a search: rounds if there are several, or else fits
        self.is_complete = False

    @property
    def is_search(self) -> bool:
        """Whether this is a search whose candidates are evaluated by scikit-learn."""
        return self.n_units > 0

    @property
    def seconds(self) -> float:
        """The time since the fit began."""
        return time.monotonic() - self.started

    @property
    def best(self) -> Candidate | None:
        """The best complete candidate of the last round; later rounds have more resources."""
        last_round = max((path for path, _ in self.candidates), default=())
        complete = [
            candidate
            for (path, _), candidate in self.candidates.items()
            if path == last_round and candidate.is_complete and not math.isnan(candidate.mean)
        ]
        return max(complete, key=lambda candidate: candidate.mean, default=None)

    def begin(self, message: Begun) -> None:
        """Take note of a task that begins."""
        known = self.tasks.get(message.path)
        if known is None:
            self.tasks[message.path] = Task(message, message.estimator, message.n_subtasks)
        elif message.is_whole_fit:  # the estimator that the task known so far is about
            known.estimator, known.n_subtasks = message.estimator, message.n_subtasks
        if message.name == "search" and message.path == (0,):
            self.n_units = message.n_subtasks or 0
        if "candidate" in message.facts:
            self._candidate(message)

    def end(self, message: Ended) -> Task | None:
        """Take note of a task that ended, and return it unless it is still reported by others."""
        task = self.tasks.get(message.path)
        if task is None or task.begun.is_whole_fit != message.is_whole_fit:
            return None
        for path in [p for p in self.tasks if p[: len(message.path)] == message.path]:
            del self.tasks[path]  # with parts that failed
        self.is_complete |= message.path == ()
        parent = self.tasks.get(message.path[:-1]) if message.path else None
        if parent is not None:
            parent.n_done, parent.last = parent.n_done + 1, message.name
        if "score" in message.facts:  # the fit was not interrupted
            self.n_fits += 1
            candidate = self._candidate(message)
            candidate.scores.append(message.facts["score"])
            self.last = candidate if candidate.is_complete else self.last
        return task

    def candidate_of(self, message: Begun | Ended) -> Candidate:
        """Return the candidate that a message is about."""
        return self.candidates[message.path[:-1], message.facts["candidate"]]

    def _candidate(self, message: Begun | Ended) -> Candidate:
        facts = message.facts
        new = Candidate(
            facts["candidate"] + 1, facts["n_candidates"], facts["n_folds"], facts["parameters"]
        )
        return self.candidates.setdefault((message.path[:-1], facts["candidate"]), new)

    def fraction(self, path: Path = ()) -> float:
        """Return the share of a task that is done, between 0 and 1."""
        task = self.tasks.get(path)
        if task is None or not task.n_subtasks:
            return 0.0
        inner = [p for p in self.tasks if len(p) == len(path) + 1 and p[:-1] == path]
        if path == () and self.is_search:  # the refit counts as much as one fit, or one round
            search = 1.0 if task.n_done else self.fraction((0,))
            refit = self.fraction((1,)) if task.n_done < 2 else 1.0
            return (self.n_units * search + self.n_refits * refit) / (self.n_units + self.n_refits)
        return min(1.0, (task.n_done + sum(map(self.fraction, inner))) / task.n_subtasks)
