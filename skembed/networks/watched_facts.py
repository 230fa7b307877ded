"""Find out which facts a user-defined architecture uses."""

from dataclasses import fields, replace
from typing import Any, SupportsIndex

from skembed.networks.spec import NetworkFacts
from skembed.networks.table_facts import PartFacts, TableFacts

__all__ = ["WatchedFacts", "watched"]


class _Watching:
    """Facts that record which of their attributes are read.

    A setting that a function did not read cannot have had an effect on its network. Pickles and
    copies are plain facts.

    Attributes
    ----------
    read : set of str
        The names of the attributes read so far.
    """

    read: set[str]
    _plain: type[NetworkFacts]

    @classmethod
    def copy_of(cls, facts: NetworkFacts) -> Any:
        """Return a copy of facts, of which nothing has been read."""
        watched = cls(**vars(facts))
        object.__setattr__(watched, "read", set())
        return watched

    def __getattribute__(self, name: str) -> Any:
        attributes = object.__getattribute__(self, "__dict__")
        if "read" in attributes:
            attributes["read"].update(attributes if name == "__dict__" else (name,))
        return object.__getattribute__(self, name)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return self.__copy__().__reduce_ex__(protocol)

    def __copy__(self) -> NetworkFacts:
        names = [field.name for field in fields(self._plain)]
        return self._plain(**{name: getattr(self, name) for name in names})


class WatchedFacts(_Watching, NetworkFacts):
    """The facts of one text, watched."""

    _plain = NetworkFacts


class _WatchedPart(_Watching, PartFacts):
    _plain = PartFacts


def watched(facts: NetworkFacts | TableFacts) -> Any:
    """Return a copy of the facts of one text, or of a table, whose texts record what is read."""
    if not isinstance(facts, TableFacts):
        return WatchedFacts.copy_of(facts)
    parts = {name: _WatchedPart.copy_of(part) for name, part in facts.parts.items()}
    return replace(facts, parts=parts)
