"""Code blocks without the empty line at their end that a doctest in Markdown needs."""

from docutils import nodes


def _trim(app, doctree):
    for block in doctree.findall(nodes.literal_block):
        if block.rawsource == block.astext():
            block.rawsource = block.rawsource.rstrip()
            block[:] = [nodes.Text(block.rawsource)]


def setup(app):
    """Trim them when a page has been read."""
    app.connect("doctree-read", _trim)
    return {"parallel_read_safe": True}
