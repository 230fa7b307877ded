"""A measured figure, with that of a rival and the bound that it should keep."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Figure", "median", "seconds"]

median = statistics.median


def seconds(run: Callable[..., Any], *args: Any) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    run(*args)
    return time.perf_counter() - start


@dataclass(frozen=True)
class Figure:
    """A figure, one row of the table.

    Attributes
    ----------
    what : str
        What was measured.
    ours : float
        skembed's figure.
    unit : str
        Its unit.
    rival : str
        The alternative measured in the same run; empty if there is none.
    theirs : float or None
        The rival's figure.
    at_least : float or None
        Lower bound of ``theirs / ours``; without a rival, of ``ours``.
    at_most : float or None
        Upper bound of ``ours / theirs``; without a rival, of ``ours``.
    """

    what: str
    ours: float
    unit: str = "s"
    rival: str = ""
    theirs: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def value(self) -> float:
        """The ratio or, without a rival, the figure that the bound applies to."""
        if self.theirs is None:
            return self.ours
        return self.theirs / self.ours if self.at_most is None else self.ours / self.theirs

    @property
    def holds(self) -> bool | None:
        """Whether the bound is kept; None if there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most

    def row(self) -> str:
        """Return the figure as a row of the table."""
        theirs = "" if self.theirs is None else f"{_format(self.theirs)} {self.unit}"
        ratio = "" if self.theirs is None else f"{self.value:.2f}"
        bound = "" if self.at_least is None else f"≥ {self.at_least:g}"
        bound = bound if self.at_most is None else f"≤ {self.at_most:g}"
        verdict = "MISSED" if self.holds is False else ""
        return (
            f"{self.what:<46.46} {f'{_format(self.ours)} {self.unit}':>11} {theirs:>11} "
            f"{self.rival:<24.24} {ratio:>7} {bound:>7} {verdict}"
        ).rstrip()

    def as_dict(self) -> dict[str, Any]:
        """Return the figure as a dict for JSON, with NumPy scalars as Python numbers."""
        known = asdict(self) | {"value": self.value, "holds": self.holds}
        return {name: getattr(x, "item", lambda x=x: x)() for name, x in known.items()}


def _format(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
