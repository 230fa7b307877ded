"""The groups that install skembed without TensorFlow follow its dependencies."""

import tomllib
from pathlib import Path

import pytest

PYPROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
PROJECT, GROUPS = PYPROJECT["project"], PYPROJECT["dependency-groups"]


def test_the_group_has_every_dependency_but_tensorflow():
    others = [line for line in PROJECT["dependencies"] if not line.startswith("tensorflow")]
    assert GROUPS["without-tensorflow"] == others
    assert len(others) == len(PROJECT["dependencies"]) - 1


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_group_and_an_extra_ask_for_the_same_version_of_a_backend(backend):
    extra = PROJECT["optional-dependencies"][backend]
    assert GROUPS[backend] == [{"include-group": "without-tensorflow"}, *extra]
