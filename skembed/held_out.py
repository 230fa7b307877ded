"""Documents to validate on: given, or drawn from those to train on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from skembed._validation import check_sequences, check_vocabulary
from skembed.errors import TargetError
from skembed.sequences import TokenSequences
from skembed.targets import Target, check_target, check_weights

__all__ = ["HeldOut", "check_validation_data", "set_aside"]

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class HeldOut:
    """Documents that are not trained on, with their labels and weights."""

    sequences: TokenSequences
    target: Target
    weights: npt.NDArray[np.float32] | None


def check_validation_data(data: Any, training: TokenSequences, target: Target) -> HeldOut | None:
    """Return documents to validate on that were passed to ``fit``; None if none were.

    Parameters
    ----------
    data : tuple (X, y) or (X, y, sample_weight), or None
        The documents.
    training : TokenSequences
        The documents to train on.
    target : Target
        Their labels.

    Raises
    ------
    NotSequencesError
        If `X` is no sequences of ids.
    VocabularyMismatchError
        If these were made with another vocabulary than those to train on.
    TargetError
        If `data` is no such tuple, or `y` or the weights do not fit.
    """
    if data is None:
        return None
    if not isinstance(data, tuple | list) or len(data) not in (2, 3):
        raise TargetError(
            "validation_data must be a tuple (X, y) or (X, y, sample_weight); got "
            f"{type(data).__name__}{f' of {len(data)}' if hasattr(data, '__len__') else ''}."
        )
    X, y, sample_weight = (*data, None)[:3]
    sequences = check_vocabulary(check_sequences(X), training.vocabulary)
    given = check_target(y, len(sequences), known=target.classes)
    if given.multilabel != target.multilabel:
        raise TargetError("validation_data must be labelled in the form of y.")
    return HeldOut(sequences, given, check_weights(sample_weight, None, given))


def set_aside(
    places: Int64, target: Target, fraction: float, random_state: np.random.RandomState
) -> tuple[Int64, Int64]:
    """Split documents into those to train on and those to validate on, by class.

    Documents of several labels are drawn whatever these are, as in scikit-learn.

    Parameters
    ----------
    places : ndarray of int of shape (n_chosen,)
        Which documents to split.
    target : Target
        The labels of every document.
    fraction : float in (0, 1)
        The share to validate on.
    random_state : RandomState
        Draws which.

    Raises
    ------
    TargetError
        If a class would be missing on either side.
    """
    by_class = None if target.multilabel else target.codes[places]
    try:
        kept, aside = train_test_split(
            places, test_size=fraction, stratify=by_class, random_state=random_state
        )
        if by_class is not None:
            _refuse_a_missing_class(target, by_class, kept, aside)
    except ValueError as error:
        raise TargetError(
            f"validation_fraction={fraction} of {len(places)} documents, or what it leaves, "
            f"cannot hold each of {len(target.classes)} classes: "
            f"{'raise' if fraction < 0.5 else 'lower'} it, pass validation_data, or set "
            f"early_stopping=False. ({error})"
        ) from error
    return kept, aside


def _refuse_a_missing_class(target: Target, by_class: Int64, *sides: Int64) -> None:
    for side in sides:
        missing = target.classes[np.setdiff1d(by_class, target.codes[side])].tolist()
        if missing:
            raise ValueError(f"None of {len(side)} is of class {missing[0]!r}.")
