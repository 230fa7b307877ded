"""Documents with their labels and weights, for training and for validation."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from skembed.document_weights import check_classes_left, check_weights
from skembed.errors import TargetError
from skembed.sequences import TokenSequences
from skembed.table_checks import Documents, check_texts_as_fitted, check_token_input, vocabularies
from skembed.targets import Target, check_target
from skembed.token_table import TokenTable

__all__ = [
    "LabelledDocuments",
    "check_documents_and_labels",
    "check_validation_data",
    "one_validation_set",
]

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LabelledDocuments:
    """Documents with their labels and weights, in the same order.

    Attributes
    ----------
    sequences : TokenSequences or TokenTable
        The documents: rectangular, or ragged for networks that ignore padding.
    target : Target
        The label of each document.
    weights : ndarray of float32 of shape (n_documents,) or None
        The weight of each document.
    """

    sequences: Documents
    target: Target
    weights: npt.NDArray[np.float32] | None

    def __len__(self) -> int:
        return len(self.sequences)

    def __getitem__(self, places: Places) -> "LabelledDocuments":
        weights = None if self.weights is None else self.weights[places]
        return LabelledDocuments(self.sequences[places], self.target[places], weights)

    def in_order_of(self, classes: npt.NDArray[Any]) -> "LabelledDocuments":
        """Return the documents with the columns of their label table in the order of classes."""
        return replace(self, target=self.target.in_order_of(classes))

    def with_weights(self) -> "LabelledDocuments":
        """Return the documents with a weight for each, 1 if they have none."""
        if self.weights is not None:
            return self
        return replace(self, weights=np.ones(len(self), np.float32))

    def with_positive_weight(self) -> "LabelledDocuments":
        """Return the documents whose weight is not zero."""
        return self if self.weights is None else self[np.flatnonzero(self.weights)]

    def split(
        self, fraction: float, random_state: np.random.RandomState
    ) -> tuple["LabelledDocuments", "LabelledDocuments"]:
        """Split into training and validation documents, stratified by class.

        As in scikit-learn, the split is not stratified for multilabel targets.

        Parameters
        ----------
        fraction : float in (0, 1)
            Fraction of the documents to use for validation.
        random_state : RandomState
            Controls the split.

        Returns
        -------
        training, validation : LabelledDocuments
            The two parts.

        Raises
        ------
        TargetError
            If a class would be missing from either part.
        """
        codes = None if self.target.multilabel else self.target.codes
        try:
            training, validation = train_test_split(
                np.arange(len(self)), test_size=fraction, stratify=codes, random_state=random_state
            )
            if codes is not None:
                self._check_every_class(training)
                self._check_every_class(validation)
        except ValueError as error:
            raise TargetError(
                f"validation_fraction={fraction} of {len(self)} documents cannot be set aside: the "
                f"training and the validation documents both need all {len(self.target.classes)} "
                f"classes. {'Raise' if fraction < 0.5 else 'Lower'} validation_fraction, pass "
                f"validation_data, or set early_stopping=False. ({error})"
            ) from error
        return self[training], self[validation]

    def _check_every_class(self, part: Places) -> None:
        missing = np.setdiff1d(self.target.codes, self.target.codes[part])
        if len(missing):
            label = self.target.classes[missing].tolist()[0]
            raise ValueError(f"None of {len(part)} documents has the label {label!r}.")


def check_documents_and_labels(
    X: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: Any = None,
    classes: npt.NDArray[Any] | None = None,
) -> LabelledDocuments:
    """Check and encode what is passed to ``fit`` or ``partial_fit``.

    Parameters
    ----------
    X : TokenSequences, TokenTable, or integer array of shape (n_documents, width)
        Documents as sequences of word ids.
    y : array-like of shape (n_documents,), or (n_documents, n_labels) of 0 and 1
        Class labels, or a multilabel indicator matrix or label table.
    sample_weight : array-like of shape (n_documents,), default=None
        Weights of the documents.
    class_weight : dict, "balanced" or None, default=None
        Class weights.
    classes : ndarray of shape (n_classes,), default=None
        The classes, if already known. Documents may then lack some of them, or have weight zero.

    Raises
    ------
    NotSequencesError
        If `X` does not hold valid sequences of ids.
    TargetError
        If `y` or the weights do not match `X`, or if fewer than two classes have weights above
        zero and `classes` is None.
    """
    sequences = check_token_input(X).with_index(None)  # batches have no use for row labels
    target = check_target(y, len(sequences), classes)
    weights = check_weights(sample_weight, class_weight, target)
    if classes is None:
        check_classes_left(target, weights)
    return LabelledDocuments(sequences, target, weights)


def one_validation_set(data: Any, X: Any, y: Any, sample_weight: Any) -> Any:
    """Return the validation documents of ``fit``, which are passed as one tuple or in parts.

    Parameters
    ----------
    data : tuple or None
        The argument `validation_data`.
    X, y, sample_weight : object or None
        The arguments `X_val`, `y_val` and `sample_weight_val`.

    Raises
    ------
    TargetError
        If both are passed, or only some of the parts.
    """
    if X is None and y is None and sample_weight is None:
        return data
    if data is not None:
        raise TargetError("Pass either validation_data, or X_val and y_val, not both.")
    if X is None or y is None:
        raise TargetError(
            "Pass X_val and y_val together: got only "
            f"{'y_val' if y is not None else 'X_val' if X is not None else 'sample_weight_val'}."
        )
    return X, y, sample_weight


def check_validation_data(data: Any, training: LabelledDocuments) -> LabelledDocuments | None:
    """Check the `validation_data` argument of ``fit``; return None if it is None.

    Parameters
    ----------
    data : tuple (X, y) or (X, y, sample_weight), or None
        The validation documents.
    training : LabelledDocuments
        The training documents.

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
    if isinstance(y, TokenSequences | TokenTable):
        raise TargetError(
            "The labels of validation_data are sequences of ids: a pipeline has passed them "
            "through its steps, too. Pass X_val and y_val to fit instead, with "
            'Pipeline(..., transform_input=["X_val"]).'
        )
    validation = check_documents_and_labels(X, y, sample_weight, None, training.target.classes)
    known = vocabularies(training.sequences)
    validation = replace(validation, sequences=check_texts_as_fitted(validation.sequences, known))
    if validation.target.multilabel != training.target.multilabel:
        raise TargetError(
            "validation_data has "
            f"{'multilabel' if validation.target.multilabel else 'single-label'} targets and y "
            "does not: pass labels of the same form."
        )
    return validation
