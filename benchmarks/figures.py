"""A measured figure: skembed's beside its rival's, and the bound that it is to keep."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Figure", "median", "seconds"]

median = statistics.median


def seconds(run: Callable[..., Any], *args: Any) -> float:
    """Time a call."""
    start = time.perf_counter()
    run(*args)
    return time.perf_counter() - start


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes
    ----------
    what : str
        What was measured.
    ours : float
        skembed's figure.
    unit : str
        Its unit.
    rival : str
        Who else was measured in the same run; empty for a figure that stands alone.
    theirs : float or None
        The rival's figure.
    at_least : float or None
        How many times ours the rival's is to be; without a rival, what ours is to be.
    at_most : float or None
        How many times the rival's ours may be; without a rival, what ours may be.
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
        """What the bound is for."""
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
        """Return the line of the table."""
        theirs = "" if self.theirs is None else f"{_short(self.theirs)} {self.unit}"
        ratio = "" if self.theirs is None else f"{self.value:.2f}"
        bound = "" if self.at_least is None else f"≥ {self.at_least:g}"
        bound = bound if self.at_most is None else f"≤ {self.at_most:g}"
        verdict = "MISSED" if self.holds is False else ""
        return (
            f"{self.what:<46.46} {f'{_short(self.ours)} {self.unit}':>11} {theirs:>11} "
            f"{self.rival:<24.24} {ratio:>7} {bound:>7} {verdict}"
        ).rstrip()

    def as_dict(self) -> dict[str, Any]:
        """Return all of it, for JSON: NumPy's numbers as Python's."""
        known = asdict(self) | {"value": self.value, "holds": self.holds}
        return {name: getattr(x, "item", lambda x=x: x)() for name, x in known.items()}


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
