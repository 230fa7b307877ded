"""Sphinx builds the pages with ``tox -e docs``."""

import sys
from pathlib import Path

import skembed.errors
import skembed.inspection

HERE = Path(__file__).parent
sys.path.append(str(HERE / "_ext"))

import examples_gallery  # noqa: E402

project = "skembed"
author = "The skembed developers"
version = release = skembed.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "architecture_defaults",
    "examples_gallery",
    "stored_inventories",
    "trimmed_code",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
suppress_warnings = ["ref.python"]  # keyed_vectors_ is an attribute of three estimators

# The reference: a page for each public name.
autosummary_generate = True
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseEstimator, TransformerMixin, OneToOneFeatureMixin, BaseWrapper, "
    "Mapping, OSError, ImportError, BaseException",
    "exclude-members": "set_fit_request, set_partial_fit_request, set_score_request, "
    "current_epoch, feature_encoder, initialize, initialized_, scorer, target_encoder",
}
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"  # but these and the types of Python and NumPy
numpydoc_xref_aliases = {
    name: f"{module.__name__}.{name}"
    for module in (skembed, skembed.errors, skembed.inspection)
    for name in module.__all__
    if name.istitle() or name != name.lower()
} | {
    name.rpartition(".")[2]: name
    for name in (
        "pandas.DataFrame",
        "pandas.Series",
        "sklearn.exceptions.NotFittedError",
        "sklearn.pipeline.Pipeline",
    )
}
# Links to other references; see `_ext/stored_inventories.py`.
stored_inventories = {
    "python": "https://docs.python.org/3/",
    "numpy": "https://numpy.org/doc/stable/",
    "pandas": "https://pandas.pydata.org/docs/",
    "sklearn": "https://scikit-learn.org/stable/",
    "keras": "https://keras.io/",
}

# The gallery; see `_ext/examples_gallery.py`.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("skembed",),
    "reference_url": {"skembed": None},
    "filename_pattern": examples_gallery.RUN,
    "ignore_pattern": rf"({'|'.join(examples_gallery.SHARED)})\.py",
    "within_subsection_order": "examples_gallery.in_order",
    "reset_argv": "examples_gallery.arguments",
    "image_scrapers": ("examples_gallery.scrape",),
    "default_thumb_file": str(HERE / "_static/script.svg"),
    "notebook_extensions": set(),  # the scripts import each other
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_signature": False,
    "write_computation_times": False,
    "abort_on_example_error": True,
}

# Markdown.
myst_enable_extensions = ["colon_fence", "attrs_inline"]
myst_heading_anchors = 3

# What is copied from a code block: the commands, without prompts and output.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

html_theme = "pydata_sphinx_theme"
html_title = "skembed"
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["skembed.css"]
html_js_files = ["skembed.js"]
html_show_sourcelink = False
html_context = {"default_mode": "auto"}  # the colours that the reader prefers
html_theme_options = {
    "logo": {"text": "skembed"},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": [], "start": [], "genindex": [], "py-modindex": [], "search": []}
html_copy_source = False
