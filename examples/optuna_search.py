"""
A search with Optuna that can be stopped and resumed
====================================================

Optuna proposes each candidate based on the scores of earlier ones. Its study is stored in an SQLite
file, so nothing is lost when the process ends: started again with the same file, the script
continues until the requested number of trials is reached. Run it as
``python examples/optuna_search.py --study study.db``, stop it, and run it again. It needs the
extra ``optuna``.
"""

from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from experiment import parse_arguments, show
from optuna.trial import TrialState
from search_pipeline import load_documents, make_text_pipeline
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold, cross_val_score

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)

# %%
# A trial is cross-validated fold by fold. After each fold it is compared with the other trials at
# the same fold, and pruned if it is worse than their median.


class Objective:
    def __init__(self, full: bool, data: Path | None) -> None:
        self.texts, self.labels = load_documents(full, data)
        self.pipeline = make_text_pipeline(full)
        folds = StratifiedKFold(5 if full else 2, shuffle=True, random_state=0)
        self.folds = [*folds.split(self.texts, self.labels)]

    def __call__(self, trial: optuna.Trial) -> float:
        candidate = clone(self.pipeline).set_params(
            tokenize__min_count=trial.suggest_int("min_count", 1, 3),
            classify__embedding_dim=trial.suggest_int("embedding_dim", 10, 100, log=True),
            classify__optimizer__learning_rate=trial.suggest_float(
                "learning_rate", 1e-4, 1e-1, log=True
            ),
        )
        scores: list[float] = []
        for fold in self.folds:
            scores += cross_val_score(
                candidate, self.texts, self.labels, cv=[fold], error_score="raise"
            ).tolist()
            trial.report(float(np.mean(scores)), step=len(scores))
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(scores))


# %%
# A process that is killed leaves its current trial in the state "running". If only one process uses
# the file, such a trial has failed, and its parameters are tried again. The sampler gets a
# different seed at each start; otherwise it would repeat the proposals of the first run.


def open_study(study_file: Path) -> optuna.Study:
    study = optuna.create_study(
        study_name="text",
        storage=f"sqlite:///{study_file}",
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        load_if_exists=True,
    )
    for trial in study.get_trials(states=[TrialState.RUNNING]):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params)
    study.sampler = optuna.samplers.TPESampler(seed=len(study.trials))
    return study


# %%
# Trials finished in earlier runs count.


def main(
    full: bool, data: Path | None, study: Path = Path("study.db"), trials: int = 20
) -> pd.DataFrame:
    resumed = open_study(study)
    n_left = trials - len(resumed.get_trials(states=FINISHED))
    if n_left > 0:
        resumed.optimize(Objective(full, data), n_trials=n_left)
    table = resumed.trials_dataframe(attrs=("number", "state", "value", "params"))
    return table.sort_values("value", ascending=False)


if __name__ == "__main__":
    options = {
        "study": {"type": Path, "default": Path("study.db"), "help": "SQLite file of the study"},
        "trials": {"type": int, "default": 20, "help": "number of trials, including earlier runs"},
    }
    found = main(**parse_arguments(main, **options))
    show(found, kind="scatter", x="number", y="value", xlabel="trial", ylabel="accuracy")
