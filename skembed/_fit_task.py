"""Support for scikit-learn's callback protocol in ``fit`` methods."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from sklearn.callback import with_callbacks

__all__ = ["fit_task"]

Method = TypeVar("Method", bound=Callable[..., Any])


def fit_task(method: Method) -> Method:
    """Make ``fit`` or ``fit_transform`` report its start and end to callbacks.

    Without this decorator, a progress bar on a pipeline warns that the step is not supported.

    Parameters
    ----------
    method : callable
        A method ``(self, X, y=None)`` of an estimator with ``CallbackSupportMixin``.

    Returns
    -------
    callable
        The method, wrapped in a callback task.
    """

    @functools.wraps(method)
    def wrapper(self: Any, X: Any, y: Any = None) -> Any:
        context = self._init_callback_context()
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        result = method(self, X, y)
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return result

    return cast(Method, with_callbacks(wrapper))
