"""The pages of the documentation in a browser."""

from importlib.util import find_spec
from pathlib import Path

import pytest

SIZES = {"desktop": (1280, 900), "tablet": (768, 1024), "phone": (390, 844)}
AXE = find_spec("axe_core_python")

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT = """[...document.querySelectorAll("pre")].filter(
    block => block.scrollWidth > block.clientWidth).map(block => block.innerText.slice(0, 300))"""
LINKS = """[...document.querySelectorAll("a[href]")].map(link => link.href)"""
IMAGES = """[...document.images].filter(
    image => !image.complete || !image.naturalWidth
        || (image.closest("article") && !image.alt && !image.closest(".sphx-glr-thumbcontainer"))
).map(image => image.outerHTML)"""
# Without the lists of references, whose roles docutils sets.
FAULTS = """axe.run({exclude: [[".citation-list"]]}, {runOnly: ["wcag2a", "wcag2aa"]}).then(
    found => found.violations.map(fault => fault.id + ": "
        + fault.nodes.map(node => node.html).slice(0, 3).join(" ")))"""


def test_a_page_fits_every_window(page, path):
    for size, (width, height) in SIZES.items():
        for dark in (False, True):
            page.shape(width, height, phone=size == "phone", dark=dark)
            page.problems.clear()
            page.open(path)
            assert page.problems == []
            assert page.run(WIDE) <= 0, f"{size}: the page scrolls sideways"
            assert page.run(IMAGES) == []
    assert not [address for address in page.requests if address.startswith("http")]


def test_code_is_not_cut(page, path):
    page.shape(*SIZES["desktop"])
    page.open(path)
    assert page.run(CUT) == []


def test_links_lead_somewhere(page, path):
    page.shape(*SIZES["desktop"])
    page.open(path)
    for link in page.run(LINKS):
        address, _, anchor = link.partition("#")
        if not address.startswith("file:"):
            continue
        target = Path(address.removeprefix("file://"))
        assert target.is_file(), link
        if anchor and target.suffix == ".html":
            assert f'id="{anchor}"' in target.read_text(encoding="utf-8"), link


@pytest.mark.skipif(AXE is None, reason="axe-core-python is not installed")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_is_accessible(page, path, dark):
    (folder,) = AXE.submodule_search_locations
    page.shape(*SIZES["desktop"], dark=dark)
    page.open(path)
    page.run(Path(folder, "axe.min.js").read_text(encoding="utf-8"))
    assert page.run(FAULTS) == []
