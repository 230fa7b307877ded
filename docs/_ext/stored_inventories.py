"""Links to the references of other packages, without a network connection.

The folder ``_inventories`` has a file for each package, with a line for each name that is linked:
name, role, priority, page and title, as in the inventories that Sphinx writes. This extension
compresses them, which is all that ``sphinx.ext.intersphinx`` needs.
"""

import zlib
from pathlib import Path

_HEADER = "# Sphinx inventory version 2\n# Project: {}\n# Version: \n# compressed with zlib\n"


def _store(app, config):
    folder = Path(app.doctreedir) / "inventories"
    folder.mkdir(parents=True, exist_ok=True)
    for name, url in config.stored_inventories.items():
        lines = Path(app.srcdir, "_inventories", f"{name}.txt").read_bytes()
        path = folder / f"{name}.inv"
        path.write_bytes(_HEADER.format(name).encode() + zlib.compress(lines))
        config.intersphinx_mapping[name] = (url, str(path))


def setup(app):
    """Read the inventories before intersphinx does."""
    app.add_config_value("stored_inventories", {}, "env")
    app.connect("config-inited", _store, priority=100)
    return {"parallel_read_safe": True}
