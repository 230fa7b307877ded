"""Arrows between modules only point downwards, and heavy libraries come late."""

import ast
import operator
import os
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import skembed

PACKAGE = Path(skembed.__file__).parent
ROOT = Path(__file__).parents[2]

# The floors of the house: a module imports from its own floor and those below.
FLOORS = [
    {
        "errors",
        "vocabulary",
        "_array_checks",
        "_ids",
        "_characters",
        "_data_folder",
        "_html",
        "_html_repr",
        "_lasting_names",
        "_n_jobs",
        "_pickles",
        "_progress",
        "_python_parameters",
        "_recent",
        "_training_only",
        "_whole_file",
        "_word_filter",
        "_worker_memory",
        "embedding_matrix",
    },
    {
        "sequences",
        "table_checks",
        "token_table",
        "_validation",
        "targets",
        "document_weights",
        "vectors",
        "datasets",
    },
    {"labelled_documents", "_fit_task", "_sequence_transformer", "_embedding_step", "networks"},
    {
        "cleaning",
        "tokenization",
        "padding",
        "embedding",
        "trained_embedding",
        "pooling",
        "ngrams",
        "tables",
        "voting",
    },
    {
        "classifier",
        "network_training",
        "part_settings",
        "table_network",
        "text_classifier",
        "trained_network",
        "setting_checks",
    },
    {"inspection"},
]
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}


def imports(path):
    """Every module that a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def rooms():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts != ("__init__",):
            yield path, parts[0]


def test_every_room_has_a_floor():
    assert {room for _, room in rooms()} == set(FLOOR_OF)


@pytest.mark.parametrize(
    ("path", "room"), [*rooms()], ids=lambda value: getattr(value, "name", value)
)
def test_imports_point_downwards(path, room):
    for module in imports(path):
        if module.startswith("skembed."):
            other = module.split(".")[1]
            assert other == room or FLOOR_OF[other] <= FLOOR_OF[room], f"{path} imports {module}"


def test_no_two_modules_import_each_other():
    graph = {}
    for path, _ in rooms():
        name = ".".join(("skembed", *path.relative_to(PACKAGE).with_suffix("").parts))
        arrows = {module for module in imports(path) if module.startswith("skembed.")}
        graph[name.removesuffix(".__init__")] = arrows
    assert len([*TopologicalSorter(graph).static_order()]) == len(graph)


@pytest.mark.parametrize("library", ["keras", "scikeras", "tensorflow", "torch", "jax"])
def test_only_networks_import(library):
    for path, room in rooms():
        if library in {module.split(".")[0] for module in imports(path)}:
            assert room == "networks"
            of_jax = path.parent.name == "jax_epochs" or path.name == "program_cache.py"
            of_other = library in ("keras", "torch") or path.name == "scikeras_bridge.py"
            assert path.name == "gradients.py" or (of_jax if library == "jax" else of_other)


def test_text_steps_load_no_heavy_library():
    program = """
import sys, skembed
from skembed import TextCleaner, KerasTokenizerTransformer, HashingTokenizerTransformer
from skembed import PadSequences, PretrainedEmbeddingMatrix, TokenSequences, Vocabulary
from skembed import datasets, inspection
texts = ["well done", "not done"]
ids = KerasTokenizerTransformer().fit_transform(TextCleaner().fit_transform(texts))
PretrainedEmbeddingMatrix({"well": [1.0]}).fit_transform(PadSequences().fit_transform(ids))
print([m for m in ("keras", "tensorflow", "scikeras", "gensim", "matplotlib") if m in sys.modules])
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_the_namespace_is_complete():
    assert set(dir(skembed)) == {*skembed.__all__, "__version__"}
    for name in skembed.__all__:
        assert getattr(skembed, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'TextCleanser'"):
        operator.attrgetter("TextCleanser")(skembed)


def test_importing_the_classifier_writes_nothing():
    program = "from skembed import KerasTextClassifier"
    # JAX sets this variable in the process of the tests, and then TensorFlow is heard.
    unset = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=unset
    )
    assert (result.stdout, result.stderr) == ("", "")


def test_only_one_module_uses_private_parts_of_keras():
    for path, _ in rooms():
        private = [module for module in imports(path) if module.startswith("keras.src")]
        assert not private or path.name == "keras_internals.py"


@pytest.mark.parametrize(
    ("folder", "chosen_in"),
    [
        ("fast", ["engines.py"]),
        ("jax_epochs", ["prediction.py", "engines.py"]),
        ("torch_epochs", ["engines.py"]),
    ],
)
def test_only_the_choice_of_engines_imports_a_fast_one(folder, chosen_in):
    fast = f"skembed.networks.{folder}"
    importing = [
        path.name
        for path, _ in rooms()
        if path.parent.name != folder and any(module.startswith(fast) for module in imports(path))
    ]
    assert importing == chosen_in


def test_submodules_are_attributes_after_a_bare_import():
    program = "import skembed; print(sorted(skembed.networks.__all__)[0], skembed.errors.__name__)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "ARCHITECTURES skembed.errors\n"


def test_only_one_module_reads_private_attributes_of_keras():
    for path, room in rooms():
        if room != "networks" or path.name == "keras_internals.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr):
                assert ast.unparse(node.value) in ("self", "cls"), f"{path}: {ast.unparse(node)}"


SUBMODULES = ["datasets", "errors", "inspection", "networks"]
PUBLIC = [skembed, *(getattr(skembed, name) for name in SUBMODULES)]


def test_the_reference_lists_what_is_public():
    pages = (ROOT / "docs/reference").glob("*.md")
    reference = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    for module in PUBLIC:
        if f"automodule:: {module.__name__}\n" in reference:
            continue
        for name in module.__all__:
            listed = f"   {module.__name__}.{name}\n".replace("   skembed.", "   ")
            assert name in SUBMODULES or listed in reference, name


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *(ROOT / "examples").glob("*.py")],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_users_are_shown_public_modules_only(path):
    text = path.read_text(encoding="utf-8")
    modules = re.findall(r"(?:from|import) (skembed[\w.]*)", text)
    assert {*modules} <= {module.__name__ for module in PUBLIC}
