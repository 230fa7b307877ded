"""
A grid search on a cluster
==========================

The search is the same as on a single machine; joblib sends its tasks, one for each candidate and
fold, to the workers. ``python examples/cluster_search.py`` starts two local workers. With
``--address`` it uses the workers of a running cluster: the address of a dask scheduler, such as
``tcp://host:8786``, or, with ``--engine ray``, that of a Ray cluster. It needs the extra ``dask``
or ``ray``.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from experiment import parse_arguments, show
from search_pipeline import load_documents, make_text_pipeline
from sklearn.model_selection import GridSearchCV, StratifiedKFold

# %%
# joblib stores each array of more than a kilobyte on a single dask worker. If that worker is
# killed, the array cannot be recovered and the search fails. Lists are sent with each task instead;
# if its worker is killed, the task runs again on another worker.


def search_and_lists(full: bool, data: Path | None) -> tuple[GridSearchCV, list, list]:
    """Return the search, and texts and labels to fit it on, all without arrays."""
    texts, labels = (np.asarray(column).tolist() for column in load_documents(full, data))
    folds = StratifiedKFold(5 if full else 3, shuffle=True, random_state=0)
    search = GridSearchCV(
        make_text_pipeline(full),
        {"classify__embedding_dim": [25, 50, 100] if full else [4, 8]},
        cv=[(train.tolist(), test.tolist()) for train, test in folds.split(texts, labels)],
        scoring="neg_log_loss",
        error_score="raise",
    )
    return search, texts, labels


# %%
# One thread per worker: fits in several threads of one process run one after another, so that they
# do not disturb each other's random seeds.


@contextmanager
def on_dask(address: str | None) -> Iterator[None]:
    from dask.distributed import Client, LocalCluster

    with ExitStack() as stack:
        cluster = address or stack.enter_context(LocalCluster(n_workers=2, threads_per_worker=1))
        stack.enter_context(Client(cluster))
        stack.enter_context(joblib.parallel_config(backend="dask"))
        yield


@contextmanager
def on_ray(address: str | None) -> Iterator[None]:
    import ray
    from ray.util.joblib import register_ray

    register_ray()
    with (
        ray.init(address=address, num_cpus=None if address else 2, include_dashboard=False),
        joblib.parallel_config(backend="ray", n_jobs=-1),
    ):
        yield


ENGINES = {"dask": on_dask, "ray": on_ray}

# %%
# The rest is the same as on a single machine.


def main(
    full: bool, data: Path | None, engine: str = "dask", address: str | None = None
) -> pd.DataFrame:
    search, texts, labels = search_and_lists(full, data)
    with ENGINES[engine](address):
        return scores(search.fit(texts, labels))


def scores(search: GridSearchCV) -> pd.DataFrame:
    return pd.DataFrame(search.cv_results_).filter(regex="^param_|_test_score$")


if __name__ == "__main__":
    options = {
        "engine": {
            "choices": ENGINES,
            "default": "dask",
            "help": "what runs the workers",
        },
        "address": {"help": "address of a running cluster; default: start two local workers"},
    }
    found = main(**parse_arguments(main, **options)).filter(regex="^param_|^mean_|^std_")
    dim, score = "param_classify__embedding_dim", "mean_test_score"
    show(found, kind="barh", x=dim, y=score, xlabel="negative log loss", ylabel="embedding_dim")
