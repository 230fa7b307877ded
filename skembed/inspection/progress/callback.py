"""The callback: it turns what scikit-learn reports into messages, and sends them to a display."""

import os
from contextlib import suppress
from typing import Any

from sklearn.callback import _transport
from sklearn.utils._param_validation import validate_params

from skembed._fit_task import ancestors
from skembed._pickles import Lasting
from skembed.inspection.progress.display import Display
from skembed.inspection.progress.messages import Begun, Ended
from skembed.inspection.progress.search_facts import facts_of

__all__ = ["FitProgress"]

Key = tuple[Any, ...]

#: The displays of the fits that this process shows. They hold threads, so no pickle has them.
_DISPLAYS: dict[Key, Display] = {}


class FitProgress(Lasting):
    """Show what a search or a training is doing, and its scores so far.

    Set it with ``search.set_callbacks(FitProgress())``, also on a pipeline, on a classifier, or
    on a search that is a step of a pipeline. On a terminal, a few lines are kept up to date: how
    many fits are done and the time left, the best and the last candidate with their scores, and
    what runs now, with the parameters that differ between candidates and the loss and score of
    the epoch. Elsewhere, as in a notebook, a file or a pipe, a line is written for each candidate
    of a search, or for each step and epoch of another fit.

    Everything is written to standard error. It follows searches in several processes of one
    machine (``n_jobs``). Results, pickles and warnings are those of a fit without it. Steps that
    support no callbacks are not followed inside.

    Parameters
    ----------
    verbose : bool, default=True
        Whether to show anything.

    See Also
    --------
    search_table : The results of a search, once it is complete.
    sklearn.callback.ScoringMonitor : Record a score of each epoch.

    Notes
    -----
    The time left assumes that the remaining fits take as long as those before. The score of a
    candidate is the mean over its folds, with the standard deviation; with several scores, it is
    the one that ``refit`` names, or else the first.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skembed import make_text_classifier
    >>> from skembed.datasets import load_feedback
    >>> from skembed.inspection import FitProgress
    >>> texts, sentiment = load_feedback(return_X_y=True)
    >>> grid = {"count__ngram_range": [(1, 1), (1, 2)]}
    >>> search = GridSearchCV(make_text_classifier(random_state=0), grid, cv=2)
    >>> search = search.set_callbacks(FitProgress()).fit(texts, sentiment)
    """

    #: Our estimators report to it wherever they are; see `skembed._fit_task`.
    follows_steps = True

    @validate_params({"verbose": ["boolean"]}, prefer_skip_nested_validation=True)
    def __init__(self, verbose: bool = True) -> None:
        self.verbose = verbose
        self._process = os.getpid()
        # Where the displays of running fits get messages, and the processes of these.
        self._listeners: dict[Key, tuple[Any, int]] = {}

    def setup(self, estimator: Any, context: Any) -> None:
        """Open the display, before the fit.

        Parameters
        ----------
        estimator : estimator
            The search, pipeline or classifier that is fitted.
        context : sklearn.callback.CallbackContext
            Its ``fit`` task.
        """
        if self.verbose:
            key = _key(context)
            display = Display(estimator, may_redraw=os.getpid() == self._process)
            _DISPLAYS[key] = display
            self._listeners[key] = _transport.open_listener(display.receive), os.getpid()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Close the display, after the fit or its failure.

        Parameters
        ----------
        estimator : estimator
            The search, pipeline or classifier that is fitted.
        context : sklearn.callback.CallbackContext
            Its ``fit`` task.
        """
        key = _key(context)
        if key in _DISPLAYS:
            _DISPLAYS.pop(key).close()
        if key in self._listeners:
            _transport.close_listener(self._listeners.pop(key)[0])

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Report that a fold, a step or a training begins.

        Parameters
        ----------
        estimator : estimator
            The estimator of the task.
        context : sklearn.callback.CallbackContext
            The task.
        """
        self._send(Begun, estimator, context)

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Report that a fold, a step, an epoch or a training ended.

        Parameters
        ----------
        estimator : estimator
            The estimator of the task.
        context : sklearn.callback.CallbackContext
            The task.
        """
        self._send(Ended, estimator, context)

    def _send(self, kind: type[Begun | Ended], estimator: Any, context: Any) -> None:
        path: list[int] = []
        for task in (context, *ancestors(context)):
            listener, process = self._listeners.get(_key(task), (None, None))
            if listener is not None:
                message = kind.of(tuple(path), context, facts_of(estimator, context))
                if process != os.getpid():  # the display of a forked process is not shown
                    _transport._message_consumers.pop(listener.address, None)
                # The fit goes on if its display is gone, or on another machine.
                with suppress(OSError, EOFError):
                    _transport.send(listener, message)
                return
            path.insert(0, task.task_id)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_listeners": dict(self._listeners)}  # other threads may add to it


def _key(context: Any) -> Key:
    """Identify a task among those of all fits."""
    path = [task.task_id for task in (context, *ancestors(context))]
    return context.root_uuid, *path
