"""What the report says of the steps of a pipeline and of their parameters."""

import inspect
import re
from typing import Any

from skembed.inspection.report.markup import Markup, breakable, element
from skembed.inspection.table import short_value

__all__ = ["step_list"]

_FOLDERS = re.compile(r"(/|~|\.\.?[/\\]|[A-Za-z]:[/\\]|\\\\).")
_MOST_CHARACTERS = 80


def step_list(estimator: Any) -> Markup:
    """Return the parts of an estimator as nested lists, with the parameters that were set."""
    return element("ul", _item(None, estimator), class_="steps")


def _item(name: str | None, estimator: Any) -> Markup:
    heading = name and [element("b", name), " "]
    if not hasattr(estimator, "get_params"):  # such as "passthrough"
        return element("li", heading, element("code", str(estimator)))
    parts: list[tuple[str, Any]] = []
    settings = []
    defaults = inspect.signature(type(estimator)).parameters
    for key, value in estimator.get_params(deep=False).items():
        if found := _parts(key, value):
            parts += found
        elif key not in defaults or repr(value) != repr(defaults[key].default):
            settings.append(f"{key}={_value(value)}")
    code = breakable(f"{type(estimator).__name__}({', '.join(settings)})")
    inner = parts and element("ul", [_item(*part) for part in parts])
    return element("li", heading, element("code", code), inner)


def _parts(key: str, value: Any) -> list[tuple[str, Any]]:
    """Return the estimators that a parameter holds, with their names."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        return [(key, value)]
    if not isinstance(value, list):
        return []
    named = [item for item in value if isinstance(item, tuple) and len(item) in (2, 3)]
    if len(named) != len(value) or not any(hasattr(item[1], "get_params") for item in named):
        return []
    return [(str(item[0]), item[1]) for item in named]


def _value(value: Any) -> str:
    """Return a value in short, and text as code writes it, without the folders of a file."""
    if not isinstance(value, str):
        return str(short_value(value))
    text = "…/" + re.split(r"[/\\]", value)[-1] if _FOLDERS.match(value) else value
    return repr(text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…")
