"""
A grid search on a cluster
==========================

The search is the one that runs on a single machine; joblib sends its tasks, a candidate and a fold
each, to the workers. ``python examples/cluster_search.py`` starts two workers here; with
``--address`` it uses those of a cluster that runs already, ``tcp://host:8786`` of dask's scheduler
or, with ``--engine ray``, what Ray calls its address. It needs the extra ``dask`` or ``ray``.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from experiment import arguments
from searched import documents, text_pipeline
from sklearn.model_selection import GridSearchCV, StratifiedKFold

# %%
# Joblib leaves each array of more than a kilobyte on one of dask's workers, as data that nobody can
# make again: if that worker is killed, the search is lost. Lists travel with their task instead. A
# task whose worker was killed is then simply given to another.


def search_and_lists(full: bool, data: Path | None) -> tuple[GridSearchCV, list, list]:
    """Return a search, and the texts and labels for its fit, without any array."""
    texts, labels = (np.asarray(column).tolist() for column in documents(full, data))
    folds = StratifiedKFold(5 if full else 3, shuffle=True, random_state=0)
    search = GridSearchCV(
        text_pipeline(full),
        {"classify__embedding_dim": [25, 50, 100] if full else [4, 8]},
        cv=[(train.tolist(), test.tolist()) for train, test in folds.split(texts, labels)],
        scoring="neg_log_loss",
        error_score="raise",
    )
    return search, texts, labels


# %%
# One thread for each worker: fits in threads of one process wait for each other, so as not to
# disturb each other's seeds.


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
# Everything else is as ever.


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
        "engine": {"choices": ENGINES, "default": "dask", "help": "what runs the workers"},
        "address": {"help": "of a cluster; else two workers are started here"},
    }
    print(main(**arguments(main, **options)).to_string(index=False))
