"""Sections of the report: how to load the pipeline, what it is made of, versions and seeds."""

import platform
from importlib.metadata import version
from typing import Any

import skembed
from skembed.inspection.final_step import path_to
from skembed.inspection.report.markup import Markup, element, facts, note, section
from skembed.inspection.report.steps import step_list

__all__ = ["loading_section", "origin_section"]

_PACKAGES = ("scikit-learn", "numpy", "scipy", "pandas", "joblib")


def loading_section(given: Any, estimator: Any) -> Markup:
    """Return a section with the code that saves, loads and uses the pipeline."""
    name = "model" if given is estimator else "search.best_estimator_"
    code = f"""import joblib

joblib.dump({name}, "model.joblib")  # where it was fitted

model = joblib.load("model.joblib")  # where it is used
model.predict(["A new document."])"""
    return section(
        "How to load it",
        element("pre", code),
        note(
            "Install the versions below first: scikit-learn's estimators are not promised to load "
            "in others. Load only files from those you trust, because a pickle can run any code."
        ),
    )


def origin_section(given: Any, estimator: Any) -> Markup:
    """Return a section with the steps, their parameters, the seeds and the versions."""
    seeds = _seeds(given, estimator)
    return section(
        "Origin",
        element("h3", "Pipeline"),
        step_list(estimator),
        note("Parameters with their default values are left out, and so are folders of files."),
        element("h3", "Seeds"),
        facts(seeds) if seeds else element("p", "No part has a random_state."),
        note("A part with the seed None is not repeatable, if it draws random numbers."),
        element("h3", "Versions"),
        facts(_versions(estimator)),
    )


def _seeds(given: Any, estimator: Any) -> list[tuple[str, str]]:
    found = {
        name: value
        for name, value in estimator.get_params().items()
        if name.split("__")[-1] == "random_state"
    }
    if given is not estimator:
        sources = {"search": given, "cv of the search": given.cv}
        found |= {
            name: source.random_state
            for name, source in sources.items()
            if hasattr(source, "random_state")
        }
    return [(name, str(value)) for name, value in found.items()]


def _versions(estimator: Any) -> list[tuple[str, str]]:
    rows = [
        ("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        ("skembed", skembed.__version__),
        *((name, version(name)) for name in _PACKAGES),
    ]
    if path_to(estimator, lambda step: hasattr(step, "_network")):
        from skembed.networks.runtime.keras_import import keras  # after its import by the network

        backend = keras.backend.backend()
        rows += [("keras", keras.__version__), ("backend of keras", _named(backend))]
    return rows


def _named(backend: str) -> str:
    return f"{backend} {version(backend)}"
