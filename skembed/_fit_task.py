"""Support for scikit-learn's callback protocol in ``fit`` methods."""

import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from sklearn.callback import CallbackSupportMixin, with_callbacks

__all__ = ["CallbackSupport", "fit_task"]

Method = TypeVar("Method", bound=Callable[..., Any])


class CallbackSupport(CallbackSupportMixin):  # type: ignore[misc]
    """scikit-learn's mixin; also reports to callbacks that follow our steps wherever they are.

    scikit-learn passes a callback on to the steps of a pipeline or the candidates of a search,
    and warns of each one that takes none. A callback with ``follows_steps = True`` is not passed
    on: our estimators look for it on the estimators that they are part of.
    """

    def _init_callback_context(self, *args: Any, **kwargs: Any) -> Any:
        context = super()._init_callback_context(*args, **kwargs)
        followers = [
            callback
            for ancestor in ancestors(context)
            for callback in ancestor._callbacks
            if getattr(callback, "follows_steps", False) and callback not in context._callbacks
        ]
        context._callbacks = [*context._callbacks, *dict.fromkeys(followers)]
        return context


def ancestors(context: Any) -> Iterator[Any]:
    """Yield the contexts above a context, from its parent to the root."""
    while context.parent is not None:
        context = context.parent
        yield context


def fit_task(method: Method) -> Method:
    """Make ``fit`` or ``fit_transform`` report its start and end to callbacks.

    Without this decorator, a progress bar on a pipeline warns that the step is not supported.

    Parameters
    ----------
    method : callable
        A method ``(self, X, y=None, ...)`` of an estimator with `CallbackSupport`.

    Returns
    -------
    callable
        The method, wrapped in a callback task.
    """

    @functools.wraps(method)
    def wrapper(self: Any, X: Any, y: Any = None, *args: Any, **params: Any) -> Any:
        context = self._init_callback_context()
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        result = method(self, X, y, *args, **params)
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return result

    return cast(Method, with_callbacks(wrapper))
