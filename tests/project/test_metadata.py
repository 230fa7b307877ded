"""The version, as the package, its changelog and its citation file name it."""

import re
from pathlib import Path

import skembed

ROOT = Path(__file__).parents[2]
HEADINGS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}  # Keep a Changelog


def test_the_changelog_has_a_section_for_the_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+) - (?:unreleased|\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert len(versions) == len(re.findall(r"^## ", text, re.MULTILINE))
    assert versions[0] == skembed.__version__
    assert {*re.findall(r"^### (.*)", text, re.MULTILINE)} <= HEADINGS


def test_the_citation_names_the_version():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {skembed.__version__}\n" in text
