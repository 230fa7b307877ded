"""The pages and the browser; ``tox -e docs`` builds the pages before."""

from pathlib import Path

import browser
import pytest

SITE = Path(__file__).parents[2] / "docs/_build"
PAGES = sorted(page for page in SITE.rglob("*.html") if not {"_modules", "_static"} & {*page.parts})


def name_of(path):
    return path.relative_to(SITE).with_suffix("").as_posix()


def pytest_generate_tests(metafunc):
    """Let a test with the argument ``path`` visit every page."""
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", PAGES, ids=name_of)


@pytest.fixture(scope="session")
def site():
    if not PAGES:
        pytest.skip("the pages are not built: run tox -e docs")
    return SITE


@pytest.fixture(scope="module")
def page(site):
    if browser.find_chromium() is None:
        pytest.skip("there is no Chromium")
    with browser.chromium() as page:
        yield page
