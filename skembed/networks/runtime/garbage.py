"""Import large packages without garbage collections."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_collections"]

_FROZEN_AT_START = 1_000  # Python 3.12 begins with 375 frozen objects; users freeze many thousands


@contextmanager
def without_collections() -> Iterator[None]:
    """Do not collect garbage within the context, and count what it made as old afterwards.

    Importing TensorFlow makes half a million objects and next to no garbage. Looking through
    them again and again takes a quarter of the time. Nothing is done if the user has disabled
    collections or frozen objects.
    """
    if not gc.isenabled() or gc.get_freeze_count() > _FROZEN_AT_START:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # into the oldest generation, which is rarely looked through
        gc.enable()
