"""Compare what documents need with the free memory of a card."""

import warnings

__all__ = ["fits_on_card"]

_SHARE = 0.5  # of the free memory that documents may take; training needs some, too


def fits_on_card(n_bytes: int, n_free: float) -> bool:
    """Tell whether documents may stay on a card; warn if not.

    Parameters
    ----------
    n_bytes : int
        The memory that they need.
    n_free : float
        The free memory of the card; infinite for a processor, which has none of its own.
    """
    fits = n_bytes <= _SHARE * n_free
    if not fits:
        warnings.warn(
            f"The documents need {n_bytes / 1e6:,.0f} MB, and the card has {n_free / 1e6:,.0f} MB "
            "free. Each batch is copied from the memory of the machine instead, which is slower. "
            "End other processes that use the card, or choose a larger one.",
            stacklevel=3,
        )
    return fits
