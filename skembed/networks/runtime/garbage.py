"""Import large packages without garbage collections."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_collections"]


@contextmanager
def without_collections() -> Iterator[None]:
    """Do not collect garbage within the context, and count what it made as old afterwards.

    Importing TensorFlow makes half a million objects and next to no garbage. Looking through
    them again and again takes a quarter of the time. Nothing is done if the user has disabled
    collections or frozen objects.
    """
    if not gc.isenabled() or gc.get_freeze_count():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # into the oldest generation, which is rarely looked through
        gc.enable()
