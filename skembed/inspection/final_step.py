"""Access to the final estimator of a pipeline."""

from typing import Any

from sklearn.pipeline import Pipeline

__all__ = ["final_step"]


def final_step(estimator: Any) -> Any:
    """Return the final step of a (nested) pipeline, or the estimator itself.

    Parameters
    ----------
    estimator : estimator or Pipeline
        An estimator, which may be a pipeline.

    Returns
    -------
    estimator
        The final step, which is not a pipeline.
    """
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return estimator
