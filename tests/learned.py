"""A hash of all that an estimator has learned."""

from joblib.hashing import NumpyHasher
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils._metadata_requests import MetadataRequest


class _Hasher(NumpyHasher):
    """Hashes content only: an object that is used twice counts like two equal ones."""

    def memoize(self, obj): ...

    def save(self, obj):
        super().save(repr(obj) if isinstance(obj, MetadataRequest) else obj)  # it has a cycle


def learned(fitted):
    """Return a hash of what an estimator, a pipeline or the best one of a search has learned."""
    if isinstance(fitted, GridSearchCV):
        results = {k: v for k, v in fitted.cv_results_.items() if "_time" not in k}
        return learned(fitted.best_estimator_), repr(fitted.best_params_), repr(results)
    steps = fitted.steps if isinstance(fitted, Pipeline) else [("", fitted)]
    return _Hasher("md5").hash([step.__getstate__() for _, step in steps])
