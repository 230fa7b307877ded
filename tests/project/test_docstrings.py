"""Every public docstring has the sections that numpydoc readers look for."""

import inspect

import pytest

import skembed
from skembed import datasets, errors, inspection, networks
from skembed.vectors import Coverage

CLASSES = [
    *(getattr(skembed, name) for name in skembed.__all__ if name[0].isupper()),
    Coverage,
    networks.NetworkFacts,
    *(getattr(inspection, name) for name in inspection.__all__ if name[0].isupper()),
]
FUNCTIONS = [
    skembed.export_projector,
    skembed.load_word_vectors,
    skembed.make_text_classifier,
    skembed.save_word_vectors,
    *(getattr(datasets, name) for name in datasets.__all__),
    *(getattr(inspection, name) for name in inspection.__all__ if name[0].islower()),
    networks.embed_ids,
    networks.probabilities,
    networks.ignores_padding,
    *(
        member
        for owner in CLASSES
        for name, member in inspect.getmembers(owner)
        if not name.startswith("_")
        and getattr(member, "__module__", "").startswith("skembed")
        and (inspect.isfunction(member) or inspect.ismethod(member))
        and name in vars(owner)
    ),
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_functions(function):
    signature = inspect.signature(function)
    text = inspect.getdoc(function)
    names = [name for name in signature.parameters if name not in ("self", "cls")]
    if names:
        assert "\nParameters\n-" in text
        parameters = text.split("\nParameters\n")[1].split("\n\n")[0]
        for name in names:
            assert name in parameters, name
    if signature.return_annotation is not None:
        assert "\nReturns\n-" in text


@pytest.mark.parametrize("owner", CLASSES, ids=lambda owner: owner.__name__)
def test_classes(owner):
    text = inspect.getdoc(owner)
    assert "\nParameters\n-" in text or "\nAttributes\n-" in text
    estimators = [c for c in CLASSES if hasattr(c, "fit")]
    if owner in estimators:
        assert "\nReferences\n-" in text
        assert "\nSee Also\n-" in text
        assert "\nExamples\n-" in text
        parameters = text.split("\nParameters\n")[1].split("\n\nAttributes")[0]
        for name in inspect.signature(owner).parameters:
            assert name in parameters, name


@pytest.mark.parametrize("name", errors.__all__)
def test_errors(name):
    error = getattr(errors, name)
    assert issubclass(error, (errors.SkembedError, UserWarning))
    assert error.__doc__.endswith(".")
