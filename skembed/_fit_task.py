"""Fitting a step as a task of scikit-learn's callback protocol."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from sklearn.callback import with_callbacks

__all__ = ["fit_task"]

Method = TypeVar("Method", bound=Callable[..., Any])


def fit_task(method: Method) -> Method:
    """Let a ``fit`` or ``fit_transform`` report its beginning and end to callbacks.

    Without it a progress bar on a pipeline warns that it cannot follow the step.

    Parameters
    ----------
    method : callable
        A method ``(self, X, y=None)`` of an estimator with ``CallbackSupportMixin``.

    Returns
    -------
    callable
        The method, within a task.
    """

    @functools.wraps(method)
    def reporting(self: Any, X: Any, y: Any = None) -> Any:
        context = self._init_callback_context()
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        result = method(self, X, y)
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return result

    return cast(Method, with_callbacks(reporting))
