"""Lazy import of Matplotlib."""

from types import ModuleType

from skembed.errors import NotInstalledError

__all__ = ["pyplot"]


def pyplot() -> ModuleType:
    """Return ``matplotlib.pyplot``.

    Raises
    ------
    NotInstalledError
        If Matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise NotInstalledError(
            "Plotting needs Matplotlib, which is not installed: "
            'run pip install "skembed[plot]", or pip install matplotlib.'
        ) from error
    return pyplot
