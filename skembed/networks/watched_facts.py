"""Find out which facts a user-defined architecture uses."""

from typing import Any

from skembed.networks.spec import NetworkFacts

__all__ = ["watched"]


def watched(facts: NetworkFacts) -> tuple[NetworkFacts, set[str]]:
    """Return a copy of facts, and the set of names that are read from the copy.

    A setting that a function did not read cannot have had an effect on its network.

    Parameters
    ----------
    facts : NetworkFacts
        The facts.

    Returns
    -------
    copy : NetworkFacts
        Equal facts.
    read : set of str
        The names of the attributes read so far.
    """
    read: set[str] = set()

    class WatchedFacts(NetworkFacts):
        def __getattribute__(self, name: str) -> Any:
            read.update(vars(facts) if name == "__dict__" else (name,))
            return super().__getattribute__(name)

    return WatchedFacts(**vars(facts)), read
