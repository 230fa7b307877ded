"""Where a pipeline keeps what it has learned."""

from typing import Any

from sklearn.pipeline import Pipeline

__all__ = ["final_step"]


def final_step(estimator: Any) -> Any:
    """Return the last step of a pipeline, of pipelines in pipelines too, or the estimator itself.

    Parameters
    ----------
    estimator : estimator or Pipeline
        What may have steps.

    Returns
    -------
    estimator
        What has none.
    """
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return estimator
