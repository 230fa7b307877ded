"""A directive for the defaults of the built-in networks, read from their signatures."""

import inspect

from docutils import nodes
from docutils.parsers.rst import Directive

from skembed.networks import ARCHITECTURES

_PARAMETERS = ("filters", "kernel_size", "hidden_units", "dropout")


class ArchitectureDefaults(Directive):
    """A table with a row for each architecture and a column for each network parameter."""

    def run(self):
        """Return the table."""
        rows = [["architecture", *_PARAMETERS]]
        for name, build in ARCHITECTURES.items():
            known = inspect.signature(build).parameters
            defaults = [str(known[p].default) if p in known else "–" for p in _PARAMETERS]
            rows.append([f'"{name}"', *defaults])
        return [_table(rows)]


def _table(rows):
    table, group = nodes.table(), nodes.tgroup(cols=len(rows[0]))
    table += group
    group += [nodes.colspec(colwidth=1) for _ in rows[0]]
    head, body = nodes.thead(), nodes.tbody()
    head += _row(rows[0])
    body += [_row(row) for row in rows[1:]]
    group += [head, body]
    return table


def _row(texts):
    row = nodes.row()
    for text in texts:
        shown = nodes.Text(text) if text == "–" else nodes.literal(text, text)
        row += nodes.entry("", nodes.paragraph("", "", shown))
    return row


def _describe(app, what, name, obj, options, lines):
    """Write the text of a name that has no docstring, as it is a dict."""
    if obj is ARCHITECTURES:
        lines[:] = [
            "The built-in networks, by the names that ``architecture`` of the classifier takes.",
            "",
            ">>> from skembed.networks import ARCHITECTURES",
            ">>> 'cnn' in ARCHITECTURES, len(ARCHITECTURES)",
            f"(True, {len(ARCHITECTURES)})",
            "",
        ]


def setup(app):
    """Add the directive and the text."""
    app.add_directive("architecture-defaults", ArchitectureDefaults)
    app.connect("autodoc-process-docstring", _describe)
    return {"parallel_read_safe": True}
