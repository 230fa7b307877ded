"""Validation documents, passed to ``fit`` or held out from the training documents."""

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
    """Validation documents with their labels and weights."""

    sequences: TokenSequences
    target: Target
    weights: npt.NDArray[np.float32] | None


def check_validation_data(data: Any, training: TokenSequences, target: Target) -> HeldOut | None:
    """Check the `validation_data` argument of ``fit``; return None if it is None.

    Parameters
    ----------
    data : tuple (X, y) or (X, y, sample_weight), or None
        The validation documents.
    training : TokenSequences
        The training documents.
    target : Target
        The labels of the training documents.

    Raises
    ------
    NotSequencesError
        If `X` does not hold valid sequences of ids.
    VocabularyMismatchError
        If the ids come from another vocabulary than those of the training documents.
    TargetError
        If `data` is not such a tuple, or if `y` or the weights do not match `X` or the
        training labels.
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
    """Split documents into training and validation documents, stratified by class.

    As in scikit-learn, the split is not stratified for multilabel targets.

    Parameters
    ----------
    places : ndarray of int of shape (n_chosen,)
        Indices of the documents to split.
    target : Target
        The labels of all documents.
    fraction : float in (0, 1)
        Fraction of the documents to hold out for validation.
    random_state : RandomState
        Controls the split.

    Returns
    -------
    kept, aside : ndarray of int
        Indices of the training and of the validation documents.

    Raises
    ------
    TargetError
        If a class would be missing from either part.
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
