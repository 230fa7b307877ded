"""What came of an experiment."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a script returned and printed, and what it took.

    Attributes
    ----------
    name, about : str
        The script's name and docstring.
    found : list of dict
        What its ``main`` returned.
    table : str
        The same, as the script prints it.
    printed : str
        What it said meanwhile.
    seconds : float
        How long it took, without imports.
    megabytes : float
        The most memory that its process held.
    full : bool
        Whether it was the published setting.
    facts : dict
        The machine, the versions, the date.
    curves : str
        The picture that it drew, a PNG file in base 64; empty if it drew none.
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
