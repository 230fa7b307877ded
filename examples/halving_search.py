"""
Successive halving: many candidates for a few epochs, the best for more
=======================================================================

``HalvingGridSearchCV`` with epochs as the resource gives all candidates a few epochs, the best
third of them three times as many, and so on. scikit-learn clones what it fits, so each round trains
from the start again. A loop of one's own can go on instead, with ``warm_start=True``. The table
compares both with a grid search that gives every candidate all epochs: the epochs that were
trained, and what was found. Run it as ``python examples/halving_search.py``.

After K. Jamieson and A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
Optimization", AISTATS 2016.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from experiment import arguments
from searched import documents, text_pipeline
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterGrid,
    StratifiedKFold,
)
from sklearn.pipeline import Pipeline

Found = tuple[float, dict, int]  # the best score, its parameters, epochs trained to find it

# %%
# For comparison, without halving: every candidate is trained for all epochs.


def whole(pipeline: Pipeline, grid: dict, folds: list, epochs: int, texts, labels) -> Found:
    search = GridSearchCV(
        clone(pipeline).set_params(classify__epochs=epochs), grid, cv=folds, refit=False
    ).fit(texts, labels)
    trained = epochs * len(folds) * len(search.cv_results_["params"])
    return search.best_score_, search.best_params_, trained


# %%
# The resource is a parameter, here of a step. The last round has all epochs, and so many rounds
# go before it as the candidates need.


def anew(
    pipeline: Pipeline, grid: dict, folds: list, epochs: int, texts, labels
) -> HalvingGridSearchCV:
    return HalvingGridSearchCV(
        pipeline,
        grid,
        resource="classify__epochs",
        max_resources=epochs,
        factor=3,
        cv=folds,
        refit=False,
    ).fit(texts, labels)


# %%
# To go on is sound where the first epochs of a long training are a short one: with a constant
# learning rate and without early stopping, which would each begin anew. Each fold keeps a network
# of its own, which never sees another fold; the tokenizer, fitted on the same texts again, finds
# the same vocabulary. Each round begins with the order of documents of the first, as
# ``random_state`` says: a training like one without pauses, not the same to the last bit. All
# networks stay in memory until their candidate is out.


def going_on(
    pipeline: Pipeline, grid: dict, folds: list, rounds: list[tuple[int, int]], texts, labels
) -> Found:
    """Search in rounds: so many candidates, each trained for so many epochs in all."""
    alive = [
        (params, [clone(pipeline).set_params(classify__warm_start=True, **params) for _ in folds])
        for params in ParameterGrid(grid)
    ]
    before = trained = 0
    scores = np.zeros(len(alive))
    for n_candidates, epochs in rounds:
        alive = [alive[i] for i in np.argsort(-scores, kind="stable")[:n_candidates]]
        scores = np.array(
            [
                np.mean(
                    [
                        network.set_params(classify__epochs=epochs - before)
                        .fit(texts[train], labels[train])
                        .score(texts[test], labels[test])
                        for network, (train, test) in zip(networks, folds, strict=True)
                    ]
                )
                for _, networks in alive
            ]
        )
        trained += n_candidates * len(folds) * (epochs - before)
        before = epochs
    return scores.max(), alive[scores.argmax()][0], trained


# %%
# Nine candidates and three folds, or three and two.


def main(full: bool, data: Path | None) -> pd.DataFrame:
    texts, labels = (np.asarray(column, dtype=object) for column in documents(full, data))
    folds = [*StratifiedKFold(3 if full else 2).split(texts, labels)]
    grid = {
        "classify__optimizer__learning_rate": [0.0003, 0.001, 0.003]
        if full
        else [0.001, 0.01, 0.1],
        "classify__embedding_dim": [25, 50, 100] if full else [10],
    }
    given = (text_pipeline(full), grid, folds)
    epochs = 27 if full else 9
    start = time.perf_counter()
    search = anew(*given, epochs, texts, labels)
    rounds = [*zip(search.n_candidates_, search.n_resources_, strict=True)]
    n_epochs = len(folds) * sum(n * each for n, each in rounds)
    found = {"halving, each round anew": (search.best_score_, search.best_params_, n_epochs)}
    seconds = [time.perf_counter() - start]
    start = time.perf_counter()
    found["halving, going on"] = going_on(*given, rounds, texts, labels)
    seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    found["all candidates, all epochs"] = whole(*given, epochs, texts, labels)
    seconds.append(time.perf_counter() - start)
    return pd.DataFrame(
        [
            {
                "search": name,
                "epochs": trained,
                "seconds": round(spent),
                "score": round(float(score), 3),
                **{key.split("__")[-1]: params[key] for key in grid},
            }
            for (name, (score, params, trained)), spent in zip(found.items(), seconds, strict=True)
        ]
    )


if __name__ == "__main__":
    print(main(**arguments(main)).to_string(index=False))
