"""What an estimator shows in a notebook: what it learned in one line, and where it is described."""

from collections.abc import Sized
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

import numpy as np
from sklearn.utils import get_tags
from sklearn.utils._repr_html.estimator import _VisualBlock
from sklearn.utils._repr_html.fitted_attributes import AttrsDict

__all__ = ["HtmlRepr"]

_MAX_ITEMS = 4  # scikit-learn would sort a larger dict to show as many


class HtmlRepr:
    """Base class of all estimators; it fills in scikit-learn's diagram of an estimator.

    The diagram shows what is stored. scikit-learn would read every public attribute, also those
    that create a Keras model, a gensim object or a dict of all words on each access.
    """

    def _summary(self) -> str:
        """Return in one line what a fitted estimator learned. Nothing is computed for it."""
        return ""

    def _stored(self) -> dict[str, Any]:
        """Return the fitted attributes, without those that are created on access."""
        return {
            name: value
            for name, value in sorted(vars(self).items())
            if name.endswith("_") and not name.startswith("_")
        }

    def _sk_visual_block_(self) -> Any:
        has_learned = bool(self._stored()) or not get_tags(self).requires_fit
        return _VisualBlock(
            "single",
            self,
            names=type(self).__name__,
            name_details=str(self),
            name_caption=self._summary() if has_learned else None,
        )

    def _get_fitted_attr_html(self, doc_link: str = "") -> Any:
        described = {name: _described(value) for name, value in self._stored().items()}
        return AttrsDict(fitted_attrs=described, estimator_class=type(self), doc_link=doc_link)

    def _get_doc_link(self) -> str:
        """Return the address of the description, or "" if there is none that is sure to exist.

        The documentation of skembed is where the metadata of the package say. A class that only
        improves one of scikit-learn is described where that one is.
        """
        package, *_ = type(self).__module__.split(".")
        if package != "skembed":
            return ""
        for described in type(self).__mro__:
            if described.__name__ == type(self).__name__ and described is not type(self):
                public = described.__module__.split("._")[0]
                return super()._doc_link_template.format(  # type: ignore[misc,no-any-return]
                    estimator_module=public, estimator_name=described.__name__
                )
        address = _documentation()
        return address and f"{address}/reference/generated/skembed.{type(self).__name__}.html"


@cache
def _documentation() -> str:
    """Return the address of the documentation that the metadata of the package name, or ""."""
    try:
        urls = metadata("skembed").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    by_label = dict(url.split(", ", 1) for url in urls)
    return str(by_label.get("Documentation", "")).rstrip("/")


def _described(value: Any) -> dict[str, Any]:
    """Return a fitted attribute as scikit-learn's table of them takes it."""
    described = {"type_name": type(value).__name__, "value": value}
    if isinstance(value, np.ndarray):
        return described | {"shape": value.shape, "dtype": value.dtype}
    if isinstance(value, Sized) and not isinstance(value, str) and len(value) > _MAX_ITEMS:
        return described | {"value": _Items(len(value))}
    return described


class _Items:
    def __init__(self, n: int) -> None:
        self.n = n

    def __repr__(self) -> str:
        return f"{self.n:,} items"
