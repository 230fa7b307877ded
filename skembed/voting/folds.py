"""Split documents into folds, also where classes are rare."""

import warnings

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.utils import check_random_state

from skembed.targets import Target

__all__ = ["Fold", "make_folds"]

#: Indices of the documents to fit on, and of those to evaluate on.
Fold = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def make_folds(target: Target, n_folds: int, random_state: object) -> list[Fold]:
    """Return shuffled folds, stratified by class unless targets are multilabel.

    A class may have fewer documents than there are folds; some folds are then fitted without
    it.

    Parameters
    ----------
    target : Target
        The labels.
    n_folds : int
        The number of folds. There are fewer if every class has fewer documents.
    random_state : int, RandomState instance or None
        Controls the folds.

    Returns
    -------
    list of tuple (training, evaluation) of ndarray of int
        The folds; none if two are impossible.
    """
    codes, seeds = target.codes, check_random_state(random_state)
    if target.multilabel:
        n_folds = min(n_folds, len(codes))
    else:
        n_folds = min(n_folds, int(np.bincount(codes).max()))
    if n_folds < 2:
        return []
    if target.multilabel:
        return [*KFold(n_folds, shuffle=True, random_state=seeds).split(codes)]
    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seeds)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        folds = [*splitter.split(codes, codes)]
    return [fold for fold in folds if len(np.unique(codes[fold[0]])) > 1]
