"""The outcome of an experiment."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a script returned and printed, with its time and memory.

    Attributes
    ----------
    name, about : str
        Name and docstring of the script.
    found : list of dict
        The rows that its ``main`` returned.
    table : str
        The same rows as the script prints them.
    printed : str
        What the script printed while it ran.
    seconds : float
        Run time without imports.
    megabytes : float
        Peak memory of its process.
    full : bool
        Whether it ran at full size.
    facts : dict
        The machine, the package versions and the date.
    curves : str
        The plot that it drew, as a base64-encoded PNG file; empty if there is none.
    """

    name: str
    about: str
    found: list[dict[str, Any]]
    table: str
    printed: str
    seconds: float
    megabytes: float
    full: bool
    facts: dict[str, Any]
    curves: str
