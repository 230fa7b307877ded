"""Pictures are drawn without a screen, and closed after each test."""

import warnings

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _pictures_are_closed():
    mpl.use("agg")
    yield
    plt.close("all")


@pytest.fixture(
    params=["default", "dark_background", {"font.size": 16}], ids=["light", "dark", "large"]
)
def style(request):
    """A light style, a dark one, and large texts."""
    with plt.style.context(request.param):
        yield request.param


@pytest.fixture
def any_script():
    """Machines without a Chinese font draw boxes, which are as large, and warn of that."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield
