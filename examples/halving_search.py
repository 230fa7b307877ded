"""
Successive halving: many candidates for a few epochs, the best for more
=======================================================================

With epochs as the resource, ``HalvingGridSearchCV`` trains all candidates for a few epochs, the
best third of them for three times as many, and so on. scikit-learn clones the pipeline, so each
round trains from scratch. A short loop with ``warm_start=True`` continues the training instead. The
table compares both with a grid search that trains every candidate for all epochs: the number of
epochs trained, the time and the best candidate. Run it as ``python examples/halving_search.py``.

After K. Jamieson and A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
Optimization", AISTATS 2016.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from experiment import parse_arguments, show
from search_pipeline import load_documents, make_text_pipeline
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterGrid,
    StratifiedKFold,
)
from sklearn.pipeline import Pipeline

SearchResult = tuple[float, dict, int]  # best score, its parameters, total epochs trained

# %%
# For comparison: a grid search that trains every candidate for all epochs.


def grid_search(
    pipeline: Pipeline, grid: dict, folds: list, epochs: int, texts, labels
) -> SearchResult:
    search = GridSearchCV(
        clone(pipeline).set_params(classify__epochs=epochs), grid, cv=folds, refit=False
    ).fit(texts, labels)
    trained = epochs * len(folds) * len(search.cv_results_["params"])
    return search.best_score_, search.best_params_, trained


# %%
# The resource is a parameter, here one of a step. The last round trains for all epochs; the number
# of rounds before it follows from the number of candidates.


def halving_from_scratch(
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
# Continuing is sound if a short training equals the first epochs of a long one: with a constant
# learning rate and without early stopping, both of which would restart in each round. Each fold
# keeps its own network, which never sees another fold. The tokenizer is fitted on the same texts
# again and finds the same vocabulary. Because of ``random_state``, each round shuffles the
# documents as the first did: the training resembles an uninterrupted one but is not equal bit for
# bit. The networks of a candidate stay in memory until it is eliminated.


def halving_with_warm_start(
    pipeline: Pipeline, grid: dict, folds: list, rounds: list[tuple[int, int]], texts, labels
) -> SearchResult:
    """Search in rounds, each given as (number of candidates, total epochs per candidate)."""
    candidates = [
        (params, [clone(pipeline).set_params(classify__warm_start=True, **params) for _ in folds])
        for params in ParameterGrid(grid)
    ]
    epochs_before = epochs_trained = 0
    scores = np.zeros(len(candidates))
    for n_candidates, epochs in rounds:
        best = np.argsort(-scores, kind="stable")[:n_candidates]
        candidates = [candidates[i] for i in best]
        scores = np.array(
            [
                np.mean(
                    [
                        network.set_params(classify__epochs=epochs - epochs_before)
                        .fit(texts[train], labels[train])
                        .score(texts[test], labels[test])
                        for network, (train, test) in zip(networks, folds, strict=True)
                    ]
                )
                for _, networks in candidates
            ]
        )
        epochs_trained += n_candidates * len(folds) * (epochs - epochs_before)
        epochs_before = epochs
    return scores.max(), candidates[scores.argmax()][0], epochs_trained


# %%
# Nine candidates in three folds or, in the small setting, three candidates in two folds.


def main(full: bool, data: Path | None) -> pd.DataFrame:
    texts, labels = (np.asarray(column, dtype=object) for column in load_documents(full, data))
    folds = [*StratifiedKFold(3 if full else 2).split(texts, labels)]
    grid = {
        "classify__optimizer__learning_rate": [0.0003, 0.001, 0.003]
        if full
        else [0.001, 0.01, 0.1],
        "classify__embedding_dim": [25, 50, 100] if full else [10],
    }
    arguments = (make_text_pipeline(full), grid, folds)
    epochs = 27 if full else 9
    start = time.perf_counter()
    search = halving_from_scratch(*arguments, epochs, texts, labels)
    rounds = [*zip(search.n_candidates_, search.n_resources_, strict=True)]
    n_epochs = len(folds) * sum(n * each for n, each in rounds)
    results = {
        "halving, each round from scratch": (search.best_score_, search.best_params_, n_epochs)
    }
    seconds = [time.perf_counter() - start]
    start = time.perf_counter()
    results["halving, training continued"] = halving_with_warm_start(
        *arguments, rounds, texts, labels
    )
    seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    results["all candidates, all epochs"] = grid_search(*arguments, epochs, texts, labels)
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
            for (name, (score, params, trained)), spent in zip(results.items(), seconds)
        ]
    )


if __name__ == "__main__":
    found = main(**parse_arguments(main))
    show(found, kind="barh", x="search", y="epochs", xlabel="epochs trained", ylabel="")
