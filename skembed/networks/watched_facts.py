"""Find out which facts a user-defined architecture uses."""

from dataclasses import fields
from typing import Any, SupportsIndex

from skembed.networks.spec import NetworkFacts

__all__ = ["WatchedFacts"]


class WatchedFacts(NetworkFacts):
    """Facts that record which of their attributes are read.

    A setting that a function did not read cannot have had an effect on its network. Pickles and
    copies are plain facts.

    Attributes
    ----------
    read : set of str
        The names of the attributes read so far.
    """

    read: set[str]

    @classmethod
    def copy_of(cls, facts: NetworkFacts) -> "WatchedFacts":
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
        return NetworkFacts(**{field.name: getattr(self, field.name) for field in fields(self)})
