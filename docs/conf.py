"""Sphinx builds the pages with ``tox -e docs``."""

import skembed

project = "skembed"
author = "The skembed developers"
version = release = skembed.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
numpydoc_show_class_members = False
suppress_warnings = ["ref.python"]  # keyed_vectors_ is an attribute of three estimators
autodoc_default_options = {
    "members": True,
    "exclude-members": "set_fit_request, set_partial_fit_request, set_score_request",
}
autodoc_typehints = "none"
myst_heading_anchors = 2
