"""One HTML file with a cloud of words, and everything that a browser needs to show it."""

import base64
import hashlib
import json
from importlib.resources import files
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt

from skembed.vectors.projector_page.chosen_words import ChosenWords
from skembed.vectors.projector_page.nearest_words import directions, nearest_words
from skembed.vectors.projector_page.principal_axes import principal_axes

__all__ = ["projector_page"]

N_NEIGHBORS = 10
#: In the order in which they are run; each uses names of the earlier ones.
SCRIPTS = ["cloud.js", "camera.js", "painter.js", "labels.js", "panel.js", "main.js"]


def projector_page(words: list[str], values: npt.NDArray[np.float32], shown: ChosenWords) -> str:
    """Write the page as text.

    Parameters
    ----------
    words : list of str
        All words.
    values : ndarray of shape (n_words, vector_size), dtype float32
        Their vectors.
    shown : ChosenWords
        The words to show, with what is known of them.

    Returns
    -------
    str
        An HTML document, which loads nothing and runs no script but its own.
    """
    units = directions(values[shown.rows])
    points, shares = principal_axes(units)
    rows, cosines = nearest_words(units, N_NEIGHBORS)
    data: dict[str, Any] = {
        "words": [words[row] for row in shown.rows],
        "available": len(words),
        "size": values.shape[1],
        "shares": shares.tolist(),
        "points": _pack(points, "<f4"),
        "neighbors": _pack(rows, "<i4"),
        "cosines": _pack(cosines, "<f4"),
    }
    if shown.counts is not None:
        data["counts"] = _pack(shown.counts, "<i4")
    if shown.leaning is not None:
        data["classes"] = shown.leaning.classes
        data["leaning"] = _pack(shown.leaning.codes, "<i4")
        data["logOdds"] = _pack(shown.leaning.log_odds, "<f4")
        data["z"] = _pack(shown.leaning.z, "<f4")
    folder = files(__package__) / "browser"
    style = (folder / "page.css").read_text(encoding="utf-8")
    script = "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    template = Template((folder / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        style=style,
        style_digest=_digest(style),
        script=script,
        script_digest=_digest(script),
        data=_json_in_html(data),
    )


def _pack(values: npt.NDArray[Any], dtype: str) -> str:
    return base64.b64encode(values.astype(dtype).tobytes()).decode()


def _digest(text: str) -> str:
    """Return what a content security policy calls the source of an inline script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _json_in_html(data: Any) -> str:
    """Return JSON in ASCII that cannot end the script element that holds it."""
    return json.dumps(data).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
